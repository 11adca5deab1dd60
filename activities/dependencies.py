"""What activities depend on, created once by the worker."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities.background import Background
from activities.unread import Unread
from domain.lives import DAYS, JOURNAL_DAYS, MESSAGE_MONTHS
from services.sending.breakers import Breakers
from services.vault import Vault
from whatsapp.client import CloudApi


@dataclass(frozen=True)
class Dependencies:
    """The database, the secrets, the Cloud API and the data folder.

    ``sessions`` make transactions; in ``statements`` every statement is its own transaction.
    Message files are kept for ``media_days``, the audit log for ``audit_days``, other journal entries for
    ``journal_days``, messages for ``message_months``. ``calls_local``: automations may call addresses of this network. ``breakers`` has one breaker per number. ``background`` runs
    between activities and must end before the database. ``unread`` tells whether deliveries are waiting.
    """

    sessions: async_sessionmaker[AsyncSession]
    statements: async_sessionmaker[AsyncSession]
    database_url: str
    vault: Vault
    api: CloudApi
    data_dir: Path
    patient: async_sessionmaker[AsyncSession] | None = None
    looking_up: async_sessionmaker[AsyncSession] | None = None
    media_days: int = DAYS
    audit_days: int = DAYS
    journal_days: int = JOURNAL_DAYS
    message_months: int = MESSAGE_MONTHS
    calls_local: bool = False
    breakers: Breakers = field(default_factory=Breakers)
    background: Background = field(default_factory=Background)
    unread: Unread = field(default_factory=Unread)

    def for_jobs(self) -> Self:
        """The same, with sessions whose statements may take long (``store.engine.LIMITS``)."""
        return replace(self, sessions=self.patient or self.sessions)

    def for_runs(self) -> Self:
        """The same, with sessions whose statements only look things up (``store.engine.LOOK_UPS_ONLY``)."""
        return replace(self, sessions=self.looking_up or self.sessions)
