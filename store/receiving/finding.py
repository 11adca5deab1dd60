"""Deliveries as the webhook log lists them: newest first, searched by what they mention."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhook_log import (
    BLOCK,
    SHORTEST_NUMBER,
    DeliveryFilter,
    DeliveryLine,
    block_of,
    mark,
    sought,
)
from domain.webhooks import Outcome
from store.receiving import log, marks

LARGEST_ID = 2**63 - 1
BLOCKS_AT_ONCE, MOST_BLOCKS_AT_ONCE = 8, 512
LONGEST_S = 2.0
"""A search that found too little goes on at the next page after this."""

MOST_OPEN = 20_000
"""How many deliveries that wait or were set aside as a whole a search for a text reads."""

OPEN = (Outcome.WAITING, Outcome.DEAD)
"""Outcomes that are states: the index does not know such deliveries."""

_COLUMNS = """
e.id, e.received_at, e.processed_at, e.state, coalesce(e.error, '') AS error, e.signed_for, e.kinds, e.outcomes,
length(e.body) AS size, (SELECT count(*) FROM webhook_repeats r WHERE r.digest = e.digest) AS repeats
"""

_CHECKS = """
    AND (CAST(:since AS timestamptz) IS NULL OR e.received_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR e.received_at < :until)
    AND (CAST(:channel AS uuid) IS NULL OR :channel = ANY(e.signed_for))
    AND (CAST(:kind AS text) = '' OR :kind = ANY(e.kinds))
    AND (CAST(:outcome AS text) = '' OR :outcome = ANY(e.outcomes) OR :outcome = e.state)
    AND (CAST(:plain AS bytea) IS NULL OR position(:plain IN e.body) > 0 OR position(:escaped IN e.body) > 0)
"""

# The planner expects far too many rows in the range of ids of a block, and would read the whole table for eight.
_BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true)")

# Primary key, backwards.
_NEWEST = text(f"""
SELECT {_COLUMNS} FROM webhook_events e
WHERE e.id < :before AND e.id >= :low {_CHECKS} ORDER BY e.id DESC LIMIT :limit
""")

# Primary key, for each of a few blocks: OFFSET 0, or all deliveries are joined with the blocks.
_OF_BLOCKS = text(f"""
SELECT l.* FROM unnest(CAST(:blocks AS bigint[])) AS b(block)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM webhook_events e
    WHERE e.id BETWEEN b.block * {BLOCK} AND b.block * {BLOCK} + {BLOCK - 1}
        AND e.id < :before AND e.id >= :low AND e.state = 'done' {_CHECKS}
    OFFSET 0
) l ORDER BY l.id DESC LIMIT :limit
""")

# ix_webhook_events_waiting and ix_webhook_events_dead, backwards; how many is limited.
_OF_OPEN = text(f"""
SELECT {_COLUMNS} FROM (
    (SELECT * FROM webhook_events WHERE state = 'waiting' AND id < :before AND id >= :low ORDER BY id DESC LIMIT :most)
    UNION ALL
    (SELECT * FROM webhook_events WHERE state = 'dead' AND id < :before AND id >= :low ORDER BY id DESC LIMIT :most)
) e WHERE true {_CHECKS} ORDER BY e.id DESC LIMIT :limit
""")

# Primary key.
_ONE = text(f"SELECT {_COLUMNS}, e.body FROM webhook_events e WHERE e.id = :id")

# ix_webhook_repeats_digest.
_REPEATS = text("""
SELECT r.at FROM webhook_events e JOIN webhook_repeats r ON r.digest = e.digest
WHERE e.id = :id ORDER BY r.at DESC LIMIT :limit
""")

# Primary key, from both ends.
_RANGE = text("""
SELECT (SELECT id FROM webhook_events WHERE id BETWEEN :low AND :high AND received_at >= :since ORDER BY id LIMIT 1),
    (SELECT id FROM webhook_events WHERE id BETWEEN :low AND :high AND received_at < :until ORDER BY id DESC LIMIT 1)
""")

# Primary key, from its newest end.
_REJECTED = text("""
SELECT minute, reason, count FROM rejected_webhooks
WHERE (minute, reason) < (CAST(:minute AS timestamptz), :reason) ORDER BY minute DESC, reason DESC LIMIT :limit
""")

# ix_webhook_repeats_at.
_PURGE_REPEATS = text("""
WITH old AS (SELECT ctid FROM webhook_repeats WHERE at < :before ORDER BY at LIMIT :limit)
DELETE FROM webhook_repeats WHERE ctid IN (SELECT ctid FROM old) RETURNING at
""")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of deliveries; the next one starts before ``before``, None after the last."""

    lines: list[DeliveryLine]
    before: int | None


async def page(
    session: AsyncSession, wanted: DeliveryFilter, before: int | None, limit: int
) -> Found:
    """Deliveries that match, newest first, with ids below ``before``."""
    await session.execute(_BY_INDEX)
    top = LARGEST_ID if before is None else before
    low = 0
    if wanted.since is not None:
        low = await log.first_since(session, wanted.since)
    if wanted.until is not None:
        top = min(top, await log.first_since(session, wanted.until) + 1)
    search = _Search(session, wanted, low, limit)
    return await search.run(top)


