"""Numbers without a plus sign: right or unclear, never another person's (issue 7, B1 and B2)."""

import random
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from api.wording import say_error
from domain.errors import Invalid
from domain.numbering import Doubt, Doubtful, Found, Written
from domain.phone import key
from services import phones
from services.numbering.files import FileNumbers

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
IMPORTERS = (
    "DE", "AT", "BR", "US", "MX", "AR", "IN", "ID", "ES", "FR", "IT", "GB", "NG", "ZA", "RU", "TR",
    "CI", "BJ", "AU", "FI",
)  # fmt: skip
MOBILES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}

B1 = pytest.mark.fault("B1")
B2 = pytest.mark.fault("B2")


@pytest.fixture(autouse=True, scope="module")
def _numbers_are_read_once() -> Iterator[None]:
    """The same numbers stand in many files: what one of them is does not change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phones, "read", lru_cache(None)(phones.read))
        yield


@cache
def mobiles(region: str, count: int = 6) -> tuple[str, ...]:
    """The example mobile of a region and others like it, as E.164."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return ()
    dice = random.Random(region)
    first = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    found = {first: None}
    start = len(str(example.country_code)) + 1
    for _ in range(400):
        digits = list(first)
        for place in range(start, len(digits)):
            if dice.random() < 0.6:
                digits[place] = dice.choice("0123456789")
        number = phonenumbers.parse("".join(digits))
        if phonenumbers.number_type(number) in MOBILES:
            found[phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)] = None
        if len(found) == count:
            break
    return tuple(found)


@cache
def national(e164: str) -> str:
    """The number as it is dialled inside the country, without the prefix of trunk calls."""
    return phonenumbers.national_significant_number(phonenumbers.parse(e164))


def read_file(
    cells: Iterable[str], region: str | None, said: Written = Written.UNSAID
) -> list[str | None]:
    """The key of each number of a file; None when it is unclear or refused."""
    numbers = FileNumbers(region, said)
    reads: list[Found | Doubtful | None] = []
    for cell in cells:
        try:
            reads.append(numbers.read(cell))
        except Invalid:
            reads.append(None)
    phones_read = (numbers.settle(read) if read else None for read in reads)
    return [phone.key if phone else None for phone in phones_read]


def wrong(
    cells: Sequence[str], meant: Sequence[str], region: str | None
) -> list[tuple[str, str, str]]:
    """Cells that were read as somebody else."""
    found = read_file(cells, region)
    return [
        (cell, number, got)
        for cell, number, got in zip(cells, meant, found, strict=True)
        if got is not None and got != key(number)
    ]


@pytest.mark.sweep
@B1
@pytest.mark.parametrize("region", IMPORTERS)
def test_a_number_alone_is_never_somebody_elses(region: str) -> None:
    own = [(national(number), number) for number in mobiles(region)]
    coded = [(number[1:], number) for other in REGIONS for number in mobiles(other)]
    signed = [(f"00{number[1:]}", number) for other in REGIONS for number in mobiles(other)[:1]]
    signed += [(number, number) for other in REGIONS for number in mobiles(other)]
    bad = []
    for cell, number in own + coded:
        try:
            got = phones.parse(cell, region).key
        except Invalid as refusal:
            got = key(number) if refusal.code == "phone_unclear" else refusal.code
        bad += [(cell, number, got)] if got != key(number) else []
    assert bad == []
    for cell, number in signed:
        if not (region == "AU" and cell.startswith("0011")):
            assert phones.parse(cell, region).key == key(number)


@pytest.mark.sweep
@B1
@pytest.mark.parametrize("region", IMPORTERS)
def test_a_file_is_never_read_as_somebody_else(region: str) -> None:
    own = mobiles(region, 30)
    bad = wrong([national(number) for number in own], own, region)
    for other in REGIONS:
        coded = mobiles(other)
        cells = [number[1:] for number in coded]
        bad += wrong(cells, coded, region)
        bad += wrong([*cells, *map(national, own)], [*coded, *own], region)
        signed = [*mobiles(region), *coded]
        bad += wrong(signed, signed, region)
    pool = [number for other in REGIONS for number in mobiles(other)]
    bad += wrong([number[1:] for number in pool], pool, region)
    bad += wrong([*(number[1:] for number in pool), *map(national, own)], [*pool, *own], region)
    assert bad == []


