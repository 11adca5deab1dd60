"""Recipients of a campaign: filtered pages, adding them to a group, and the list as CSV."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import causes
from domain.actors import Actor
from domain.contacts import Group, clean_text
from domain.errors import Conflict, Invalid
from domain.journal.people import GroupFilled
from domain.messages import MessageState
from domain.recipients import EXPLAINED, STATES, Bucket, RecipientLine, bucket_of
from domain.sentences import Say
from domain.tables import csv_line
from services import journal
from services.campaigns import find
from services.contacts import groups as contact_groups
from store import statistics
from store.campaigns import recipients
from store.campaigns.recipients import RecipientQuery

PAGE_LIMIT = 200
EXPORT_PAGE = 1000
COLUMNS = (
    "number", "phone", "name", "state", "attempts", "error_code", "cause", "detail", "wamid",
    "submitted_at", "sent_at", "delivered_at", "read_at", "failed_at", "replied_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecipientFilter:
    """Which recipients: a bucket, a cause of failure, part of a name or number."""

    bucket: Bucket | None = None
    cause: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class RecipientPage:
    """One page; ``next_after`` is where the next one begins."""

    items: list[RecipientLine]
    next_after: int | None


async def page(
    session: AsyncSession,
    campaign_id: UUID,
    wanted: RecipientFilter,
    *,
    after: int = 0,
    limit: int = 50,
) -> RecipientPage:
    """Recipients after a number, in order; ``limit`` is 1 to 200."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid("limit_range.recipients", field="limit", page_limit=PAGE_LIMIT)
    lines = await recipients.page(
        session, campaign_id, _query(wanted), after=after, limit=limit + 1
    )
    shown = lines[:limit]
    return RecipientPage(shown, shown[-1].seq if len(lines) > limit else None)


async def put_into_group(
    session: AsyncSession, campaign_id: UUID, wanted: RecipientFilter, actor: Actor, name: str
) -> tuple[Group, int]:
    """Add the filtered recipients to the group with that name, created if missing; returns how many are new in it.

    Deleted contacts are skipped. Raises Conflict if nobody is left, so that no empty group is created.
    """
    await find.row(session, campaign_id)
    place = await journal.place(session)
    async with session.begin_nested():
        group, is_new = await contact_groups.named(session, actor, name)
        added = await recipients.put_into(session, campaign_id, _query(wanted), group.id, place)
        if is_new and not added:
            raise Conflict("nobody_matches")
    if added:
        await statistics.refresh(session, added, "group_members")
        filled = GroupFilled(group_id=group.id, campaign=campaign_id, people=added)
        await journal.note_many(session, actor, place, filled)
    return group, added


async def count(session: AsyncSession, campaign_id: UUID, wanted: RecipientFilter) -> int:
    """How many recipients match."""
    return await recipients.count(session, campaign_id, _query(wanted))


async def export(
    session: AsyncSession, campaign_id: UUID, wanted: RecipientFilter, say: Say
) -> AsyncIterator[str]:
    """CSV of the filtered recipients, a thousand lines at a time, with a byte order mark."""
    yield "\ufeff" + csv_line(COLUMNS)
    query, after = _query(wanted), 0
    while True:
        lines = await recipients.page(session, campaign_id, query, after=after, limit=EXPORT_PAGE)
        yield "".join(csv_line(_cells(line, say)) for line in lines)
        if len(lines) < EXPORT_PAGE:
            return
        after = lines[-1].seq


def cause_of(line: RecipientLine) -> causes.Cause | None:
    """Why the message has not arrived (yet), if there is a reason."""
    settled = MessageState(line.state) in STATES[Bucket.LANDED]
    if settled or (line.error_code is None and line.error_detail is None):
        return None
    return causes.cause_of(line.error_code, line.error_detail)


def _query(wanted: RecipientFilter) -> RecipientQuery:
    replied = wanted.bucket is Bucket.REPLIED
    states = None if wanted.bucket is None or replied else STATES[wanted.bucket]
    if wanted.bucket is None and wanted.cause:
        states = EXPLAINED  # a sent message may still carry the code of an earlier attempt
    return RecipientQuery(
        states=states,
        replied=replied,
        cause=causes.members(wanted.cause) if wanted.cause else None,
        search=clean_text(wanted.search, 100),
    )


def _cells(line: RecipientLine, say: Say) -> list[str]:
    cause = cause_of(line)
    moments = (
        line.accepted_at, line.sent_at, line.delivered_at, line.read_at, line.failed_at,
        line.replied_at,
    )  # fmt: skip
    return [
        str(line.seq),
        line.phone,
        line.name or "",
        bucket_of(MessageState(line.state)).value,
        str(line.attempt or 0),
        str(line.error_code or ""),
        say(cause.title) if cause else "",
        (line.error_detail or "") if line.error_code else "",
        line.wamid or "",
        *(_moment(at) for at in moments),
    ]


def _moment(at: datetime | None) -> str:
    return at.isoformat(" ", "seconds") if at else ""
