"""Verify who signed a delivery and store it: a process's in-memory state for the intake."""

import asyncio
import time
from enum import Enum, auto
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.webhooks import Rejection
from services.channels import verify
from services.receiving.intake import Full, Intake
from services.receiving.rejections import Rejections
from services.vault import Vault
from store.faults import DATABASE_ERRORS
from whatsapp import signature

log = structlog.get_logger(__name__)

SECRETS_KEPT_S = 5.0
"""Secrets older than this are read again even without news of a change."""

LOOKED_UP_EVERY_S = 1.0
"""How often signatures that match no secret may cause another read, all together."""


class Taken(Enum):
    """The result of a delivery."""

    KEPT = auto()
    UNSIGNED = auto()  # not by an app of our channels
    FULL = auto()  # too much is waiting for the database
    AWAY = auto()  # the database could not store it


class WebhookDoor:
    """App secrets, cached for seconds, and the group commit of deliveries."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        vault: Vault,
        statements: async_sessionmaker[AsyncSession] | None = None,
    ) -> None:
        """``statements``: sessions in which each is its own transaction; storing a delivery is one."""
        self._sessions = sessions
        self._vault = vault
        self.intake = Intake(statements or sessions)
        self.rejections = Rejections(sessions)
        self._secrets: list[tuple[UUID, str]] = []
        self._read_at = float("-inf")
        self._changes = 0
        self._reading = asyncio.Lock()

    def forget_secrets(self) -> None:
        """A channel was changed, by this process or another: the next delivery reads the secrets again."""
        self._changes += 1
        self._read_at = float("-inf")

    async def take(self, header: str, body: bytes) -> Taken:
        """Store a delivery signed by one of our apps: committed before this returns (law 4)."""
        try:
            signed_for = await self.signed_by(header, body)
            if not signed_for:
                self.rejections.count(Rejection.SIGNATURE_WRONG)
                return Taken.UNSIGNED
            await self.intake.keep(body, signed_for)
        except Full:
            return Taken.FULL
        except DATABASE_ERRORS as error:
            log.warning("webhook_not_kept", error=type(error).__name__)
            return Taken.AWAY
        return Taken.KEPT

    async def signed_by(self, header: str, body: bytes) -> frozenset[UUID]:
        """The channels whose app secret signed the body; a new channel's secret is found immediately.

        ``forget_secrets`` announces it. If that fails, the next delivery that matches no secret finds it, and a flood
        of such deliveries still reads them only once a second.
        """
        age = time.monotonic() - self._read_at
        if age <= SECRETS_KEPT_S:
            found = self._match(header, body)
            if found or age <= LOOKED_UP_EVERY_S:
                return found
        await self._read()
        return self._match(header, body)

    async def _read(self) -> None:
        """Read the secrets, unless somebody just did while we waited."""
        async with self._reading:
            began = time.monotonic()
            if began - self._read_at <= LOOKED_UP_EVERY_S:
                return
            changes = -1
            while (
                changes != self._changes
            ):  # changed while we were reading, perhaps too late to see
                changes, began = self._changes, time.monotonic()
                async with self._sessions() as session:
                    self._secrets = await verify.secrets(session, self._vault)
            self._read_at = began

    def _match(self, header: str, body: bytes) -> frozenset[UUID]:
        """One app's numbers share its secret: a delivery may be about any of them."""
        secrets = list(dict.fromkeys(secret for _, secret in self._secrets))
        index = signature.matching_secret(header, body, secrets)
        if index is None:
            return frozenset()
        return frozenset(id_ for id_, secret in self._secrets if secret == secrets[index])