@pytest.mark.sweep
@B1
def test_mixed_files_of_any_make_are_never_read_as_somebody_else() -> None:
    dice = random.Random(7)
    pool = [number for other in REGIONS for number in mobiles(other)]
    for _ in range(200):
        region = dice.choice(IMPORTERS)
        own = mobiles(region, 30)
        meant = [
            dice.choice(own if dice.random() < 0.6 else pool) for _ in range(dice.randrange(1, 80))
        ]
        bare = {number: dice.random() < 0.5 for number in own}
        cells = [national(n) if bare.get(n) else n[1:] for n in meant]
        assert wrong(cells, meant, region) == []


@B1
@pytest.mark.parametrize("region", ["DE", "AT", "FI", "ID"])
def test_a_file_with_codes_is_read_with_codes(region: str) -> None:
    """Nearly all digits are a landline there: the kind of all numbers together tells."""
    numbers = mobiles(region, 20)
    found = read_file([number[1:] for number in numbers], region)
    assert sum(got == key(number) for got, number in zip(found, numbers, strict=True)) >= 18


@B1
def test_what_the_whole_file_shows_decides() -> None:
    coded = [f"49171{n:07}" for n in range(1234560, 1234570)]
    assert read_file(coded, "DE") == coded
    assert read_file(coded[:2], "DE") == [None, None], "two are no evidence"
    assert read_file([*coded[:2], coded[0], coded[1]], "DE") == [None] * 4, "nor are repeated ones"
    mixed = [*coded, *(f"171{n:07}" for n in range(1000000, 1000010))]
    assert read_file(mixed, "DE")[:10] == [None] * 10, "a file of both kinds decides nothing"


@B1
def test_numbers_that_are_mobiles_both_ways_follow_a_large_clear_file_only() -> None:
    """51 98765-4321 is a mobile of Porto Alegre, +51 987 654 321 one of Peru."""
    brazil = [f"11{n}" for n in range(987650000, 987650300)]
    few = ["51987654321"]
    assert read_file([*brazil, *few], "BR")[-1] == "5551987654321"
    assert read_file([*brazil[:20], *few], "BR")[-1] is None
    contradicted = [*brazil, "34611000106", *few]
    assert read_file(contradicted, "BR")[-1] is None
    many = [f"51{n}" for n in range(987650000, 987650100)]
    assert set(read_file([*brazil, *many], "BR")[-100:]) == {None}


@B1
def test_what_a_person_says_about_the_file_decides_all() -> None:
    assert read_file(["51987654321"], "BR", Written.NATIONAL) == ["5551987654321"]
    assert read_file(["51987654321"], "BR", Written.INTERNATIONAL) == ["51987654321"]
    assert read_file(["491711234567"], "DE", Written.INTERNATIONAL) == ["491711234567"]
    assert read_file(["49171123456"], "DE", Written.INTERNATIONAL) == [None], "a digit is lost"


@B1
def test_without_a_country_national_numbers_do_not_go_abroad() -> None:
    brazil = ["11987654321", "21987654321", "51987654321", "31987654322"]
    assert read_file(brazil, None) == [None] * 4
    assert read_file([f"55{number}" for number in brazil], None) == [f"55{n}" for n in brazil]


@B1
def test_a_refusal_names_both_readings() -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse("491711234567", "DE")
    assert refusal.value.code == "phone_unclear"
    for part in ("+49491711234567", "+491711234567", "Germany", "Start with +"):
        assert part in say_error(refusal.value)
    read = phones.read("33612345678", "DE")
    assert isinstance(read, Doubtful)
    assert read.doubt is Doubt.INTERNATIONAL


