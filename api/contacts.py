"""Contacts: list, search, write, bulk, CSV."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.downloads import CsvResponse
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.streams import people_file
from api.strict import Strict
from api.validation import Wrong
from api.wording import say
from domain import timelines
from domain.consent import Standing
from domain.contacts import (
    NAME_LIMIT,
    PAGE_LIMIT,
    SELECTION_LIMIT,
    ContactFilter,
    Selection,
    SortOrder,
)
from domain.errors import Invalid
from domain.permissions import Permission
from domain.sentences import Sentence
from domain.timelines import Activity
from services import exports
from services.contacts import bulk, search, timeline, write
from services.contacts.bulk import Bulk, BulkAction
from services.contacts.write import ContactChange, Raw

router = APIRouter(prefix="/api/contacts", tags=["contacts"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


class GroupRef(BaseModel):
    """A group by id and name."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str


class ContactOut(BaseModel):
    """A contact; ``phone`` is E.164, ``fields`` holds custom fields by key."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    phone: str | None
    name: str
    language: str | None
    timezone: str | None
    fields: dict[str, str | int | float | bool]
    groups: list[GroupRef]
    source: str
    consent: Standing
    marketing_opt_out_at: datetime | None
    marketing_agreed_at: datetime | None
    blocked_at: datetime | None
    created_at: datetime
    updated_at: datetime


def _plain(value: object) -> object:
    if isinstance(value, (dict, list)):
        raise Wrong(Sentence("value_plain"))
    return value


Plain = Annotated[Raw, BeforeValidator(_plain)]
"""A custom field's value; anything else gets one error, and not one for each type it could have."""


class ContactChangeIn(Strict):
    """What to change; omitted parts stay, "" clears a text, null clears a custom field."""

    phone: str | None = Field(default=None, max_length=80, examples=["+55 11 98765-4321"])
    name: str | None = Field(default=None, max_length=NAME_LIMIT)
    language: str | None = Field(default=None, max_length=20, examples=["pt_BR"])
    timezone: str | None = Field(default=None, max_length=60, examples=["America/Sao_Paulo"])
    fields: dict[str, Plain] | None = Field(default=None, max_length=300)
    group_ids: list[UUID] | None = Field(default=None, max_length=200)
    opted_out: bool | None = Field(default=None, description="No marketing while true.")
    blocked: bool | None = Field(default=None, description="No message at all while true.")
    default_region: str | None = Field(
        default=None, max_length=2, description="Country of a number without +.", examples=["BR"]
    )

    def change(self) -> ContactChange:
        """The same for the service."""
        return ContactChange(**self.model_dump())


class ContactIn(ContactChangeIn):
    """A new contact; the number is required."""

    phone: str = Field(max_length=80, examples=["+55 11 98765-4321"])


class ContactPageOut(BaseModel):
    """One page; pass ``next_cursor`` as ``cursor`` for the next one."""

    items: list[ContactOut]
    next_cursor: str | None
    previous_cursor: str | None
    total: int | None = None


class FilterIn(Strict):
    """Which contacts: empty means all."""

    search: str = Field(default="", max_length=200)
    group_id: UUID | None = None
    opted_out: bool | None = None
    consent: Standing | None = None


class BulkIn(Strict):
    """An action on selected contacts (``ids``) or all that match (``filter``).

    Deleting needs ``expected``, the number of contacts agreed to.
    """

    action: BulkAction
    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=SELECTION_LIMIT)
    filter: FilterIn | None = None
    group_id: UUID | None = None
    expected: int | None = Field(default=None, ge=0)

    def bulk(self) -> Bulk:
        """The input for the service; raises Invalid unless contacts are named in exactly one way."""
        if (self.ids is None) == (self.filter is None):
            raise Invalid("selection_missing", field="ids")
        wanted = self.filter or FilterIn()
        selection = Selection(
            ids=tuple(self.ids) if self.ids is not None else None,
            filter=ContactFilter(wanted.search, wanted.group_id, wanted.opted_out, wanted.consent),
        )
        return Bulk(self.action, selection, self.group_id, expected=self.expected)


