"""Status webhooks, applied in bulk: states only move forward, whatever order they come in (law 5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE
from domain.messages import STATUS_RANK, MessageState
from store.counters import COUNT_MOVES
from store.sending.outcomes import Touched


@dataclass(slots=True)
class StatusUpdate:
    """Everything one batch of webhooks says about one attempt, folded together.

    ``retry_at`` is when a failed one may be tried again; None for never.
    """

    wamid: str
    message_id: UUID
    attempt: int | None = None
    state: MessageState = MessageState.ACCEPTED
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    code: int | None = None
    detail: str | None = None
    pricing: str | None = None
    retry_at: datetime | None = None
    channel_id: UUID | None = None
    """The numbers the update was signed for; None trusts any."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that WhatsApp accepted and now first reports as failed."""

    message_id: UUID
    campaign_id: UUID | None
    channel_id: UUID
    code: int | None


@dataclass(slots=True)
class Applied:
    """What changed: campaigns and threads for open pages, and failures to act on.

    ``unmatched`` are updates about no message of ours; ``known`` said nothing later than we knew.
    """

    touched: list[Touched] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    unmatched: set[UUID] = field(default_factory=set)
    known: set[UUID] = field(default_factory=set)


_RANK = " ".join(f"WHEN '{state}' THEN {rank}" for state, rank in STATUS_RANK.items())
_ACTIVE = ", ".join(f"'{status}'" for status in ACTIVE)

# Primary key look-ups, locked in id order.
_OLD = """
incoming AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS i(
        id uuid, channel_id uuid, attempt int, wamid text, status text, rank int, sent_at timestamptz,
        delivered_at timestamptz, read_at timestamptz, failed_at timestamptz, code int, detail text,
        pricing text, retry_at timestamptz)
),
old AS MATERIALIZED (
    SELECT m.id, m.state, m.attempt, m.campaign_id, m.channel_id, m.wamid FROM messages m
    WHERE m.id IN (SELECT id FROM incoming) AND m.direction = 'out' ORDER BY m.id FOR NO KEY UPDATE
),
"""

# A failure of an earlier attempt is outdated, and a message waiting for its next try has already taken it into account.
# Updates for a number other than the message's, or with an id other than the one WhatsApp gave that attempt
# (ix_message_attempts_message_id_attempt), are someone else's. In a running campaign, a failure that may be retried
# queues the next attempt.
_DECIDED = f"""
decided AS MATERIALIZED (
    SELECT i.*, old.state AS before_state, CASE
        WHEN i.rank <= (CASE old.state {_RANK} ELSE 99 END) THEN old.state
        WHEN i.status <> 'failed' THEN i.status
        WHEN i.attempt < old.attempt OR old.state = 'queued' THEN old.state
        WHEN c.status IN ({_ACTIVE}) THEN 'queued'
        ELSE 'failed' END AS after_state
    FROM old JOIN incoming i ON i.id = old.id AND coalesce(i.channel_id, old.channel_id) = old.channel_id
        AND CASE WHEN i.attempt < old.attempt THEN NOT EXISTS (
                SELECT 1 FROM message_attempts a
                WHERE a.message_id = i.id AND a.attempt = i.attempt AND a.wamid <> i.wamid)
            ELSE coalesce(old.wamid, i.wamid) = i.wamid END
    LEFT JOIN campaigns c ON i.retry_at IS NOT NULL AND c.id = old.campaign_id
),
"""

_CHANGED = """
changed AS (
    UPDATE messages m SET
        state = d.after_state,
        wamid = CASE WHEN d.again THEN NULL ELSE coalesce(m.wamid, d.wamid) END,
        accepted_at = CASE WHEN NOT d.again
            THEN coalesce(m.accepted_at, d.sent_at, d.delivered_at, d.read_at) END,
        sent_at = CASE WHEN NOT d.again THEN coalesce(m.sent_at, d.sent_at) END,
        delivered_at = coalesce(m.delivered_at, d.delivered_at, d.read_at),
        read_at = coalesce(m.read_at, d.read_at),
        failed_at = CASE WHEN NOT d.again THEN coalesce(m.failed_at, d.failed_at) END,
        error_code = coalesce(d.code, m.error_code),
        error_detail = CASE WHEN coalesce(d.code::text, d.detail) IS NOT NULL THEN d.detail
            WHEN m.state = 'unknown' THEN NULL ELSE m.error_detail END,
        next_try_at = CASE WHEN d.again THEN d.retry_at END,
        pricing = coalesce(m.pricing, d.pricing)
    FROM (
        SELECT *, after_state = 'queued' AND before_state <> 'queued' AS again FROM decided
        WHERE status <> 'failed' OR after_state <> before_state
    ) d
    WHERE m.id = d.id
    RETURNING m.id, m.campaign_id, m.contact_id, m.channel_id, m.attempt, d.before_state,
        d.after_state, d.code, d.detail, d.wamid, d.again, m.next_try_at,
        d.status = 'failed' AND d.before_state <> d.after_state AS failed_now
),
"""

