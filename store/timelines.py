"""What happened to a contact: entries of the journal, and the campaigns that messaged them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.audit import AuditEntry
from domain.journal.rules import RULES

KINDS = sorted(kind for kind, rule in RULES.items() if rule.timeline)

# Uses ix_journal_kept_contact_id_id of each month from its end; for what was done to many at once
# pk_journal_contacts, then pk_journal of the entry's month; what was written in a
# conversation by pk_messages and pk_conversations; the words of a stop by uq_consents_message_id.
_ENTRIES = text("""
SELECT j.id, j.at, j.user_id, u.name AS user_name, j.actor, j.kind, j.entity, j.entity_id, j.conversation_id,
    j.before, j.data, c.words
FROM (
    (SELECT j.* FROM journal_kept j
    WHERE j.contact_id = :contact_id AND j.id < :before AND j.kind = ANY(CAST(:kinds AS text[]))
        AND (CAST(:conversation_id AS uuid) IS NULL OR j.conversation_id = :conversation_id
            OR EXISTS (
                SELECT FROM messages m JOIN conversations v USING (channel_id, contact_id)
                WHERE m.id = j.message_id AND v.id = :conversation_id))
    ORDER BY j.id DESC LIMIT :limit)
    UNION ALL
    (SELECT j.* FROM journal_contacts p
    JOIN journal_kept j ON j.id = p.entry_id AND j.life = 'kept' AND j.at = p.at
    WHERE p.contact_id = :contact_id AND p.entry_id < :before AND CAST(:conversation_id AS uuid) IS NULL
    ORDER BY p.entry_id DESC LIMIT :limit)
) j
LEFT JOIN users u ON u.id = j.user_id
LEFT JOIN consents c ON c.message_id = j.message_id
ORDER BY j.id DESC LIMIT :limit
""")

# Uses ix_messages_contact_id_id from its end.
_CAMPAIGNS = text("""
SELECT m.id, m.created_at AS at, m.state, c.id AS campaign_id, c.name
FROM messages m JOIN campaigns c ON c.id = m.campaign_id
WHERE m.contact_id = :contact_id AND m.id < :before AND m.state NOT IN ('queued', 'sending')
ORDER BY m.id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An entry as the audit log has it, the conversation it was in, and what a customer wrote to stop or allow."""

    entry: AuditEntry
    conversation_id: UUID | None
    words: str


@dataclass(frozen=True, slots=True)
class CampaignMessage:
    """A campaign's message to somebody, and what became of it."""

    id: UUID
    at: datetime
    state: str
    campaign_id: UUID
    name: str


async def entries(
    session: AsyncSession,
    contact_id: UUID,
    conversation_id: UUID | None,
    *,
    before: int,
    limit: int,
) -> list[TimelineEntry]:
    """Entries about a contact, or one conversation with them, before an entry; newest first."""
    parameters = {
        "contact_id": contact_id, "conversation_id": conversation_id, "before": before,
        "kinds": KINDS, "limit": limit,
    }  # fmt: skip
    return [
        TimelineEntry(
            AuditEntry(
                row.id, row.at, row.user_id, row.user_name or "", row.actor, row.kind, row.entity,
                row.entity_id, row.before, row.data, "",
            ),
            row.conversation_id,
            row.words or "",
        )
        for row in await session.execute(_ENTRIES, parameters)
    ]  # fmt: skip


async def campaigns(
    session: AsyncSession, contact_id: UUID, *, before: UUID, limit: int
) -> list[CampaignMessage]:
    """Messages of campaigns to a contact before one of them, newest first."""
    parameters = {"contact_id": contact_id, "before": before, "limit": limit}
    rows = await session.execute(_CAMPAIGNS, parameters)
    return [CampaignMessage(**row._mapping) for row in rows]
