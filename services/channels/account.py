"""The Cloud API client, and a channel's decrypted credentials in the form it takes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from services.vault import Vault
from settings import Settings
from store import channels
from store.channels import ChannelRow
from whatsapp.client import Account, CloudApi


def client(settings: Settings) -> CloudApi:
    """A client configured by this installation's settings: allowed hosts and API version."""
    return CloudApi(
        public_only=not settings.whatsapp_allow_local, version=settings.whatsapp_api_version
    )


def account(channel: ChannelRow, vault: Vault) -> Account:
    """The API address and credentials for this channel; keep them in memory only."""
    return Account(
        api_url=channel.api_url,
        api_version=channel.api_version,
        access_token=vault.decrypt(channel.access_token),
        phone_number_id=channel.phone_number_id,
        waba_id=channel.waba_id,
    )


async def load(session: AsyncSession, vault: Vault, channel_id: UUID) -> Account:
    """The account of a channel by id; raises NotFound."""
    return account(await require(session, channel_id), vault)


async def require(session: AsyncSession, channel_id: UUID, *, lock: bool = False) -> ChannelRow:
    """The channel; raises NotFound if it does not exist or was removed."""
    row = await channels.get(session, channel_id, lock=lock)
    if row is None:
        raise NotFound("channel_not_found")
    return row
