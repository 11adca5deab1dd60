"""Who an API message is for: a contact by id or phone number, on one of our numbers."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Invalid
from services import phones
from services.contacts import search, write
from services.contacts.write import ContactChange
from store import channels, owners


@dataclass(frozen=True, slots=True)
class Address:
    """One of our numbers (None: the only one) and a contact, by id or phone."""

    channel_id: UUID | None
    contact_id: UUID | None
    phone: str = ""


async def resolve(session: AsyncSession, actor: Actor, address: Address) -> tuple[UUID, UUID]:
    """The ids of channel and contact; an unknown number becomes a contact."""
    channel_id = address.channel_id or await _only_channel(session)
    if address.contact_id is not None:
        return channel_id, (await search.get(session, address.contact_id)).id
    number = phones.parse(address.phone)
    known = await owners.id_by_key(session, number.key)
    if known is None:
        wanted = ContactChange(phone=number.e164)
        known = (await write.create(session, actor, wanted, source="api")).id
    return channel_id, known


async def _only_channel(session: AsyncSession) -> UUID:
    found = await channels.list_all(session)
    if len(found) != 1:
        raise Invalid("channel_needed", field="channel_id")
    return found[0].id
