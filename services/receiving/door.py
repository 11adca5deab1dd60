"""Who signed a delivery, and its keeping: what one process holds in memory for the intake."""

import time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.channels import verify
from services.receiving.intake import Intake
from services.vault import Vault
from whatsapp import signature

SECRETS_KEPT_S = 5.0


class WebhookDoor:
    """App secrets, kept for seconds, and the group commit of deliveries."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], vault: Vault) -> None:
        self._sessions = sessions
        self._vault = vault
        self.intake = Intake(sessions)
        self._secrets: list[tuple[UUID, str]] = []
        self._read_at = float("-inf")

    async def signed_by(self, header: str, body: bytes) -> frozenset[UUID]:
        """The channels whose app secret signed the body; a new channel's secret is found at once."""
        stale = time.monotonic() - self._read_at > SECRETS_KEPT_S
        found = frozenset[UUID]() if stale else self._match(header, body)
        if not found:
            async with self._sessions() as session:
                self._secrets = await verify.secrets(session, self._vault)
            self._read_at = time.monotonic()
            found = self._match(header, body)
        return found

    def _match(self, header: str, body: bytes) -> frozenset[UUID]:
        """Numbers of one app share its secret: a delivery may be about any of them."""
        secrets = list(dict.fromkeys(secret for _, secret in self._secrets))
        index = signature.matching_secret(header, body, secrets)
        if index is None:
            return frozenset()
        return frozenset(id_ for id_, secret in self._secrets if secret == secrets[index])
