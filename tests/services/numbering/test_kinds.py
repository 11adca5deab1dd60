"""Landlines and other kinds of lines without a plus sign: right or unclear, never a stranger's (issue 7, B1)."""

import random
from collections.abc import Iterator
from functools import cache, lru_cache

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from api.wording import say
from domain.errors import Invalid
from domain.numbering import Doubtful, Written
from services import phones
from services.numbering import readings
from services.numbering.files import FileNumbers
from tests.services.test_numbering import (
    B1,
    IMPORTERS,
    REGIONS,
    mobiles,
    national,
    read_file,
    wrong,
)

KINDS = {
    "fixed": PhoneNumberType.FIXED_LINE,
    "voip": PhoneNumberType.VOIP,
    "toll_free": PhoneNumberType.TOLL_FREE,
    "uan": PhoneNumberType.UAN,
    "premium": PhoneNumberType.PREMIUM_RATE,
    "personal": PhoneNumberType.PERSONAL_NUMBER,
}


@pytest.fixture(autouse=True, scope="module")
def _numbers_are_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phones, "read", lru_cache(None)(phones.read))
        yield


def _drawn(number: str, start: int, dice: random.Random) -> str:
    """A number like this one, at times a digit shorter or longer."""
    digits = list(number)
    for place in range(start, len(digits)):
        if dice.random() < 0.6:
            digits[place] = dice.choice("0123456789")
    text = "".join(digits)
    return dice.choice((text, text, text[:-1], text + dice.choice("0123456789")))


@cache
def lines(region: str, kind: str, count: int = 6) -> tuple[str, ...]:
    """Valid numbers of a kind of line, of mixed lengths, as E.164."""
    example = phonenumbers.example_number_for_type(region, KINDS[kind])
    if example is None:
        return ()
    dice = random.Random(region + kind)
    first = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    found = {first: None}
    for _ in range(100):
        number = phonenumbers.parse(_drawn(first, len(str(example.country_code)) + 1, dice))
        if phonenumbers.is_valid_number(number):
            found[phonenumbers.format_number(number, PhoneNumberFormat.E164)] = None
        if len(found) == count:
            break
    return tuple(found)


@pytest.mark.sweep
@B1
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_line_is_read_as_somebody_else(kind: str) -> None:
    bad = []
    for region in IMPORTERS:
        own = mobiles(region, 30)
        ours = [*own, *lines(region, kind)]
        bad += wrong([national(number) for number in ours], ours, region)
        for other in REGIONS[:: 1 if kind == "toll_free" else 3]:
            meant = lines(other, kind)
            coded = [number[1:] for number in meant]
            bad += wrong(coded, meant, region)
            bad += wrong(coded[:1], meant[:1], region)
            if len(meant) > 3:
                bad += wrong([*map(national, own), *coded], [*own, *meant], region)
    assert bad == []


@pytest.mark.sweep
@B1
@pytest.mark.parametrize("region", IMPORTERS)
def test_the_word_that_codes_are_missing_is_believed_for_mobiles_only(region: str) -> None:
    for other in REGIONS[::2]:
        for number in (*mobiles(other), *lines(other, "fixed"), *lines(other, "toll_free")):
            read = _read(number[1:], region)
            taken = read_file([number[1:]], region, Written.NATIONAL)[0]
            if read and taken and taken != number[1:]:
                assert readings.is_mobile(read.known), (number, taken)


@pytest.mark.sweep
@B1
@pytest.mark.parametrize("region", IMPORTERS)
def test_what_somebody_says_about_a_file_is_not_believed_if_the_file_contradicts_it(
    region: str,
) -> None:
    """The numbers come from several countries and have country codes, but somebody says that they have none."""
    pool = [number for other in REGIONS[::7] for number in mobiles(other, 6)]
    read = [_read(number[1:], region) for number in pool]
    cells = [number[1:] for number in pool]
    both = [
        got
        for one, got, number in zip(
            read, read_file(cells, region, Written.NATIONAL), pool, strict=True
        )
        if one and one.doubt.value in {"both", "neither"} and got not in {None, number[1:]}
    ]
    assert both == []


def _read(cell: str, region: str) -> Doubtful | None:
    try:
        read = phones.read(cell, region)
    except Invalid:
        return None
    return read if isinstance(read, Doubtful) else None


@B1
def test_landlines_in_brunei_are_not_read_as_austrian_mobiles() -> None:
    """As Austrian mobile numbers they would fit, and six alike used to be enough to be believed."""
    cells = [f"673234567{n}" for n in range(6)]
    assert read_file(cells, "AT") == [None] * 6
    assert read_file(["3361234567"], "DE", Written.NATIONAL) != ["3361234567"]


@B1
@pytest.mark.parametrize(("cell", "region"), [("32345678", "BR"), ("80021234567", None)])
def test_a_number_without_its_area_code_is_not_read_as_one_abroad(
    cell: str, region: str | None
) -> None:
    """With a plus sign in front they would be a line in Belgium and a toll-free number."""
    assert read_file([cell], region) == [None]


@B1
def test_a_file_with_codes_tells_of_landlines_too() -> None:
    coded = [f"31612345{n}" for n in range(100, 110)]
    assert read_file([*coded, "3222345678"], "ES")[-1] == "3222345678"
    assert read_file([*coded[:2], "3222345678"], "ES")[-1] is None


@B1
def test_the_refusal_offers_no_word_that_was_given() -> None:
    numbers = FileNumbers("DE", Written.NATIONAL)
    numbers.read("34611000106")
    (decision,) = numbers.decisions()
    assert not decision.written
    assert "or choose how" not in say(decision.reason)
