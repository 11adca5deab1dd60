"""Unknown outcomes, decided by a person: count as sent, or send again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import SETTLED_AFTER
from domain.messages import MessageState
from domain.recipients import Choice
from store.counters import COUNT_MOVES

AFTER = {Choice.ASSUME_SENT: MessageState.ACCEPTED, Choice.SEND_AGAIN: MessageState.QUEUED}
LOGGED = {Choice.ASSUME_SENT: "assumed_sent", Choice.SEND_AGAIN: "send_again"}

# A sender presumed dead may only be asleep: its message is sent again once it can no longer leave.
# Uses uq_messages_campaign_id_seq. The lock re-reads each row: one settled by a webhook in the meantime is no longer
# unknown and stays as it is.
_DECIDE = text(f"""
WITH doubtful AS (
    SELECT id, campaign_id, attempt FROM messages
    WHERE campaign_id = :campaign_id AND state = 'unknown'
        AND (CAST(:seqs AS int[]) IS NULL OR seq = ANY(CAST(:seqs AS int[])))
    ORDER BY id FOR NO KEY UPDATE
),
changed AS (
    UPDATE messages m SET
        state = CAST(:after AS text),
        accepted_at = CASE WHEN CAST(:after AS text) = 'accepted' THEN coalesce(m.accepted_at, m.claimed_at)
            ELSE m.accepted_at END,
        next_try_at = CASE WHEN CAST(:after AS text) = 'queued' THEN greatest(clock_timestamp(),
            CASE WHEN m.error_detail = 'sender_died' THEN m.claimed_at + CAST(:settled_after AS interval) END)
            END,
        error_code = NULL,
        error_detail = CASE WHEN CAST(:after AS text) = 'accepted' THEN 'assumed_sent' END
    FROM doubtful d WHERE m.id = d.id
    RETURNING m.id, m.campaign_id, m.attempt
),
logged AS (
    INSERT INTO message_attempts (message_id, attempt, outcome, user_id)
    SELECT id, attempt, CAST(:outcome AS text), CAST(:user_id AS uuid) FROM changed
),
moves AS (SELECT campaign_id, 'unknown' AS before_state, CAST(:after AS text) AS after_state FROM changed),
{COUNT_MOVES}
SELECT count(*) FROM changed
""")

# Uses uq_messages_campaign_id_seq.
_DOUBT = text("""
SELECT count(*) AS people, min(claimed_at) AS oldest, max(claimed_at) AS newest FROM messages
WHERE campaign_id = :campaign_id AND state = 'unknown'
    AND (CAST(:seqs AS int[]) IS NULL OR seq = ANY(CAST(:seqs AS int[])))
""")


@dataclass(frozen=True, slots=True)
class Doubt:
    """How many people have an unknown outcome, and when the first and last of those messages were sent."""

    people: int
    oldest: datetime | None
    newest: datetime | None


async def decide(
    session: AsyncSession,
    campaign_id: UUID,
    choice: Choice,
    seqs: Sequence[int] | None,
    user_id: UUID | None,
) -> int:
    """Settle the unknown outcomes of these recipients, None for all; returns how many there were."""
    parameters = {
        "campaign_id": campaign_id, "after": AFTER[choice].value, "outcome": LOGGED[choice],
        "seqs": None if seqs is None else list(seqs), "user_id": user_id,
        "settled_after": SETTLED_AFTER,
    }  # fmt: skip
    return int((await session.execute(_DECIDE, parameters)).scalar_one())


async def doubt(session: AsyncSession, campaign_id: UUID, seqs: Sequence[int] | None) -> Doubt:
    """The unknown outcomes of these recipients, None for all."""
    parameters = {"campaign_id": campaign_id, "seqs": None if seqs is None else list(seqs)}
    row = (await session.execute(_DOUBT, parameters)).one()
    return Doubt(row.people, row.oldest, row.newest)
