"""The secrets that webhooks are verified with: verify tokens for the handshake, app secrets for signatures."""

import hmac
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.vault import NO_SECRET, Vault
from store import channels


async def matches(session: AsyncSession, vault: Vault, token: str) -> bool:
    """Whether any channel has this verify token, in constant time."""
    given = token.encode()
    found = False
    for _, stored in await channels.sealed(session, "verify_token"):
        found |= hmac.compare_digest(vault.decrypt(stored).encode(), given)
    return found


async def secrets(session: AsyncSession, vault: Vault) -> list[tuple[UUID, str]]:
    """Channel ids with their app secrets in id order; safe to keep in memory for a minute."""
    return [
        (channel_id, vault.decrypt(stored))
        for channel_id, stored in await channels.sealed(session, "app_secret")
        if stored != NO_SECRET  # created from settings without one: it trusts nobody yet
    ]