@B1
@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("p:+34611000106", "DE"),
        ("https://wa.me/34611000106?text=hi", "DE"),
        ("https://wa.me/+34611000106", None),
        ("wa.me/34611000106/", None),
        ("https://api.whatsapp.com/send?phone=34611000106&text=hi", "DE"),
        ("https://api.whatsapp.com/send/?text=a&phone=%2B34611000106", None),
        ("https://web.whatsapp.com/send?phone=34611000106", "BR"),
        ("whatsapp://send?phone=34611000106", "DE"),
        ("34611000106@c.us", "DE"),
        ("34611000106@s.whatsapp.net", "BR"),
        ("34611000106:12@s.whatsapp.net", None),
        ("+34611000106 (WhatsApp)", None),
        ("+34611000106 [mobile]", None),
        ("Tel.: +34 611 000 106", None),
        ("WhatsApp +34 611 000 106", None),
        ("+34611000106.0", None),
        ("+34 (0) 611 000 106", None),
        ("+34(0)611000106", None),
        ("(+34) 611 000 106", None),
        ("+0034 611 000 106", None),
        ("++34 611 000 106", None),
        ("tel:+34-611-000-106;ext=12", None),
        ("tel:+34611000106;phone-context=example.com", None),
        ("sms:+34611000106", None),
        ("+٣٤٦١١٠٠٠١٠٦", None),
        ("+३४६११०००१०६", None),
        ("\uff0b34\u3000\uff16\uff11\uff11000106", None),
        ("\u200e+34\u00a0611\u2011000\u2011106\u202c", None),
        ("34611000106+", None),
        ('="+34611000106"', None),
        ("'34611000106", None),
    ],
)
def test_what_programs_write_around_a_number_is_understood(text: str, region: str | None) -> None:
    assert phones.parse(text, region).e164 == "+34611000106"


@B1
@pytest.mark.parametrize("text", ["+3461100O106", "O611000106", "+34 6I1 000 106"])
def test_a_letter_for_a_digit_is_named(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse(text, "ES")
    assert refusal.value.code == "phone_letters"
    assert "O for a 0" in say_error(refusal.value)


@B1
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+22990011234", "+2290190011234"),
        ("22990011234", "+2290190011234"),
        ("+22507123456", "+2250707123456"),
        ("+22501123456", "+2250101123456"),
        ("+22544123456", "+2250544123456"),
        ("+22520212345", "+2252720212345"),
        ("+22520012345", "+2252520012345"),
        ("+22520812345", "+2252120812345"),
    ],
)
def test_old_plans_are_the_same_person(old: str, new: str) -> None:
    assert phones.parse(old).e164 == new
    assert phones.parse(old).key == phones.parse(new).key == key(old)


ONE = "+34611000106"
TWO = "+34622000107"
LANDLINE = "+34911234567"


@B2
@pytest.mark.parametrize(
    "between",
    [" ::: ", ",", ", ", ";", " / ", "/", "|", "\n", "\r\n", "\t", " or ", " o ", " oder ", " ou ",
     " und ", " & ", "  ", " ", ""],
)  # fmt: skip
def test_two_numbers_in_a_cell_follow_one_rule(between: str) -> None:
    for pair in ((ONE, TWO), (TWO, ONE)):
        with pytest.raises(Invalid) as refusal:
            phones.parse(between.join(pair), "ES")
        assert refusal.value.code == "phone_two"
        assert say_error(refusal.value).startswith("There are two numbers here")
    assert phones.parse(between.join((ONE, ONE)), "ES").e164 == ONE
    assert phones.parse(between.join((ONE, LANDLINE)), "ES").e164 == ONE
    assert phones.parse(between.join((LANDLINE, ONE)), "ES").e164 == ONE


