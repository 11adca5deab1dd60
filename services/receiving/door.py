"""Who signed a delivery, and its keeping: what one process holds in memory for the intake."""

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
"""Secrets older than this are read again even where nothing was heard of a change."""

LOOKED_UP_EVERY_S = 1.0
"""A signature that fits no secret has them read again, all of those together this often."""


class Taken(Enum):
    """What became of a delivery at the door."""

    KEPT = auto()
    UNSIGNED = auto()  # by no app of one of our channels
    FULL = auto()  # too much waits for the database
    AWAY = auto()  # the database could not keep it


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

    async def take(self, header: str, body: bytes) -> Taken:
        """Keep a delivery that one of our apps signed: committed before this returns (law 4)."""
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
