"""What happened in a conversation besides its messages: who took it over, and the runs that began and ended in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# ix_journal_kept_contact_id_id of the months in between, ix_automation_runs_contact_id_id; names by primary keys.
_EVENTS = text("""
SELECT e.at, e.kind, u.name AS who, e.run_id, e.automation_id, a.name AS automation_name, e.ending
FROM (
    SELECT j.at, j.kind, j.user_id, CAST(NULL AS uuid) AS run_id, CAST(NULL AS uuid) AS automation_id,
        CAST(NULL AS text) AS ending
    FROM journal_kept j
    WHERE j.contact_id = :contact_id AND j.conversation_id = :conversation_id AND j.at >= :since AND j.at < :until
        AND j.kind IN ('conversation.taken', 'conversation.given_back')
    UNION ALL
    SELECT r.started_at, 'run.started', NULL, r.id, r.automation_id, NULL FROM automation_runs r
    WHERE r.contact_id = :contact_id AND r.channel_id = :channel_id
        AND r.started_at >= :since AND r.started_at < :until
    UNION ALL
    SELECT r.ended_at, 'run.ended', NULL, r.id, r.automation_id, r.ending FROM automation_runs r
    WHERE r.contact_id = :contact_id AND r.channel_id = :channel_id
        AND r.ended_at >= :since AND r.ended_at < :until
    ORDER BY 1 DESC LIMIT :limit
) e
LEFT JOIN users u ON u.id = e.user_id
LEFT JOIN automations a ON a.id = e.automation_id
ORDER BY e.at
""")

# Primary keys.
_TAKEN = text("""
SELECT c.taken_at AS at, u.name AS who FROM conversations c LEFT JOIN users u ON u.id = c.taken_by
WHERE c.id = :id AND c.taken_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class ThreadEvent:
    """Something that happened between two messages; ``who`` is None when no person did it."""

    at: datetime
    kind: str
    who: str | None
    run_id: UUID | None
    automation_id: UUID | None
    automation_name: str | None
    ending: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Since when somebody on the team has a conversation, and who."""

    at: datetime
    who: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation with a person, by its own id and by its ends."""

    conversation_id: UUID
    channel_id: UUID
    contact_id: UUID


async def events(
    session: AsyncSession, place: Place, since: datetime, until: datetime, limit: int
) -> list[ThreadEvent]:
    """The newest events of a conversation in a stretch of time, oldest first."""
    parameters = {
        "conversation_id": place.conversation_id, "channel_id": place.channel_id,
        "contact_id": place.contact_id, "since": since, "until": until, "limit": limit,
    }  # fmt: skip
    rows = await session.execute(_EVENTS, parameters)
    return [ThreadEvent(**row._mapping) for row in rows]


async def taken(session: AsyncSession, conversation_id: UUID) -> Taken | None:
    """Who has taken a conversation over from automations; None while nobody has."""
    row = (await session.execute(_TAKEN, {"id": conversation_id})).one_or_none()
    return Taken(**row._mapping) if row else None
