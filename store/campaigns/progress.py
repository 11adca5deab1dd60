"""Queries about a campaign's progress: what is left, failures by cause, exclusions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.recipients import EXPLAINED
from store.campaigns.audience import PROBLEM_REASON

# Uses uq_messages_campaign_id_seq and ix_messages_retries; the counters give the total.
_REMAINDER = text("""
SELECT k.total - (SELECT count(*) FROM messages WHERE campaign_id = :campaign_id) AS fresh,
    (SELECT min(next_try_at) FROM messages
        WHERE campaign_id = :campaign_id AND next_try_at IS NOT NULL AND state = 'queued')
        - clock_timestamp() AS next_try,
    k.total, c.type = 'api' AND c.closed_at IS NULL AS open
FROM campaigns c JOIN campaign_counters k ON k.campaign_id = c.id WHERE c.id = :campaign_id
""")

# Uses ix_messages_retries: only messages waiting for another try; those held back by a deletion were never tried.
_NEXT_TRIES = text("""
SELECT campaign_id, count(*) AS people, min(next_try_at) - clock_timestamp() AS next_try
FROM messages
WHERE campaign_id = ANY(:campaign_ids) AND next_try_at IS NOT NULL AND state = 'queued' AND attempt > 0
GROUP BY campaign_id
""")

# Uses uq_messages_campaign_id_seq.
_FAILURES = text(f"""
SELECT state, error_code, min(error_detail) AS detail, count(*) AS people
FROM messages
WHERE campaign_id = :campaign_id AND state IN {tuple(map(str, EXPLAINED))}
GROUP BY state, error_code, CASE WHEN error_code IS NULL THEN error_detail END
ORDER BY count(*) DESC LIMIT 100
""")

# People excluded at launch, and file rows that were never recipients. Uses the primary key and
# ix_campaign_entries_campaign_id_problem.
_EXCLUSIONS = text(f"""
SELECT reason, count(*) AS people FROM campaign_exclusions WHERE campaign_id = :campaign_id
GROUP BY reason
UNION ALL
SELECT {PROBLEM_REASON}, count(*) FROM campaign_entries
WHERE campaign_id = :campaign_id AND problem IS NOT NULL
    AND EXISTS (SELECT 1 FROM campaigns JOIN campaign_counters k ON k.campaign_id = id
        WHERE id = :campaign_id AND type = 'csv')
GROUP BY 1 ORDER BY 1
""")


_KEPT = text("SELECT figures FROM campaigns WHERE id = :campaign_id")


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Recipients who share one cause."""

    state: str
    error_code: int | None
    detail: str | None
    people: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Who did not get a campaign, by cause and by reason: what is kept when its people are deleted."""

    failures: list[FailureGroup]
    exclusions: dict[str, int]


class Remainder(NamedTuple):
    """People without a message yet, the time until the next try is due, and the total. ``open`` while programs may add
    more.
    """

    fresh: int
    next_try: timedelta | None
    total: int
    open: bool


async def remainder(session: AsyncSession, campaign_id: UUID) -> Remainder:
    """What is left of a campaign; nothing if it no longer exists."""
    row = (await session.execute(_REMAINDER, {"campaign_id": campaign_id})).one_or_none()
    return Remainder(**row._mapping) if row else Remainder(0, None, 0, open=False)


class NextTries(NamedTuple):
    """How many messages wait for another try, and how long until the first is due."""

    people: int
    next_try: timedelta


async def next_tries(session: AsyncSession, campaign_ids: Sequence[UUID]) -> dict[UUID, NextTries]:
    """Messages waiting for another try, by campaign; campaigns without any are omitted."""
    if not campaign_ids:
        return {}
    rows = (await session.execute(_NEXT_TRIES, {"campaign_ids": list(campaign_ids)})).all()
    return {row.campaign_id: NextTries(row.people, row.next_try) for row in rows}


async def figures(session: AsyncSession, campaign_id: UUID) -> Figures:
    """Failures by cause and exclusions by reason; for deleted people as counted back then."""
    kept = await session.scalar(_KEPT, {"campaign_id": campaign_id})
    if kept is None:
        return Figures(await failures(session, campaign_id), await exclusions(session, campaign_id))
    return Figures([FailureGroup(**group) for group in kept["failures"]], kept["exclusions"])


async def failures(session: AsyncSession, campaign_id: UUID) -> list[FailureGroup]:
    """Recipients who did not get the message, grouped by cause, largest group first."""
    rows = (await session.execute(_FAILURES, {"campaign_id": campaign_id})).all()
    return [FailureGroup(**row._mapping) for row in rows]


async def exclusions(session: AsyncSession, campaign_id: UUID) -> dict[str, int]:
    """People excluded at launch, by reason."""
    rows = (await session.execute(_EXCLUSIONS, {"campaign_id": campaign_id})).all()
    return {row.reason: row.people for row in rows}
