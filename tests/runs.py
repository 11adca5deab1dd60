"""Runs to test with: a live automation from a graph, somebody in it, and what they write."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.automations.graphs import Graph
from domain.ids import new_id
from domain.journal.automations import RunWoken
from domain.journal.conversations import MessageReceived
from services import journal
from services.automations import candidates, starting
from services.automations.documents.writing import write
from services.automations.starting import Start
from services.vault import Vault
from tests import factories
from tests.activities.conftest import Phone

Sessions = async_sessionmaker[AsyncSession]
OPEN = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Cast:
    """A number, somebody who wrote to it, and their conversation."""

    channel_id: UUID
    contact_id: UUID
    conversation_id: UUID
    phone: str


async def cast(
    session: AsyncSession, vault: Vault, phone: Phone | None = None, *, window: timedelta = OPEN
) -> Cast:
    """A number on the simulator, and somebody whose window is open there and here."""
    return (await crowd(session, vault, 1, phone, window=window))[0]


async def crowd(
    session: AsyncSession,
    vault: Vault,
    count: int,
    phone: Phone | None = None,
    *,
    window: timedelta = OPEN,
) -> list[Cast]:
    """The same with several people."""
    url = phone.url if phone else "http://127.0.0.1:1"
    channel_id = await factories.channel(session, vault, api_url=url)
    await factories.people(session, count)
    found = (await session.execute(text("SELECT id, phone FROM contacts ORDER BY id"))).all()
    people = [Cast(channel_id, person.id, new_id(), person.phone) for person in found]
    opened = text("""
INSERT INTO conversations (id, channel_id, contact_id, window_opened_at, window_expires_at)
VALUES (:id, :channel, :contact, now(), now() + :window)""")
    for who in people:
        ids = {"id": who.conversation_id, "channel": channel_id, "contact": who.contact_id}
        await session.execute(opened, {**ids, "window": window})
        if phone is not None:
            address = f"{phone.url}/_sim/customers/{who.phone.removeprefix('+')}/messages"
            (await phone.http.post(address, json={"text": {"body": "Hello"}})).raise_for_status()
    return people


async def live(session: AsyncSession, drawn: Graph, name: str = "Welcome") -> UUID:
    """A published automation that acts."""
    automation_id, document = new_id(), orjson.dumps(write(drawn)).decode()
    await session.execute(
        text("""
INSERT INTO automations (id, name, status, draft, version)
VALUES (:id, :name, 'live', CAST(:document AS jsonb), 1)"""),
        {"id": automation_id, "name": name, "document": document},
    )
    version = text("""
INSERT INTO automation_versions (automation_id, version, graph) VALUES (:id, 1, CAST(:document AS jsonb))""")
    await session.execute(version, {"id": automation_id, "document": document})
    await candidates.upsert_triggers(session, automation_id, 1, drawn)
    return automation_id


async def started(session: AsyncSession, automation_id: UUID, who: Cast) -> UUID:
    """A run of somebody, which nothing has decided yet."""
    found = await starting.tried(
        session,
        SYSTEM,
        Start(
            automation_id=automation_id, contact_id=who.contact_id, channel_id=who.channel_id,
            cause=f"hand:{new_id()}", unfiltered=True,
        ),
    )  # fmt: skip
    assert found.run_id is not None, found.why_not
    return found.run_id


async def wrote(session: AsyncSession, run_id: UUID, who: Cast, said: str, **payload: Any) -> UUID:
    """The person writes, and the message is kept for the run, which is woken."""
    message_id = await _stored(session, who, said, **payload)
    await session.execute(
        text("INSERT INTO automation_inbox (run_id, message_id) VALUES (:run, :message)"),
        {"run": run_id, "message": message_id},
    )
    automation_id = await session.scalar(
        text("SELECT automation_id FROM automation_runs WHERE id = :id"), {"id": run_id}
    )
    woken = RunWoken(run_id=run_id, contact_id=who.contact_id, automation_id=automation_id)
    await journal.note(session, SYSTEM, woken)
    return message_id


async def received(session: AsyncSession, who: Cast, said: str) -> UUID:
    """The person writes, and the message has to be routed."""
    message_id = await _stored(session, who, said)
    fact = MessageReceived(
        conversation_id=who.conversation_id, contact_id=who.contact_id, message_id=message_id
    )
    await journal.note(session, SYSTEM, fact)
    return message_id


async def _stored(session: AsyncSession, who: Cast, said: str, **payload: Any) -> UUID:
    message_id = new_id()
    kind = payload.pop("type", "text")
    await session.execute(
        text("""
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload)
VALUES (:id, :channel, :contact, 'in', 'customer', :kind, 'received', :body, CAST(:payload AS jsonb))"""),
        {"id": message_id, "channel": who.channel_id, "contact": who.contact_id, "kind": kind,
         "body": said, "payload": orjson.dumps({"type": kind, **payload}).decode()},
    )  # fmt: skip
    return message_id


async def row(sessions: Sessions, run_id: UUID) -> Any:
    """A run's row now."""
    async with sessions() as session:
        statement = text("SELECT * FROM automation_runs WHERE id = :id")
        return (await session.execute(statement, {"id": run_id})).one_or_none()


async def path(sessions: Sessions, run_id: UUID) -> list[tuple[str, str | None]]:
    """The nodes a run entered, each with the branch it left by."""
    async with sessions() as session:
        statement = text(
            "SELECT node, branch FROM automation_steps WHERE run_id = :id ORDER BY step"
        )
        return [(one.node, one.branch) for one in await session.execute(statement, {"id": run_id})]


async def said(sessions: Sessions, run_id: UUID) -> list[tuple[str, str]]:
    """The messages of a run in order: text and state."""
    async with sessions() as session:
        statement = text("SELECT body, state FROM messages WHERE client_id LIKE :mine ORDER BY id")
        found = await session.execute(statement, {"mine": f"run:{run_id}:%"})
        return [(one.body, one.state) for one in found]
