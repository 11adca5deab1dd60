"""Outcomes of attempts, written in bulk; a faster webhook is never overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messages import MessageState
from store.counters import COUNT_MOVES
from store.together import together


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt; ``state`` is ACCEPTED, REJECTED, UNKNOWN or QUEUED (try again)."""

    message_id: UUID
    attempt: int
    state: MessageState
    at: datetime
    wamid: str | None = None
    code: int | None = None
    detail: str | None = None
    next_try_at: datetime | None = None


# An answer about an earlier attempt is outdated. One that arrives after its attempt was marked unknown still counts,
# even if a person queued the message again in the meantime and WhatsApp says it accepted it, unless WhatsApp itself has
# reported failure since. Primary key look-ups, locked in id order like every writer of messages. One JSON parameter:
# the driver writes eight arrays element by element in Python, which costs more than all the rest.
_OLD = """
incoming AS (
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS i(
        id uuid, attempt int, outcome text, at timestamptz, wamid text, code int, detail text,
        next_try_at timestamptz)
),
old AS (
    SELECT m.id, m.state AS before_state, m.state IN ('sending', 'unknown')
        OR m.state = 'queued' AND i.outcome = 'accepted' AND NOT EXISTS (
            SELECT FROM message_attempts a
            WHERE a.message_id = m.id AND a.attempt = i.attempt AND a.outcome = 'failed') AS applies
    FROM messages m JOIN incoming i ON i.id = m.id AND i.attempt = m.attempt
    ORDER BY m.id FOR NO KEY UPDATE OF m
),
"""

_CHANGED = """
changed AS (
    UPDATE messages m SET
        state = CASE WHEN old.applies THEN i.outcome ELSE m.state END,
        wamid = CASE WHEN m.state = 'queued' AND NOT old.applies THEN m.wamid
            ELSE coalesce(m.wamid, i.wamid) END,
        accepted_at = CASE WHEN i.outcome = 'accepted' AND (old.applies OR m.state <> 'queued')
            THEN coalesce(m.accepted_at, i.at) ELSE m.accepted_at END,
        failed_at = CASE WHEN old.applies AND i.outcome = 'rejected' THEN i.at ELSE m.failed_at END,
        error_code = CASE WHEN old.applies AND i.outcome <> 'accepted' THEN i.code ELSE m.error_code END,
        error_detail = CASE WHEN NOT old.applies THEN m.error_detail
            WHEN i.outcome <> 'accepted' THEN i.detail END,
        next_try_at = CASE WHEN old.applies THEN i.next_try_at ELSE m.next_try_at END
    FROM incoming i, old WHERE m.id = i.id AND old.id = i.id
    RETURNING m.id, m.campaign_id, m.contact_id, m.channel_id, old.before_state, m.state AS after_state
),
"""

_LOGGED = """
logged AS (
    INSERT INTO message_attempts (message_id, attempt, at, outcome, error_code, error_detail, next_try_at)
    SELECT i.id, i.attempt, i.at, CASE i.outcome WHEN 'queued' THEN 'retry' ELSE i.outcome END, i.code,
        i.detail, i.next_try_at
    FROM incoming i JOIN changed c ON c.id = i.id
    WHERE i.outcome <> 'accepted' AND c.before_state IN ('sending', 'unknown') AND c.after_state = i.outcome
        AND c.before_state <> c.after_state
),
"""

_RECORD = text(f"""
WITH {_OLD} {_CHANGED} {_LOGGED}
moves AS (SELECT campaign_id, before_state, after_state FROM changed),
{COUNT_MOVES}
SELECT DISTINCT campaign_id, CASE WHEN campaign_id IS NULL THEN contact_id END AS contact_id,
    CASE WHEN campaign_id IS NULL THEN channel_id END AS channel_id FROM changed
""")


@dataclass(frozen=True, slots=True)
class Touched:
    """What a bulk write changed: a campaign, or the thread of one contact on one channel."""

    campaign_id: UUID | None
    contact_id: UUID | None
    channel_id: UUID | None


async def record(session: AsyncSession, outcomes: Sequence[Outcome]) -> list[Touched]:
    """Write outcomes of attempts; each message at most once per call."""
    return await together(session, _record, outcomes)


async def _record(session: AsyncSession, calls: Sequence[Sequence[Outcome]]) -> list[list[Touched]]:
    """What all of them touched is told by the first."""
    outcomes = [outcome for call in calls for outcome in call]
    parameters = {"rows": orjson.dumps([_row(outcome) for outcome in outcomes]).decode()}
    rows = (await session.execute(_RECORD, parameters)).all()
    touched = [Touched(row.campaign_id, row.contact_id, row.channel_id) for row in rows]
    return [touched, *([] for _ in calls[1:])]


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "id": outcome.message_id, "attempt": outcome.attempt, "outcome": outcome.state,
        "at": outcome.at, "wamid": outcome.wamid, "code": outcome.code, "detail": outcome.detail,
        "next_try_at": outcome.next_try_at,
    }  # fmt: skip
