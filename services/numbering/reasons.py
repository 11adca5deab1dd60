"""Why a number is unclear, in words: one home for forms, files that are imported and campaign files."""

from collections.abc import Callable
from functools import cache

from babel import Locale

from domain.numbering import Doubt, Doubtful, Written
from domain.phone import Phone

_PLUS = "Start with + and the country code."
_SAY = "Start with + and the country code, or say how the file writes its numbers."


@cache
def country_names() -> dict[str, str]:
    """English names by ISO code."""
    return dict(Locale("en").territories)


def pattern(doubt: Doubt, region: str, said: Written = Written.UNSAID) -> str:
    """The reason for every number of a file with one doubt, {national} and {other} for its readings.

    ``region`` is the country of the reading with a code. Where a person has ``said`` how the file is
    written, saying it again is no advice.
    """
    country = country_names().get(region, region)
    return _REASONS[doubt](country, _PLUS if said else _SAY)


def _both(country: str, advice: str) -> str:
    return f"This is {{national}} or {{other}} ({country}). {advice}"


def _broken(_country: str, advice: str) -> str:
    return f"This may be {{national}}, or a number that lost a digit. {advice}"


def _no_country(country: str, advice: str) -> str:
    return (
        f"This may be {{other}} ({country}), but other numbers of the file have no country code. "
        f"{advice}"
    )


def _either(country: str, advice: str) -> str:
    return f"This is {{other}} ({country}), or a mobile number of another country without its code. {advice}"


def _elsewhere(country: str, advice: str) -> str:
    return (
        f"Only with a country code in front is this a number: {{other}} ({country}), which is no "
        f"mobile. {advice}"
    )


def _landline(_country: str, _advice: str) -> str:
    return (
        "In the country of the file this is the landline {national}, and few numbers of the file are "
        "mobiles there. Choose their country, or say that no number has a country code."
    )


_REASONS: dict[Doubt, Callable[[str, str], str]] = {
    Doubt.INTERNATIONAL: _both,
    Doubt.NATIONAL: _both,
    Doubt.BOTH: _both,
    Doubt.NEITHER: _both,
    Doubt.NO_COUNTRY: _no_country,
    Doubt.EITHER: _either,
    Doubt.BROKEN: _broken,
    Doubt.ELSEWHERE: _elsewhere,
    Doubt.LANDLINE: _landline,
}


def filled(reason: str, known: Phone | str, other: Phone | None) -> str:
    """A pattern with the two readings of one number; ``known`` is the only one where there is one."""
    national = known if isinstance(known, str) else known.e164
    return reason.format(national=national, other=other.e164 if other else "")


def of_another_country(landline: Phone, region: str) -> str:
    """Why a number is unclear that only is a landline of the file's country, while its row names another."""
    country = country_names().get(region, region)
    return f"The row says {country}, where this is no number. Here it is the landline {landline.e164}. {_PLUS}"


def of_file(found: Doubtful, said: Written = Written.UNSAID) -> str:
    """Why a number of a file stays unclear."""
    doubt, region = found.group
    return filled(pattern(doubt, region, said), found.known, found.international)


def alone(found: Doubtful) -> str:
    """Why a number that stands in no file is unclear: nothing can be said of others."""
    country = country_names()
    national, other = found.national, found.international
    named = [
        f"{one.e164} ({country.get(one.region, one.region)})" for one in (national, other) if one
    ]
    if found.doubt is Doubt.BROKEN:
        return f"This may be {named[0]}, or a number that lost a digit. {_PLUS}"
    if len(named) == 1:
        return f"Only with a country code in front is this a number: {named[0]}. {_PLUS}"
    return f"This is {named[0]} or {named[1]}. {_PLUS}"
