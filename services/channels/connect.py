"""Connect a number from an edge, within the settings' limits, followed by a live check."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from services.channels import probe, write
from services.channels.write import ChannelForm
from services.vault import Vault
from settings import Settings
from store.channels import ChannelRow


async def add(
    session: AsyncSession,
    vault: Vault,
    settings: Settings,
    form: ChannelForm,
    *,
    actor: Actor,
    now: datetime,
) -> ChannelRow:
    """Add a number and show its check as started; run it (``probe.run_check``) after the commit."""
    allowed = settings.whatsapp_allow_local
    row = await write.add(session, vault, form, actor=actor, allow_local=allowed)
    return await probe.start(session, row.id, now=now)


async def edit(
    session: AsyncSession,
    vault: Vault,
    settings: Settings,
    channel_id: UUID,
    form: ChannelForm,
    *,
    actor: Actor,
    now: datetime,
) -> ChannelRow:
    """Change a number; callers that want it checked start the check."""
    allowed = settings.whatsapp_allow_local
    await write.edit(session, vault, channel_id, form, actor=actor, allow_local=allowed)
    return await probe.start(session, channel_id, now=now)