class _Search:
    """One page of a search; the index says in which blocks to look."""

    def __init__(self, session: AsyncSession, wanted: DeliveryFilter, low: int, limit: int) -> None:
        self._session, self._wanted, self._low, self._limit = session, wanted, low, limit
        self._text = sought(wanted.text)
        texts = (
            [one.encode("utf-8", "replace") for one in self._text.texts] if self._text else [None]
        )
        self._parameters: dict[str, Any] = {
            "low": low, "since": wanted.since, "until": wanted.until, "channel": wanted.channel_id,
            "kind": wanted.kind, "outcome": wanted.outcome or "", "plain": texts[0],
            "escaped": texts[-1], "most": MOST_OPEN,
        }  # fmt: skip

    async def run(self, before: int) -> Found:
        wanted = [mark(one) for one in self._mentions()]
        wanted += [self._text.mark] if self._text else []
        if self._wanted.outcome in OPEN:
            return self._page(await self._rows(_OF_OPEN, before))
        if not wanted:
            return self._page(await self._rows(_NEWEST, before))
        found = await self._rows(_OF_OPEN, before) if self._is_open_too() else []
        return await self._walk(wanted, before, found)

    def _mentions(self) -> list[str]:
        """What the index has of the filter, besides its text."""
        wanted = self._wanted
        channel = str(wanted.channel_id) if wanted.channel_id else ""
        return [one for one in (wanted.kind, wanted.outcome or "", channel) if one]

    def _is_open_too(self) -> bool:
        """What was not processed has neither kind nor outcome, and a text is looked for anywhere in it."""
        is_short = self._text is not None and len(self._text.texts[0]) < SHORTEST_NUMBER
        return not (self._wanted.kind or self._wanted.outcome or is_short)

    async def _walk(self, wanted: Sequence[int], before: int, found: list[DeliveryLine]) -> Found:
        """Look into the blocks that mention everything, newest first, until the page is full."""
        until = time.monotonic() + LONGEST_S
        top, at_once, done = block_of(before - 1), BLOCKS_AT_ONCE, 0
        while done < self._limit:
            blocks = await marks.blocks(self._session, wanted, block_of(self._low), top, at_once)
            if not blocks:
                return self._page(found)
            rows = await self._rows(_OF_BLOCKS, before, blocks=blocks)
            found, done = [*found, *rows], done + len(rows)
            top, at_once = blocks[-1] - 1, min(at_once * 4, MOST_BLOCKS_AT_ONCE)
            if time.monotonic() > until and done < self._limit:
                return self._page(found, rest=(top + 1) * BLOCK)
        return self._page(found)

    def _page(self, found: list[DeliveryLine], rest: int | None = None) -> Found:
        """The newest of what was found; ``rest``: nothing below was looked at."""
        lines = sorted(found, key=lambda line: line.id, reverse=True)
        lines = [line for line in lines if rest is None or line.id >= rest][: self._limit]
        return Found(lines, lines[-1].id if len(lines) == self._limit else rest)

    async def _rows(self, statement: Any, before: int, **more: object) -> list[DeliveryLine]:
        parameters = self._parameters | {"before": before, "limit": self._limit} | more
        return [_line(row) for row in (await self._session.execute(statement, parameters)).all()]


def _line(row: Any) -> DeliveryLine:
    return DeliveryLine(
        id=row.id,
        received_at=row.received_at,
        processed_at=row.processed_at,
        state=row.state,
        error=row.error,
        signed_for=tuple(row.signed_for or ()),
        kinds=tuple(row.kinds or ()),
        outcomes=tuple(row.outcomes or ()),
        size=row.size,
        repeats=row.repeats,
    )


async def one(session: AsyncSession, id_: int) -> tuple[DeliveryLine, bytes] | None:
    """A delivery with its body."""
    row = (await session.execute(_ONE, {"id": id_})).one_or_none()
    return (_line(row), bytes(row.body)) if row else None


async def repeats(session: AsyncSession, id_: int, limit: int) -> list[datetime]:
    """When a delivery came again, last first."""
    return list((await session.scalars(_REPEATS, {"id": id_, "limit": limit})).all())


async def ids_between(
    session: AsyncSession, since: datetime, until: datetime
) -> tuple[int, int] | None:
    """The first and last id received between two moments."""
    low, high = await log.first_since(session, since), await log.first_since(session, until)
    parameters = {"low": low, "high": high, "since": since, "until": until}
    first, last = (await session.execute(_RANGE, parameters)).one()
    return (first, last) if first and last and first <= last else None


async def rejected(session: AsyncSession, before: tuple[datetime, str], limit: int) -> list[Any]:
    """Counts of rejected deliveries, newest minute first."""
    parameters = {"minute": before[0], "reason": before[1], "limit": limit}
    return list((await session.execute(_REJECTED, parameters)).all())


async def purge_repeats(session: AsyncSession, before: datetime, limit: int) -> int:
    """Forget repeats from before a time; returns how many."""
    return len((await session.execute(_PURGE_REPEATS, {"before": before, "limit": limit})).all())
