"""The client of the Cloud API, and the decrypted credentials of a channel as it takes them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from services.vault import Vault
from settings import Settings
from store import channels
from store.channels import ChannelRow
from whatsapp.client import Account, CloudApi


def client(settings: Settings) -> CloudApi:
    """A client as this installation's settings want it: which hosts it may call, in which version."""
    return CloudApi(
        public_only=not settings.whatsapp_allow_local, version=settings.whatsapp_api_version
    )


def account(channel: ChannelRow, vault: Vault) -> Account:
    """Where and as whom to call for this channel; keep it in memory only."""
    return Account(
        api_url=channel.api_url,
        api_version=channel.api_version,
        access_token=vault.decrypt(channel.access_token),
        phone_number_id=channel.phone_number_id,
        waba_id=channel.waba_id,
    )


async def load(session: AsyncSession, vault: Vault, channel_id: UUID) -> Account:
    """The account of a channel by id, or NotFound."""
    return account(await require(session, channel_id), vault)


async def require(session: AsyncSession, channel_id: UUID, *, lock: bool = False) -> ChannelRow:
    """The channel, or NotFound when it does not exist or was removed."""
    row = await channels.get(session, channel_id, lock=lock)
    if row is None:
        raise NotFound("channel_not_found")
    return row