class ActivityOut(BaseModel):
    """Something that happened to a contact; ``text`` is in English, one sentence per change.

    ``kind`` is the journal's, or ``campaign.message`` for what a campaign sent them.
    """

    id: str
    at: datetime
    kind: str
    text: list[str]
    user_id: UUID | None
    conversation_id: UUID | None
    campaign_id: UUID | None

    @classmethod
    def of(cls, item: Activity) -> Self:
        """The response for this activity."""
        words = [say(sentence) for sentence in item.sentences]
        return cls(
            id=item.id, at=item.at, kind=item.kind, text=words, user_id=item.user_id,
            conversation_id=item.conversation_id, campaign_id=item.campaign_id,
        )  # fmt: skip


class ActivityPageOut(BaseModel):
    """One page, newest first; pass ``next_cursor`` as ``cursor`` for older activity."""

    items: list[ActivityOut]
    next_cursor: str | None


class BulkOut(BaseModel):
    """How many contacts the action changed."""

    changed: int


class ContactQuery:
    """The query parameters of lists and exports."""

    def __init__(
        self,
        search: Annotated[
            str, Query(max_length=200, description="Part of a name, number or field")
        ] = "",
        group_id: Annotated[UUID | None, Query()] = None,
        opted_out: Annotated[bool | None, Query()] = None,
        consent: Annotated[Standing | None, Query()] = None,
        sort: Annotated[SortOrder, Query()] = SortOrder.NEWEST,
    ) -> None:
        self.filter = ContactFilter(search, group_id, opted_out, consent)
        self.sort = sort

    @property
    def selection(self) -> Selection:
        """All matching contacts."""
        return Selection(filter=self.filter)


Wanted = Annotated[ContactQuery, Depends()]


@router.get("")
async def list_contacts(
    _principal: Reader,
    session: ReadSessionDep,
    wanted: Wanted,
    cursor: Annotated[str | None, Query(max_length=600)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 50,
    total: Annotated[bool, Query(description="Also count all that match")] = False,
) -> ContactPageOut:
    """Contacts page by page; ``search`` finds parts of names, numbers and fields."""
    page = await search.page(session, wanted.filter, sort=wanted.sort, cursor=cursor, limit=limit)
    return ContactPageOut(
        items=[ContactOut.model_validate(contact) for contact in page.items],
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
        total=await search.total(session, wanted.filter, page) if total else None,
    )


@router.post("", status_code=201)
async def create_contact(body: ContactIn, principal: Writer, session: SessionDep) -> ContactOut:
    """Add a contact; 409 ``phone_taken`` if the number is known in any form."""
    contact = await write.create(session, principal.actor, body.change(), source="api")
    return ContactOut.model_validate(contact)


@router.get("/export", response_class=CsvResponse)
async def export_contacts(
    request: Request, principal: Exporter, session: SessionDep, state: StateDep, wanted: Wanted
) -> CsvResponse:
    """All matching contacts as CSV; the export is recorded in the audit log."""
    file = await exports.contacts(session, principal.actor, wanted.selection, wanted.sort)
    return people_file(request, principal, state, file)


@router.post("/bulk")
async def change_many(body: BulkIn, principal: Writer, session: SessionDep) -> BulkOut:
    """Do one thing to many contacts in one transaction."""
    return BulkOut(changed=await bulk.apply(session, principal.actor, body.bulk()))


@router.get("/{contact_id:uuid}")
async def get_contact(contact_id: UUID, _principal: Reader, session: ReadSessionDep) -> ContactOut:
    """One contact."""
    return ContactOut.model_validate(await search.get(session, contact_id))


@router.get("/{contact_id:uuid}/activity")
async def contact_activity(
    contact_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    conversation_id: Annotated[
        UUID | None, Query(description="Only what happened in this conversation with them")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=600)] = None,
    limit: Annotated[int, Query(ge=1, le=timelines.PAGE_LIMIT)] = 50,
) -> ActivityPageOut:
    """What happened to a contact and who did it, newest first; kept as long as the audit log."""
    page = await timeline.page(
        session, contact_id, conversation_id=conversation_id, cursor=cursor, limit=limit
    )
    items = [ActivityOut.of(item) for item in page.items]
    return ActivityPageOut(items=items, next_cursor=page.next_cursor)


@router.put("/{contact_id:uuid}")
async def update_contact(
    contact_id: UUID, body: ContactChangeIn, principal: Writer, session: SessionDep
) -> ContactOut:
    """Change a contact; omitted parts stay."""
    contact = await write.update(session, principal.actor, contact_id, body.change())
    return ContactOut.model_validate(contact)


@router.delete("/{contact_id:uuid}", status_code=204)
async def delete_contact(contact_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Delete a contact and its conversations."""
    await write.delete(session, principal.actor, contact_id)
