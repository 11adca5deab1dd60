"""Tell about new alerts by e-mail: rarely, together, and without a name or a number in it."""

import asyncio
import logging
import smtplib
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.alerts.kinds import AlertKind
from domain.permissions import Role
from domain.sentences import Say, Sentence
from settings import Settings
from store import alerts, users

ANSWER_S = 10.0
AGAIN_S = 60.0
"""How long a server that refused is left alone."""

ERRORS = (smtplib.SMTPException, OSError, ValueError)
"""OSError also for a certificate that does not fit, ValueError for a name or password beyond ASCII."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Mailer:
    """How e-mail is sent; ``to`` is empty if it goes to every administrator."""

    settings: Settings
    host: str
    sender: str
    to: Sequence[str] = ()
    _not_before: float = field(default=0.0)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """None if no server is set."""
        if settings.smtp_host is None or settings.smtp_from is None:
            return None
        to = [one.strip() for one in (settings.alert_email_to or "").split(",")]
        return cls(settings, settings.smtp_host, settings.smtp_from, [one for one in to if one])

    async def post(self, sessions: async_sessionmaker[AsyncSession], say: Say) -> None:
        """One mail about all alerts that none was sent about, unless one was sent just before."""
        if time.monotonic() < self._not_before:
            return
        every = timedelta(minutes=self.settings.alert_email_minutes)
        async with sessions.begin() as session:
            claimed = await alerts.claim_mail(session, every)
            if not claimed:
                return
            to = self.to or [
                one.email
                for one in await users.all_users(session)
                if one.is_active and one.role is Role.ADMIN
            ]
        kinds = sorted({AlertKind(kind) for kind in claimed.values() if kind in alerts.KINDS})
        try:
            await asyncio.to_thread(self._send, to, *self._words(kinds, len(claimed), say))
        except ERRORS as error:
            self._not_before = time.monotonic() + AGAIN_S
            log.warning("alerts not sent by e-mail: %s", type(error).__name__)
            async with sessions.begin() as session:
                await alerts.give_mail_back(session, claimed)

    def _words(self, kinds: Sequence[AlertKind], count: int, say: Say) -> tuple[str, str]:
        """Subject and text: kinds only, as a mail passes through many hands."""
        subject = say(Sentence("alert_mail", count=count))
        lines = [say(Sentence("alert_mail.text")), ""]
        lines += [f"- {say(kind.named)}. {say(kind.step)}" for kind in kinds]
        lines += ["", f"{self.settings.public_url.rstrip('/')}/alerts"]
        return subject, "\n".join(lines)

    def _send(self, to: Sequence[str], subject: str, text: str) -> None:
        """Blocks. Everybody gets a mail of their own; raises one of ``ERRORS`` if nobody got it.

        Once somebody did, it was sent: they would get it again each time for one whose address is refused.
        """
        refused: list[Exception] = []
        server = self._connected()
        for address in to:
            try:
                server.send_message(self._mail(address, subject, text))
            except ERRORS as error:
                refused.append(error)
        with suppress(*ERRORS):
            server.quit()
        if refused and len(refused) == len(to):
            raise refused[0]
        if refused:
            log.warning("alerts not sent to %s of %s addresses", len(refused), len(to))

    def _mail(self, address: str, subject: str, text: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, address, subject
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="whatsway")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        return mail

    def greet(self) -> None:
        """Sign in and say goodbye; blocks, and raises one of ``ERRORS``."""
        with self._connected() as server:
            server.noop()

    def _connected(self) -> smtplib.SMTP:
        settings, context = self.settings, ssl.create_default_context()
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, settings.smtp_port, timeout=ANSWER_S, context=context
            )
        else:
            server = smtplib.SMTP(self.host, settings.smtp_port, timeout=ANSWER_S)
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server
