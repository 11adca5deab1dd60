"""A contact's activity: a query over the journal, plus the campaigns that messaged them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.audit import AuditEntry
from domain.errors import Invalid
from domain.ids import parse_id
from domain.sentences import Sentence
from domain.timelines import CAMPAIGN_MESSAGE, PAGE_LIMIT, Activity, ActivityPage
from services import audit
from services.contacts import search, telling
from services.conversations import browse
from store import timelines
from store.timelines import CampaignMessage, TimelineEntry

NEWEST = (2**63 - 1, UUID(int=2**128 - 1))


async def page(
    session: AsyncSession,
    contact_id: UUID,
    *,
    conversation_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> ActivityPage:
    """What happened to a contact, or in one conversation with them, newest first; ``limit`` is 1 to 200.

    The cursor holds two positions: the last entry's number and the last campaign message's id.
    """
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid("limit_range.activity", field="limit", page_limit=PAGE_LIMIT)
    entry, message = _position(cursor)
    contact_id = (await search.get(session, contact_id)).id
    if conversation_id is not None:
        conversation_id = await _own(session, contact_id, conversation_id)
    entries = await timelines.entries(
        session, contact_id, conversation_id, before=entry, limit=limit + 1
    )
    written = (
        await timelines.campaigns(session, contact_id, before=message, limit=limit + 1)
        if conversation_id is None
        else []
    )
    items = sorted([*await _told(session, entries), *map(_received, written)], key=_newest_first)
    shown = items[:limit]
    if len(items) <= limit:
        return ActivityPage(shown, None)
    for item in shown:
        if item.kind == CAMPAIGN_MESSAGE:
            message = UUID(item.id)
        else:
            entry = int(item.id)
    return ActivityPage(shown, cursors.encode((str(entry), str(message))))


async def _own(session: AsyncSession, contact_id: UUID, conversation_id: UUID) -> UUID:
    """The conversation's id now; raises NotFound, or Invalid if it is with a different contact."""
    thread = await browse.one(session, conversation_id)
    if thread.contact_id != contact_id:
        raise Invalid("contact_mismatch")
    return thread.id


async def noted(session: AsyncSession, contact_id: UUID, limit: int) -> list[Activity]:
    """The latest journal entries about a contact, without campaigns."""
    before = NEWEST[0]
    found = await timelines.entries(session, contact_id, None, before=before, limit=limit)
    return await _told(session, found)


def _newest_first(item: Activity) -> float:
    return -item.at.timestamp()


def _position(cursor: str | None) -> tuple[int, UUID]:
    found = cursors.decode(cursor or "", 2)
    if found is None:
        return NEWEST
    message = parse_id(found[1])
    if message is None or not (found[0].isascii() and found[0].isdecimal() and len(found[0]) < 20):
        raise cursors.wrong()
    return min(int(found[0]), NEWEST[0]), message


async def _told(session: AsyncSession, noted: Sequence[TimelineEntry]) -> list[Activity]:
    names = await audit.names(session, [one.entry for one in noted]) if noted else {}
    return [
        Activity(
            str(one.entry.id), one.entry.at, one.entry.action, telling.sentences(one, names),
            one.entry.user_id, one.conversation_id, None, _run_of(one.entry),
        )
        for one in noted
    ]  # fmt: skip


def _run_of(entry: AuditEntry) -> UUID | None:
    return parse_id(entry.entity_id) if entry.entity == "run" else None


def _received(message: CampaignMessage) -> Activity:
    said = Sentence(f"activity_campaign.{telling.arrival(message.state)}", campaign=message.name)
    return Activity(
        str(message.id), message.at, CAMPAIGN_MESSAGE, [said], campaign_id=message.campaign_id
    )
