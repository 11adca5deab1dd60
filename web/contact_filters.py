"""The filters of the contact list, from its address or form, and the choices it offers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends
from pydantic import BeforeValidator
from starlette.datastructures import FormData

from domain.consent import Standing
from domain.contacts import ContactFilter, Group, Selection, SortOrder
from domain.errors import Invalid
from domain.ids import parse_id

_OPTED_OUT = {"in": False}
_STANDING = {"out": Standing.STOPPED, "agreed": Standing.AGREED, "never": Standing.NEVER_ASKED}
"""The consent filter as in the address."""

CONSENTS = (*_OPTED_OUT, *_STANDING)


Unless = BeforeValidator(lambda value: value or None)
"""Nothing was chosen."""

LISTED = ("q", "group", "consent", "sort")
"""What an address says about the list: filters and order."""


def list_address(said: Mapping[str, object]) -> str:
    """The list as shown: its filter and order survive actions on it."""
    kept = {name: str(said.get(name, ""))[:200] for name in LISTED}
    address = urlencode({name: value for name, value in kept.items() if value})
    return f"/contacts?{address}" if address else "/contacts"


def filter_of(search: str, group: str, consent: str) -> ContactFilter:
    """The filter in an address or form; raises Invalid for an unknown value rather than match everybody."""
    group_id = parse_id(group)
    if (consent and consent not in CONSENTS) or (group and group_id is None):
        raise Invalid("filter_unknown")
    return ContactFilter(search[:200], group_id, _OPTED_OUT.get(consent), _STANDING.get(consent))


def selection_of(form: FormData) -> Selection:
    """The selected contacts, or all that the list showed; a field may hold many ids, as a form has few fields."""
    if form.get("all"):
        said = (str(form.get(name, "")) for name in LISTED[:3])
        return Selection(filter=filter_of(*said))
    said_ids = (one for value in form.getlist("ids") for one in str(value).split())
    ids = filter(None, map(parse_id, said_ids))
    return Selection(ids=tuple(dict.fromkeys(ids)))


class ListQuery:
    """What the list shows, according to its address."""

    def __init__(
        self,
        q: str = "",
        group: Annotated[UUID | None, Unless] = None,
        consent: Literal["", "in", "out", "agreed", "never"] = "",
        sort: Annotated[SortOrder | None, Unless] = None,
        cursor: str = "",
    ) -> None:
        self.consent, self.cursor = consent, cursor
        self.filter = filter_of(q, str(group or ""), consent)
        self.sort = sort or SortOrder.NEWEST


Wanted = Annotated[ListQuery, Depends()]


def options_of(every: Sequence[Group]) -> list[tuple[str, str]]:
    """Groups as options of a select."""
    return [(str(group.id), group.name) for group in every]
