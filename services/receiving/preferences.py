"""Marketing choices made in WhatsApp itself: stored by Meta's time, lifted only by Meta."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from domain.consent import Source
from services.contacts import consent
from services.receiving.people import People
from store.consents import ConsentFact
from whatsapp.webhooks import Preference


async def keep(session: AsyncSession, preferences: Sequence[Preference], people: People) -> None:
    """Store what people chose; anyone unknown who stopped is a contact by now."""
    facts = [
        ConsentFact(contact_id, item.action, Source.WHATSAPP, item.at)
        for item in preferences
        if (contact_id := people.of(item.claim)) is not None
    ]
    if facts:
        await consent.hear(session, facts)
