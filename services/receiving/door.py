"""Who signed a delivery, and its keeping: what one process holds in memory for the intake."""

import asyncio
import time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.channels import verify
from services.receiving.intake import Intake
from services.receiving.rejections import Rejections
from services.vault import Vault
from whatsapp import signature

SECRETS_KEPT_S = 5.0
"""Secrets older than this are read again even where nothing was heard of a change."""

LOOKED_UP_EVERY_S = 1.0
"""A signature that fits no secret has them read again, all of those together this often."""


class WebhookDoor:
    """App secrets, kept for seconds, and the group commit of deliveries."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], vault: Vault) -> None:
        self._sessions = sessions
        self._vault = vault
        self.intake = Intake(sessions)
        self.rejections = Rejections(sessions)
        self._secrets: list[tuple[UUID, str]] = []
        self._read_at = float("-inf")
        self._changes = 0
        self._reading = asyncio.Lock()

    def forget_secrets(self) -> None:
        """A channel was changed, by this process or another: the next delivery reads them anew."""
        self._changes += 1
        self._read_at = float("-inf")

    async def signed_by(self, header: str, body: bytes) -> frozenset[UUID]:
        """The channels whose app secret signed the body; a new channel's secret is found at once.

        ``forget_secrets`` tells of it. Should that fail, the next delivery that fits no secret finds
        it, and a flood of such deliveries still reads them once a second.
        """
        age = time.monotonic() - self._read_at
        if age <= SECRETS_KEPT_S:
            found = self._match(header, body)
            if found or age <= LOOKED_UP_EVERY_S:
                return found
        await self._read()
        return self._match(header, body)

    async def _read(self) -> None:
        """Read the secrets, unless somebody just did while we waited for our turn."""
        async with self._reading:
            began = time.monotonic()
            if began - self._read_at <= LOOKED_UP_EVERY_S:
                return
            changes = -1
            while changes != self._changes:  # changed while we read: perhaps after we looked
                changes, began = self._changes, time.monotonic()
                async with self._sessions() as session:
                    self._secrets = await verify.secrets(session, self._vault)
            self._read_at = began

    def _match(self, header: str, body: bytes) -> frozenset[UUID]:
        """Numbers of one app share its secret: a delivery may be about any of them."""
        secrets = list(dict.fromkeys(secret for _, secret in self._secrets))
        index = signature.matching_secret(header, body, secrets)
        if index is None:
            return frozenset()
        return frozenset(id_ for id_, secret in self._secrets if secret == secrets[index])