_APPLY = text(f"""
WITH {_OLD} {_DECIDED} {_CHANGED}
logged AS (
    INSERT INTO message_attempts (message_id, attempt, outcome, error_code, error_detail, next_try_at,
        wamid)
    SELECT id, attempt, 'failed', code, detail, next_try_at, wamid FROM changed WHERE again
),
moves AS (SELECT campaign_id, before_state, after_state FROM changed),
{COUNT_MOVES}
SELECT DISTINCT 'changed' AS what, campaign_id, CASE WHEN campaign_id IS NULL THEN contact_id END AS contact_id,
    CASE WHEN campaign_id IS NULL OR failed_now THEN channel_id END AS channel_id,
    CASE WHEN failed_now THEN id END AS failed_id, CASE WHEN failed_now THEN code END AS code
FROM changed
UNION ALL
SELECT 'known', NULL, NULL, NULL, id, NULL FROM decided WHERE after_state = before_state
UNION ALL
SELECT 'unmatched', NULL, NULL, NULL, id, NULL FROM incoming WHERE id NOT IN (SELECT id FROM decided)
""")


# One walk over the contact's messages by ix_messages_contact_id_id: there is no index on wamid, which keeps writing
# campaign outcomes cheap.
_BY_WAMID = text("""
SELECT (
    SELECT m.id FROM channels ch JOIN messages m ON m.channel_id = ch.id
    WHERE ch.phone_number_id = i.phone_number_id AND m.contact_id = i.contact_id
        AND m.wamid = i.wamid AND m.direction = 'out' LIMIT 1
) FROM unnest(CAST(:numbers AS text[]), CAST(:contacts AS uuid[]), CAST(:wamids AS text[]))
    WITH ORDINALITY AS i(phone_number_id, contact_id, wamid, place) ORDER BY i.place
""")


async def by_wamid(
    session: AsyncSession,
    phone_number_ids: Sequence[str],
    contact_ids: Sequence[UUID],
    wamids: Sequence[str],
) -> list[UUID | None]:
    """Our messages to these contacts by WhatsApp's id, each only on the number that sent it."""
    parameters = {
        "numbers": list(phone_number_ids), "contacts": list(contact_ids), "wamids": list(wamids),
    }  # fmt: skip
    return list((await session.scalars(_BY_WAMID, parameters)).all())


async def apply(session: AsyncSession, updates: Sequence[StatusUpdate]) -> Applied:
    """Move messages forward, each at most once; updates for messages that are not ours change nothing."""
    parameters = {"rows": orjson.dumps([_row(update) for update in updates]).decode()}
    applied = Applied()
    for row in (await session.execute(_APPLY, parameters)).all():
        if row.what != "changed":
            (applied.known if row.what == "known" else applied.unmatched).add(row.failed_id)
            continue
        thread = row.channel_id if row.campaign_id is None else None
        applied.touched.append(Touched(row.campaign_id, row.contact_id, thread))
        if row.failed_id is not None:
            failure = Failure(row.failed_id, row.campaign_id, row.channel_id, row.code)
            applied.failures.append(failure)
    return applied


def _row(update: StatusUpdate) -> dict[str, object]:
    return {
        "id": update.message_id, "channel_id": update.channel_id, "attempt": update.attempt, "wamid": update.wamid,
        "status": update.state, "rank": STATUS_RANK[update.state], "sent_at": update.sent_at,
        "delivered_at": update.delivered_at, "read_at": update.read_at,
        "failed_at": update.failed_at, "code": update.code, "detail": update.detail,
        "pricing": update.pricing, "retry_at": update.retry_at,
    }  # fmt: skip
