"""Alerts on a real database: raised once, cleared when the trouble is over, and mailed rarely and without names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_string
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from api.state import AppState
from api.wording import say
from domain.alerts.kinds import AlertKind, Due
from domain.permissions import Permission, Role
from domain.sentences import Sentence
from domain.webhooks import Rejection
from services import clock
from services.alerts import reading, watching
from services.alerts.mailing import ERRORS, Mailer
from services.alerts.reading import Open, Reader
from services.sending.record import pause_campaign
from store import alerts
from store.receiving import deliveries
from tests import factories, threads
from tests.conftest import MakeUser
from tests.noted import noted

SILENT = text("UPDATE messages SET created_at = clock_timestamp() - interval '20 minutes'")
HEARD = text("UPDATE messages SET state = 'delivered'")


async def _do(state: AppState, statement: str) -> None:
    async with state.sessions.begin() as session:
        await session.execute(text(statement))


async def _seen(state: AppState, user: Any) -> Open:
    async with state.sessions() as session:
        return await reading.opened(session, Reader(user.id, frozenset(Permission)))


def _kinds(found: Open) -> list[AlertKind]:
    return [one.due.kind for one in found.shown]


async def test_what_the_database_says_is_raised_once_and_cleared(
    state: AppState, make_user: MakeUser
) -> None:
    admin = await make_user()
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault)
        thread = await threads.thread(session, campaign.channel_id, "Ana Ruiz")
        for _ in range(5):
            await threads.sent(session, thread, "accepted")
        await session.execute(SILENT)
        await pause_campaign(session, campaign.id, "failures")
        await deliveries.count_rejected(session, {Rejection.SIGNATURE_WRONG.value: 12})
    for _ in range(2):
        await watching.look(state.sessions)
    found = await _seen(state, admin)
    by_kind = {one.due.kind: one for one in found.shown}
    assert set(by_kind) == {
        AlertKind.CAMPAIGN_PAUSED, AlertKind.NO_STATUSES, AlertKind.BAD_SIGNATURES,
    }  # fmt: skip
    assert by_kind[AlertKind.CAMPAIGN_PAUSED].href == f"/campaigns/{campaign.id}"
    assert (found.new, by_kind[AlertKind.NO_STATUSES].due.count) == (3, 5)
    assert by_kind[AlertKind.BAD_SIGNATURES].due.count == 12
    assert len(await noted(state, "alert.raised")) == 3
    async with state.sessions.begin() as session:
        await session.execute(HEARD)
    await _do(state, "UPDATE campaigns SET status = 'stopped'")
    await _do(state, "DELETE FROM rejected_webhooks")
    await watching.look(state.sessions)
    assert (await _seen(state, admin)).shown == []
    assert len(await noted(state, "alert.cleared")) == 3
    async with state.sessions() as session:
        first = await reading.past(session, Reader(admin.id, frozenset(Permission)), limit=2)
        rest = await reading.past(
            session, Reader(admin.id, frozenset(Permission)), first.next_cursor, 2
        )
    assert len({one.id for one in (*first.items, *rest.items)}) == 3


async def test_a_campaign_of_which_nothing_is_heard_is_silence_too(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault)
        await session.execute(
            text(
                "INSERT INTO campaign_rates (campaign_id, second, accepted)"
                " VALUES (:id, clock_timestamp() - interval '15 minutes', 9)"
            ),
            {"id": campaign.id},
        )
        await session.execute(text("UPDATE campaign_counters SET accepted = 8"))
    await watching.look(state.sessions)
    async with state.sessions() as session:
        assert set(await alerts.open_since(session)) == {
            (AlertKind.NO_STATUSES, str(campaign.channel_id))
        }
    await _do(state, "UPDATE campaign_counters SET delivered = 1")
    await _do(state, "UPDATE channels SET last_webhook_at = clock_timestamp()")
    await watching.look(state.sessions)
    async with state.sessions() as session:
        assert await alerts.open_since(session) == {}


async def test_numbers_templates_and_automations(state: AppState) -> None:
    ends = int((clock.now() + timedelta(days=2)).timestamp())
    async with state.sessions.begin() as session:
        await factories.channel(session, state.vault)
        await factories.template(session)
    await _do(state, f"UPDATE channels SET probe = jsonb_build_object('token_ends_at', {ends})")
    at = clock.now().isoformat()
    await _do(
        state,
        f"UPDATE templates SET status = 'PAUSED', news = jsonb_build_object('status', '{at}')",
    )
    await _do(
        state,
        "INSERT INTO automations (id, name, status, draft, halted) VALUES (gen_random_uuid(), 'Hello',"
        " 'paused', '{}', '{\"guard\": \"bots\"}')",
    )
    await watching.look(state.sessions)
    async with state.sessions() as session:
        assert {kind for kind, _ in await alerts.open_since(session)} == {
            AlertKind.TOKEN_ENDS, AlertKind.TEMPLATE_STOPPED, AlertKind.AUTOMATION_PAUSED,
        }  # fmt: skip


async def test_a_name_or_reason_that_changes_does_not_make_a_second_alert(state: AppState) -> None:
    async def settle(*wanted: Due) -> None:
        async with state.sessions.begin() as session:
            await watching.settle(session, wanted)

    why = Sentence("automation_halted.bots")
    await settle(Due(AlertKind.AUTOMATION_PAUSED, "1", "Hello"))
    await settle(Due(AlertKind.AUTOMATION_PAUSED, "1", "Hi", why, 2))
    async with state.sessions() as session:
        [(found, known)] = [
            (one, one.due)
            for one in await alerts.list_open(
                session, (await _anybody(state)), frozenset(AlertKind), 9
            )
        ]
    assert (known.name, known.why, known.count) == ("Hi", why, 2)
    assert found.cleared_at is None


async def _anybody(state: AppState) -> Any:
    async with state.sessions() as session:
        return await session.scalar(text("SELECT gen_random_uuid()"))


async def test_two_processes_look_one_at_a_time(state: AppState) -> None:
    async with state.sessions.begin() as session:
        await factories.channel(session, state.vault)
    await _do(state, "UPDATE channels SET quality = 'RED'")
    await asyncio.gather(*(watching.look(state.sessions) for _ in range(4)))
    assert len(await noted(state, "alert.raised")) == 1


async def test_alerts_of_long_ago_are_deleted(state: AppState) -> None:
    async with state.sessions.begin() as session:
        await watching.settle(session, [Due(AlertKind.DISK_LOW, "a"), Due(AlertKind.DISK_LOW, "b")])
        await watching.settle(session, [Due(AlertKind.DISK_LOW, "b")])
    async with state.sessions.begin() as session:
        assert not await watching.purge(session, clock.now())
        assert not await watching.purge(session, clock.now() + timedelta(days=91))
        left = await session.scalar(text("SELECT string_agg(subject, '') FROM alerts"))
    assert left == "b"


class MailServer:
    """Takes mail, as a server would; ``refuses`` says no to every sender, ``unknown`` are nobody's addresses."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refuses = False
        self.unknown = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            command = line.split()[0].upper()
            if command == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                writer.write(b"250 kept\r\n")
            elif command == "EHLO":
                writer.write(b"250-here\r\n250 AUTH PLAIN\r\n")
            elif command == "MAIL" and self.refuses:
                writer.write(b"550 no\r\n")
            elif command == "RCPT" and self.unknown and self.unknown in line:
                writer.write(b"550 nobody\r\n")
            elif command == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def _mail(state: AppState, **more: Any) -> AsyncIterator[tuple[MailServer, Mailer]]:
    box = MailServer()
    async with await asyncio.start_server(box.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        values = {
            "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_from": "WhatsWay <alerts@example.com>",
            "smtp_security": "none", **more,
        }  # fmt: skip
        mailer = Mailer.from_settings(state.settings.model_copy(update=values))
        assert mailer is not None
        yield box, mailer


async def _raise(state: AppState, *names: str, minutes: int = 5) -> None:
    async with state.sessions.begin() as session:
        await watching.settle(
            session, [Due(AlertKind.NUMBER_STOPPED, name, f"Ana's line {name}") for name in names]
        )
    await _do(
        state, f"UPDATE alerts SET raised_at = clock_timestamp() - interval '{minutes} minutes'"
    )


async def test_a_mail_tells_about_everything_new_and_names_nobody(
    state: AppState, make_user: MakeUser
) -> None:
    admin, _ = await make_user(Role.ADMIN), await make_user(Role.AGENT)
    async with _mail(state) as (box, mailer):
        await mailer.post(state.sessions, say)
        assert box.mails == []
        await _raise(state, "1", "2", minutes=0)
        await mailer.post(state.sessions, say)
        assert box.mails == []  # it may be over in a moment
        await _raise(state, "1", "2")
        await asyncio.gather(*(mailer.post(state.sessions, say) for _ in range(2)))
        [mail] = box.mails
        assert message_from_string(mail)["To"] == admin.email
        assert message_from_string(mail)["Subject"] == "WhatsWay: 2 new alerts"
        assert "Ana" not in mail
        assert f"{state.settings.public_url}/alerts" in mail
        await _raise(state, "1", "2", "3")
        await mailer.post(state.sessions, say)
        assert len(box.mails) == 1  # one mail in half an hour
        await _do(state, "UPDATE alerts SET mailed_at = mailed_at - interval '31 minutes'")
        await mailer.post(state.sessions, say)
        assert message_from_string(box.mails[1])["Subject"] == "WhatsWay: 1 new alert"


async def test_a_mail_that_was_refused_is_sent_later(state: AppState) -> None:
    async with _mail(state, alert_email_to="a@example.com, b@example.com") as (box, mailer):
        await _raise(state, "1")
        box.refuses = True
        await mailer.post(state.sessions, say)
        box.refuses = False
        await mailer.post(state.sessions, say)
        assert box.mails == []  # the server is left alone for a minute
        another = Mailer.from_settings(mailer.settings)  # of another process
        assert another is not None
        await another.post(state.sessions, say)
        to = [message_from_string(mail)["To"] for mail in box.mails]
        assert to == ["a@example.com", "b@example.com"]


async def test_one_address_that_is_refused_does_not_mail_the_others_again(state: AppState) -> None:
    async with _mail(state, alert_email_to="a@example.com, b@example.com") as (box, mailer):
        await _raise(state, "1")
        box.unknown = "a@example.com"
        for one in (mailer, Mailer.from_settings(mailer.settings)):
            assert one is not None
            await one.post(state.sessions, say)
        assert [message_from_string(mail)["To"] for mail in box.mails] == ["b@example.com"]


async def test_a_password_that_no_server_takes_stops_nobody(state: AppState) -> None:
    secret = SecretStr("pässword")
    async with _mail(state, smtp_user="alerts", smtp_password=secret) as (box, mailer):
        await _raise(state, "1")
        await mailer.post(state.sessions, say)
        assert box.mails == []
        with pytest.raises(ERRORS):
            await asyncio.to_thread(mailer.greet)


@pytest.mark.parametrize("missing", ["smtp_host", "smtp_from"])
def test_without_a_server_or_a_sender_there_is_no_mail(state: AppState, missing: str) -> None:
    values = {"smtp_host": "mail.example.com", "smtp_from": "a@example.com", missing: None}
    assert Mailer.from_settings(state.settings.model_copy(update=values)) is None
