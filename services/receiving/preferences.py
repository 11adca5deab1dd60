"""What people chose in WhatsApp itself about marketing: kept by Meta's time, lifted by Meta only."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import phone
from domain.consent import Source
from domain.ids import new_id
from store import consents
from store.consents import Fact
from store.receiving import inbound as rows
from store.receiving.inbound import NewContact
from whatsapp.webhooks import Preference


async def keep(
    session: AsyncSession, preferences: Sequence[Preference], channels: dict[str, UUID]
) -> None:
    """Keep what people chose; a stop or sign-up of somebody unknown makes the contact that stopped."""
    ours = [item for item in preferences if item.phone_number_id in channels]
    makers = [item for item in ours if item.makes_contact]
    if makers:
        await rows.ensure_contacts(session, [_person(item) for item in makers])
    keys = [_key(item) for item in ours]
    by_key, by_bsuid = await rows.find_contacts(session, keys, [item.bsuid for item in ours])
    facts = [
        Fact(contact_id, item.action, Source.WHATSAPP, item.at)
        for item, key in zip(ours, keys, strict=True)
        for contact_id in {by_key.get(key or ""), by_bsuid.get(item.bsuid or "")} - {None}
        if contact_id is not None
    ]
    if facts:
        await consents.tell(session, facts)


def _key(item: Preference) -> str | None:
    return phone.key(phone.from_wa_id(item.wa_id)) if item.wa_id else None


def _person(item: Preference) -> NewContact:
    written = phone.from_wa_id(item.wa_id) if item.wa_id else None
    return NewContact(new_id(), written, _key(item), item.bsuid, item.profile_name)
