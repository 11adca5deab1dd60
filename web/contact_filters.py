"""Which contacts a list shows, as its address or form says it, and the choices it offers."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from domain.consent import Standing
from domain.contacts import ContactFilter, Group
from domain.ids import parse_id

_OPTED_OUT = {"in": False}
_STANDING = {"out": Standing.STOPPED, "agreed": Standing.AGREED, "never": Standing.NEVER_ASKED}
"""The filter of consent as the address has it."""

CONSENTS = (*_OPTED_OUT, *_STANDING)


LISTED = ("q", "group", "consent", "sort")
"""What an address says of the list: whom it shows, and in which order."""


def list_address(said: Mapping[str, object]) -> str:
    """The list as it was shown: its filter and order survive what was done to some of it."""
    kept = {name: str(said.get(name, ""))[:200] for name in LISTED}
    address = urlencode({name: value for name, value in kept.items() if value})
    return f"/contacts?{address}" if address else "/contacts"


def filter_of(search: str, group: str, consent: str) -> ContactFilter:
    """A filter as an address or a form says it; words it does not know let everybody through."""
    return ContactFilter(
        search[:200], parse_id(group), _OPTED_OUT.get(consent), _STANDING.get(consent)
    )


def options_of(every: Sequence[Group]) -> list[tuple[str, str]]:
    """Groups as the choices of a select."""
    return [(str(group.id), group.name) for group in every]
