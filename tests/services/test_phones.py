"""Numbers as people write them, and the quick way proven equal to the library's."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.numbering import Doubtful, Found
from services import phones
from services.numbering import plans

REGIONS = [*sorted(phonenumbers.SUPPORTED_REGIONS), *["BR", "MX", "AR"] * 20]


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("+55 11 98765-4321", None, "+5511987654321"),
        ("+55 11 8765-4321", None, "+5511987654321"),
        ("(11) 8765-4321", "BR", "+5511987654321"),
        ("5511987654321", "BR", "+5511987654321"),
        ("5511987654321", "US", "+5511987654321"),
        ("5511987654321.0", "BR", "+5511987654321"),
        ("'+5511987654321", None, "+5511987654321"),
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("+54 11 15 2345-6789", None, "+5491123456789"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("0044 20 7946 0018", None, "+442079460018"),
        ("whatsapp:+2348031234567", None, "+2348031234567"),
        ("https://wa.me/2348031234567", None, "+2348031234567"),
        ("+1 415 555 2671 ext 12", None, "+14155552671"),
        ("٠٥٠١٢٣٤٥٦٧", "SA", "+966501234567"),
        ("\u202a+55 11 98765-4321\u202c", None, "+5511987654321"),
    ],
)
def test_numbers_are_understood(text: str, region: str | None, e164: str) -> None:
    assert phones.parse(text, region).e164 == e164


@pytest.mark.parametrize(
    ("text", "region", "code"),
    [
        ("", None, "phone_missing"),
        ("5.51199E+12", "BR", "phone_scientific"),
        ("call me", "BR", "phone_letters"),
        ("4155552671", None, "phone_country"),
        ("+999123456789", None, "phone_country"),
        ("+4420", None, "phone_short"),
        ("+55119876543210000", None, "phone_long"),
        ("+551100000000", None, "phone_invalid"),
        ("+" * 500, None, "phone_invalid"),
    ],
)
def test_refusals_say_why(text: str, region: str | None, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse(text, region)
    assert refusal.value.code == code


@given(st.text(max_size=40), st.sampled_from([None, "BR", "US", "AR", "IN"]))
def test_any_text_is_a_number_or_a_refusal(text: str, region: str | None) -> None:
    try:
        phone = phones.parse(text, region)
    except Invalid:
        return
    assert phones.parse(phone.e164) == phone


def _slow(number: str, region: str | None) -> Found | Doubtful | None:
    try:
        return phones._full(number, region)
    except Invalid:
        return None


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str | None]:
    """A country's example number with some digits changed, added or lost, in several spellings."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from(sorted(phonenumbers.PhoneNumberType.values())))
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(
        region
    )
    assert example is not None
    digits = list(str(example.national_number))
    for _ in range(draw(st.integers(0, 4))):
        digits[draw(st.integers(0, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    national = "".join(digits)[: draw(st.integers(4, 20))] + draw(st.sampled_from(["", "", "5"]))
    code = phonenumbers.country_code_for_region(region)
    spelling = draw(
        st.sampled_from(
            [
                f"+{code}{national}",
                f"+{code} {national[:3]}-{national[3:]}",
                national,
                f"0{national}",
                f"{code}{national}",
                f"({national[:2]}) {national[2:]}",
            ]
        )
    )
    return spelling, draw(st.sampled_from([region, region, None]))


@pytest.mark.sweep
@settings(max_examples=1500, deadline=None)
@given(written_numbers())
def test_the_quick_way_says_what_the_library_says(written: tuple[str, str | None]) -> None:
    number, region = written
    quick = plans.quick(number, region)
    if quick is not None:
        assert quick == _slow(number, region)


def test_the_quick_way_is_taken() -> None:
    assert plans.quick("+5511987654321", None) is not None
    assert plans.quick("(11) 98765-4321", "BR") is not None
    assert plans.quick("+551187654321", None) is not None
    assert plans.quick("011987654321", "BR") is not None
    assert plans.quick("+14155552671", None) is None, "a shared calling code asks the library"


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("0011 44 20 7946 0018", "AU", "+442079460018"),
        ("34611000101+", None, "+34611000101"),
        ("phone: 611000101", "ES", "+34611000101"),
        ("tel:611000101", "ES", "+34611000101"),
        ('="+34611000101"', None, "+34611000101"),
        ('"611000101"', "ES", "+34611000101"),
        ("(51) 98765-4321", "BR", "+5551987654321"),
    ],
)
def test_what_is_written_around_the_digits_decides(
    text: str, region: str | None, e164: str
) -> None:
    assert phones.parse(text, region).e164 == e164


@pytest.mark.parametrize(
    ("text", "region", "code"),
    [
        ("9" * 40, "US", "phone_long"),
        ("34911000108", "ES", "phone_unclear.code"),
        ("51987654321", "BR", "phone_unclear.two"),
    ],
)
def test_one_number_alone_is_refused_with_its_own_reason(text: str, region: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse(text, region)
    assert refusal.value.sentence.key == code


def test_a_file_s_number_is_unclear_for_a_reason_that_still_holds() -> None:
    assert phones.why_unclear("(11) 3333-4444", "BR").key == "phone_unclear.landline"
    assert phones.why_unclear("51987654321", "BR").key.startswith("phone_unclear")
    assert phones.why_unclear("12", "BR").key == "phone_short"
    # The choices for the file changed since.
    assert phones.why_unclear("+5511987654321", "BR").key == "phone_unclear"


@pytest.mark.parametrize(
    ("code", "text", "region", "key"),
    [
        ("phone_country", "611000101", "", "phone_country.file"),
        ("phone_letters", "call me", "ES", "phone_letters"),
        ("phone_short", "call me", "ES", "phone_short"),  # read with another country then
        ("phone_invalid", "+34611000101", "", "phone_invalid"),  # it can be read now
        ("of_an_earlier_release", "+34611000101", "", "phone_invalid"),
    ],
)
def test_a_refused_number_has_its_own_reason_or_that_of_its_code(
    code: str, text: str, region: str, key: str
) -> None:
    assert phones.why_refused(code, text, region).key == key


def test_a_number_with_a_word_in_front_may_be_a_sum_in_scientific_notation() -> None:
    with pytest.raises(Invalid) as refusal:
        phones.parse("tel: 5.51199E+12", "BR")
    assert refusal.value.code == "phone_scientific"