@B2
@pytest.mark.parametrize("text", [f"{ONE}/07", f"{ONE}, 12345", f"{ONE} / 491711234567"])
def test_a_second_number_that_cannot_be_read_leaves_the_cell_unclear(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse(text, "DE")
    assert refusal.value.code == "phone_two"


@B2
@pytest.mark.parametrize(
    "text", ["0171/1234567", "0171 / 1234567", "0171  1234567", "+49/171/1234567"]
)
def test_signs_inside_one_number_part_nothing(text: str) -> None:
    assert phones.parse(text, "DE").e164 == "+491711234567"


@B1
def test_mobiles_of_another_country_are_no_landlines_of_this_one() -> None:
    """0532 123 45 67 is a mobile in Turkey and a landline of Goslar in Germany."""
    turkish = [f"0532 {n:03} 45 67" for n in range(100, 112)]
    german = [f"0171 {n}" for n in range(1234560, 1234572)]
    landlines = [f"030 {n}" for n in range(1234560, 1234566)]
    assert read_file(turkish, "DE") == [None] * 12
    assert read_file([*turkish, *german[:4]], "DE")[:12] == [None] * 12
    assert read_file([*landlines, *german], "DE")[0] == "49301234560"
    assert read_file(landlines[:2], "DE")[0] == "49301234560"
    assert read_file(landlines, "DE", Written.NATIONAL)[0] == "49301234560"
    assert (
        read_file(["0049301234567", "wa.me/49301234568", "+49 30 1234569"] * 2, "DE")[0]
        == "49301234567"
    )


@B1
def test_without_a_country_digits_that_are_a_mobile_of_another_country_need_the_file() -> None:
    """15012345678 is a mobile of China without its code, and one of Arkansas with it."""
    chinese = ["15012345678", "13012345678", "18012345678"]
    assert read_file(chinese, None) == [None] * 3
    assert read_file(["85291234567"], None) == [None], "0852 9123 4567 is a mobile of Indonesia"
    spanish = [f"3461100010{n}" for n in range(3)]
    assert read_file([*spanish, "85291234567"], None)[-1] == "85291234567"
    hong_kong = [f"8529123456{n}" for n in range(10)]
    assert read_file(hong_kong, None) == hong_kong
    assert read_file(chinese, None, Written.INTERNATIONAL) == chinese
    assert phones.parse("85291234567").key == "85291234567", (
        "a program writes numbers with their code"
    )


@B1
@pytest.mark.parametrize("region", ["CN", "BR", "DE", "ID", "AT", "AR", "NL"])
def test_without_a_country_no_national_number_goes_abroad(region: str) -> None:
    own = mobiles(region, 60)
    cells = [national(number) for number in own]
    for size in (1, 2, 3, 5, 9):
        for start in range(0, len(cells) - size, 3):
            assert wrong(cells[start : start + size], own[start : start + size], None) == []


@B1
@pytest.mark.parametrize("region", IMPORTERS[::4])
def test_a_number_beside_its_country_is_never_somebody_elses(region: str) -> None:
    """The row says the country by its calling code or its letters; the number may repeat the code."""
    bad, right = [], 0
    for other in REGIONS:
        for number in mobiles(other, 3):
            code = str(phonenumbers.parse(number).country_code)
            for country in (code, other):
                for cell in (national(number), number[1:]):
                    got = read_beside(cell, country, region)
                    right += got == key(number)
                    bad += [(cell, country, got)] if got not in {None, key(number)} else []
    assert bad == []
    assert right > 2500


def read_beside(cell: str, country: str, region: str) -> str | None:
    numbers = FileNumbers(region)
    try:
        phone = numbers.settle(numbers.read(cell, country))
    except Invalid:
        return None
    return phone.key if phone else None


@pytest.mark.parametrize("cell", ["$611000106", "611000106 €", "£ 611 000 106", "R$11987654321"])
def test_an_amount_of_money_is_no_number(cell: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse(cell, "ES")
    assert refusal.value.code == "phone_invalid"
    assert "amount of money" in say_error(refusal.value)
