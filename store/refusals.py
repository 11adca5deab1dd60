"""What the gate would say now of one message that a person or a program wants to send."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import restrictions
from store.gate import REFUSAL

# Primary key look-ups and uq_conversations_channel_id_contact_id.
_REFUSAL = text(f"""
SELECT {REFUSAL} FROM (SELECT CAST(:contact_id AS uuid) AS id) wanted
LEFT JOIN contacts ct ON ct.id = wanted.id
LEFT JOIN conversations cv ON cv.contact_id = wanted.id AND cv.channel_id = :channel_id
""")

# Primary key look-up and uq_conversations_channel_id_contact_id.
_RESTRICTION = text(f"""
SELECT {restrictions.forbidden("CAST(:category AS text)", "w.open")} AS reason
FROM channels ch, LATERAL (SELECT EXISTS (
    SELECT FROM conversations cv WHERE cv.channel_id = ch.id AND cv.contact_id = :contact_id
        AND cv.window_expires_at > clock_timestamp()) AS open) w
WHERE ch.id = :channel_id
""")


async def refusal(
    session: AsyncSession, channel_id: UUID, contact_id: UUID, *, free_form: bool, marketing: bool
) -> str | None:
    """Why the gate would refuse a message to this person now, or None."""
    parameters = {
        "channel_id": channel_id, "contact_id": contact_id, "free_form": free_form,
        "marketing": marketing,
    }  # fmt: skip
    reason: str | None = await session.scalar(_REFUSAL, parameters)
    return reason


async def restriction(
    session: AsyncSession, channel_id: UUID, contact_id: UUID, category: str | None
) -> str | None:
    """Why Meta's restrictions of the number forbid a template, or with None a free-form message."""
    parameters = {"channel_id": channel_id, "contact_id": contact_id, "category": category}
    reason: str | None = await session.scalar(_RESTRICTION, parameters)
    return reason
