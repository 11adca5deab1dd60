"""Campaign rows: create, read, list, change under lock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE, CampaignStatus
from domain.counters import COLUMNS, Counters
from store import leaving, searches
from store.tables.campaigns import COUNTERS, CampaignRow

_COUNTED = [COUNTERS.c[name] for name in COLUMNS]
_STAYS = leaving.stays(CampaignRow.id, "campaign_id")


def add(session: AsyncSession, **columns: Any) -> CampaignRow:
    """Add a campaign; flush to get its defaults."""
    row = CampaignRow(**columns)
    session.add(row)
    return row


async def get(session: AsyncSession, campaign_id: UUID) -> CampaignRow | None:
    """A campaign by id."""
    return await session.get(CampaignRow, campaign_id, populate_existing=True)


async def is_leaving(session: AsyncSession, campaign_id: UUID) -> bool:
    """Whether a campaign was just deleted."""
    query = select(CampaignRow.id).where(CampaignRow.id == campaign_id, ~_STAYS)
    return await session.scalar(query) is not None


async def locked(session: AsyncSession, campaign_id: UUID) -> CampaignRow | None:
    """A campaign not being deleted, locked until the transaction ends so that it cannot be launched twice.

    The lock allows foreign keys: writing a campaign's rows for minutes blocks nobody.
    """
    row = await session.get(
        CampaignRow, campaign_id, populate_existing=True, with_for_update={"key_share": True}
    )
    return None if await is_leaving(session, campaign_id) else row


_FILE_PROGRESS = text("""
UPDATE campaigns SET source = jsonb_set(
    source, '{pending}', source -> 'pending' || jsonb_build_object(
        'done', CAST(:done AS bigint), 'total', CAST(:total AS bigint)))
WHERE id = :campaign_id AND source -> 'pending' ->> 'id' = :pending_id
""")  # by primary key


async def set_file_progress(
    session: AsyncSession, campaign_id: UUID, pending_id: str, done: int, total: int
) -> None:
    """Store how much of the waiting file has been read."""
    parameters = {"campaign_id": campaign_id, "pending_id": pending_id}
    await session.execute(_FILE_PROGRESS, {**parameters, "done": done, "total": total})


async def pending_paths(session: AsyncSession) -> set[str]:
    """Files waiting to be read (ix_campaigns_pending_file)."""
    query = select(text("campaigns.source -> 'pending' ->> 'path'")).where(
        text("(campaigns.source -> 'pending') IS NOT NULL")
    )
    return set((await session.scalars(query.select_from(CampaignRow))).all())


async def pending_files(session: AsyncSession) -> list[UUID]:
    """Drafts with a file for a worker to read (ix_campaigns_pending_file); there are few."""
    query = select(CampaignRow.id).where(
        CampaignRow.status == CampaignStatus.DRAFT,
        text("(campaigns.source -> 'pending') IS NOT NULL"),
    )
    return list((await session.scalars(query)).all())


async def may_be_undone(session: AsyncSession, campaign_id: UUID) -> bool:
    """Whether a launch can still be undone."""
    query = select(CampaignRow.undo_until > func.clock_timestamp()).where(
        CampaignRow.id == campaign_id
    )
    return bool(await session.scalar(query))


async def page(
    session: AsyncSession,
    *,
    status: CampaignStatus | None,
    search: str,
    archived: bool = False,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[CampaignRow, Counters | None]]:
    """Campaigns, newest first, with their counters, after a (created_at, id) key; never blank drafts."""
    query = (
        select(CampaignRow, *_COUNTED)
        .outerjoin(COUNTERS, COUNTERS.c.campaign_id == CampaignRow.id)
        .where(
            ~CampaignRow.blank,
            CampaignRow.archived_at.is_not(None) == archived,
            _STAYS,
        )
        .order_by(CampaignRow.created_at.desc(), CampaignRow.id.desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(CampaignRow.status == status)
    if search:
        query = query.where(searches.holds(CampaignRow.name, search))
    if after is not None:
        query = query.where(tuple_(CampaignRow.created_at, CampaignRow.id) < after)
    return [
        (campaign, None if counted[0] is None else Counters(*counted))
        for campaign, *counted in await session.execute(query)
    ]


async def counters(
    session: AsyncSession, campaign_id: UUID, *, lock: bool = False
) -> Counters | None:
    """The counters of a launched campaign; with ``lock``, after waiting for claims in progress."""
    query = select(*_COUNTED).where(COUNTERS.c.campaign_id == campaign_id)
    found = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return Counters(**found._mapping) if found else None


async def active(session: AsyncSession) -> list[CampaignRow]:
    """Campaigns that need a workflow; uses ix_campaigns_status."""
    query = select(CampaignRow).where(CampaignRow.status.in_(ACTIVE))
    return list((await session.scalars(query)).all())


async def count_by_status(session: AsyncSession) -> dict[str, int]:
    """How many listed campaigns are in each state; reads the few there are."""
    rows = await session.execute(
        select(CampaignRow.status, func.count().label("people"))
        .where(
            ~CampaignRow.blank,
            CampaignRow.archived_at.is_(None),
            _STAYS,
        )
        .group_by(CampaignRow.status)
    )
    return {row.status: row.people for row in rows.all()}


async def count_archived(session: AsyncSession) -> int:
    """How many campaigns are archived."""
    query = select(func.count()).where(CampaignRow.archived_at.is_not(None), _STAYS)
    return await session.scalar(query) or 0


async def blank_of(session: AsyncSession, user_id: UUID | None) -> CampaignRow | None:
    """A person's draft that they have not typed anything into yet, locked."""
    query = (
        select(CampaignRow)
        .where(CampaignRow.blank, CampaignRow.created_by == user_id)
        .limit(1)
        .with_for_update(key_share=True)
    )
    found: CampaignRow | None = await session.scalar(query)
    return found


_FORGET_BLANK = text("""
DELETE FROM campaigns WHERE blank AND created_at < clock_timestamp() - interval '1 day'
""")  # reads the few campaigns there are


async def forget_blank(session: AsyncSession) -> None:
    """Delete drafts that stayed blank for a day."""
    await session.execute(_FORGET_BLANK)


# Places of merged people are refused before anything is sent, and people being deleted wait. Uses
# uq_messages_campaign_id_seq.
_FORGET_REFUSED = text(
    "DELETE FROM messages WHERE campaign_id = :campaign_id AND state IN ('refused', 'queued')"
)


async def forget_refused(session: AsyncSession, campaign_id: UUID) -> None:
    """Forget who was refused, or is still waiting, in a campaign that messaged nobody."""
    await session.execute(_FORGET_REFUSED, {"campaign_id": campaign_id})


_UNFREEZE = (
    text("DELETE FROM campaign_recipients WHERE campaign_id = :campaign_id"),  # primary keys
    text("DELETE FROM campaign_exclusions WHERE campaign_id = :campaign_id"),
    text("DELETE FROM campaign_counters WHERE campaign_id = :campaign_id"),
)


async def unfreeze(session: AsyncSession, campaign_id: UUID) -> None:
    """Delete the audience of a campaign that has not begun, so it can be frozen again."""
    await forget_refused(session, campaign_id)
    for statement in _UNFREEZE:
        await session.execute(statement, {"campaign_id": campaign_id})
