"""Single sends: once each, behind the same gate, before a campaign's backlog."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.dependencies import Dependencies
from activities.messages import MessageSending, SendMessage
from domain.ids import new_id
from tests import factories
from tests.activities.conftest import Phone
from whatsapp import leases

Sessions = async_sessionmaker[AsyncSession]
PAYLOAD = {"type": "text", "text": {"body": "On its way"}}


async def _message(needs: Dependencies, phone: Phone, *, window_open: bool = True) -> UUID:
    async with needs.sessions.begin() as session:
        channel_id = await factories.channel(session, needs.vault, api_url=phone.url)
        await factories.people(session, 1)
        contact_id = (await session.execute(text("SELECT id FROM contacts"))).scalar_one()
        expires = datetime.now(UTC) + timedelta(hours=1 if window_open else -1)
        await session.execute(
            text("""
INSERT INTO conversations (id, channel_id, contact_id, window_opened_at, window_expires_at)
VALUES (:id, :channel, :contact, now(), :expires)"""),
            {"id": new_id(), "channel": channel_id, "contact": contact_id, "expires": expires},
        )
        message_id = new_id()
        await session.execute(
            text("""
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload)
VALUES (:id, :channel, :contact, 'out', 'inbox', 'text', 'queued', 'On its way', CAST(:payload AS jsonb))"""),
            {"id": message_id, "channel": channel_id, "contact": contact_id,
             "payload": orjson.dumps(PAYLOAD).decode()},
        )  # fmt: skip
    return message_id


async def _send(needs: Dependencies, message_id: UUID) -> str:
    return await ActivityEnvironment().run(MessageSending(needs).send, SendMessage(message_id))


async def _row(sessions: Sessions, message_id: UUID) -> tuple[str, str | None]:
    async with sessions() as session:
        statement = text("SELECT state, error_detail FROM messages WHERE id = :id")
        row = (await session.execute(statement, {"id": message_id})).one()
    return row.state, row.error_detail


async def test_sent_once_however_often_it_is_asked(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    message_id = await _message(needs, phone)
    # The free-form text needs the simulator's own window open too.
    await phone.http.post(
        f"{phone.url}/_sim/customers/34600000000/messages", json={"text": "Hello"}
    )
    results = await asyncio.gather(*[_send(needs, message_id) for _ in range(4)])
    assert sorted(results) == ["accepted", "settled", "settled", "settled"]
    assert (await _row(sessions, message_id))[0] == "accepted"
    assert len(await phone.accepted()) == 1


async def test_a_closed_window_is_refused_at_the_gate(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    message_id = await _message(needs, phone, window_open=False)
    assert await _send(needs, message_id) == "settled"
    assert await _row(sessions, message_id) == ("refused", "window_closed")
    assert await phone.accepted() == []


async def test_a_lost_sender_leaves_unknown_and_nothing_is_repeated(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    message_id = await _message(needs, phone)
    async with sessions.begin() as session:
        statement = text("UPDATE messages SET state = 'sending', attempt = 1, claimed_by = 'dead'")
        await session.execute(statement)
    assert await _send(needs, message_id) == "settled"
    assert await _row(sessions, message_id) == ("unknown", "sender_died")
    assert await phone.accepted() == []


async def test_a_throttled_reply_is_tried_again(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    message_id = await _message(needs, phone)
    await phone.knobs(errors={130429: 1.0})
    with pytest.raises(ApplicationError, match="try_again"):
        await _send(needs, message_id)
    assert (await _row(sessions, message_id))[0] == "queued"


@pytest.mark.fault("D1")
async def test_a_reply_whose_sender_slept_too_long_did_not_leave_and_its_author_is_told(
    needs: Dependencies, phone: Phone, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = await _message(needs, phone)
    monkeypatch.setattr(leases, "leave_by", lambda **_: leases.now() - 1)
    assert await _send(needs, message_id) == "rejected"
    assert await _row(sessions, message_id) == ("rejected", "claim_expired")
    assert await phone.accepted() == []
