"""What the gate says before anything is written, about one message, a number or a whole campaign."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import gate
from store.together import Each, together

# Primary key look-ups and uq_conversations_channel_id_contact_id.
_MESSAGE = Each(
    f"""
SELECT {gate.refusal("said.category")} AS reason
FROM channels ch
LEFT JOIN contacts ct ON ct.id = :contact_id
LEFT JOIN conversations cv ON cv.contact_id = :contact_id AND cv.channel_id = ch.id
LEFT JOIN templates t ON t.id = :template_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT CAST(:free_form AS boolean) THEN coalesce(t.category, '') END AS category
) said
WHERE ch.id = :channel_id
""",
    channel_id="uuid",
    contact_id="uuid",
    free_form="boolean",
    template_id="uuid",
)

_CHANNEL = text(
    f"SELECT {gate.first(gate.channel('ch'))} FROM channels ch WHERE ch.id = :channel_id"
)

# Primary key look-ups.
_CAMPAIGN = text(f"""
SELECT {gate.first(gate.sender())} FROM campaigns c
JOIN channels ch ON ch.id = c.channel_id LEFT JOIN templates t ON t.id = c.template_id
WHERE c.id = :campaign_id
""")


async def message(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID,
    *,
    free_form: bool,
    template_id: UUID | None = None,
) -> str | None:
    """Why a message to this person would be refused, or None; the template may be unknown to us."""
    asked = (channel_id, contact_id, free_form, template_id)
    row = await together(session, _MESSAGE.first, asked)
    return row.reason if row else None


async def channel(session: AsyncSession, channel_id: UUID) -> str | None:
    """Why this number cannot send anything at all, or None."""
    reason: str | None = await session.scalar(_CHANNEL, {"channel_id": channel_id})
    return reason


async def campaign(session: AsyncSession, campaign_id: UUID) -> str | None:
    """Why nothing in this campaign can be sent to anyone: its number or its template."""
    reason: str | None = await session.scalar(_CAMPAIGN, {"campaign_id": campaign_id})
    return reason
