"""Why a number is unclear, in one place for forms, imports and campaign files."""

from domain.numbering import Doubt, Doubtful, Written
from domain.phone import Phone
from domain.sentences import Region, Sentence

NATIONAL, OTHER = "{national}", "{other}"
"""Placeholders for the two readings, in the reason of a whole group."""

_PLUS = Sentence("phone_advice")
_SAY = Sentence("phone_advice.file")

_OF_FILE: dict[Doubt, str] = {
    Doubt.INTERNATIONAL: "phone_unclear.both",
    Doubt.NATIONAL: "phone_unclear.both",
    Doubt.BOTH: "phone_unclear.both",
    Doubt.NEITHER: "phone_unclear.both",
    Doubt.NO_COUNTRY: "phone_unclear.no_country",
    Doubt.EITHER: "phone_unclear.either",
    Doubt.BROKEN: "phone_unclear.broken",
    Doubt.ELSEWHERE: "phone_unclear.elsewhere",
    Doubt.LANDLINE: "phone_unclear.landline",
}


def pattern(
    doubt: Doubt,
    region: str,
    said: Written = Written.UNSAID,
    known: str = NATIONAL,
    other: str = OTHER,
) -> Sentence:
    """The reason for all numbers of a file with one doubt.

    ``region`` is the country of the reading with a code. If a person has already ``said`` how the file is written, do
    not advise saying it again.
    """
    return Sentence(
        _OF_FILE[doubt],
        national=known,
        other=other,
        country=Region(region),
        advice=_PLUS if said else _SAY,
    )


def of_group(
    doubt: Doubt, region: str, said: Written, known: Phone | str, other: Phone | None
) -> Sentence:
    """The reason for one number of a group; ``known`` is its reading if there is only one."""
    national = known if isinstance(known, str) else known.e164
    return pattern(doubt, region, said, national, other.e164 if other else "")


def of_another_country(landline: Phone, region: str) -> Sentence:
    """Why a number is unclear if it is only a landline in the file's country but its row names another."""
    return Sentence("phone_unclear.row", country=Region(region), number=landline.e164)


def of_file(found: Doubtful, said: Written = Written.UNSAID) -> Sentence:
    """Why a number in a file stays unclear."""
    doubt, region = found.group
    return of_group(doubt, region, said, found.known, found.international)


def alone(found: Doubtful) -> Sentence:
    """Why a number outside any file is unclear, without mentioning others."""
    national, other = found.national, found.international
    first = national or other
    assert first is not None  # a doubt has at least one reading
    number, country = first.e164, Region(first.region)
    if found.doubt is Doubt.BROKEN:
        return Sentence("phone_unclear.digit", number=number, country=country)
    if national is None or other is None:
        return Sentence("phone_unclear.code", number=number, country=country)
    return Sentence(
        "phone_unclear.two", number=number, country=country,
        other=other.e164, elsewhere=Region(other.region),
    )  # fmt: skip
