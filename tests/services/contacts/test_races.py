"""The team edits, deletes or merges somebody while a delivery changes them: one person and no error in either order."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Selection
from domain.errors import DomainError
from services.contacts import write
from services.contacts.write import ContactChange
from services.receiving.intake import Intake
from services.receiving.process import process
from store import merging
from tests.eventually import eventually
from tests.services.contacts.test_identity import (
    FIRST,
    NEW,
    NOW,
    OLD,
    OTHER,
    Sessions,
    body,
    deliver,
    drain,
    read,
    said,
    value,
)

pytestmark = pytest.mark.fault("A1")

AGENT = Actor("user")
_KNOWN = f"""SELECT DISTINCT c.id, c.name FROM contacts c JOIN contact_identities k ON k.contact_id = c.id
WHERE k.value = '{FIRST}'"""
Act = Callable[[AsyncSession, UUID, UUID], Awaitable[object]]


def named(item: dict[str, Any], name: str) -> bytes:
    contact = {"wa_id": item["from"], "user_id": FIRST, "profile": {"name": name}}
    return body(value(messages=[item], contacts=[contact]))


async def rename(session: AsyncSession, ana: UUID, _other: UUID) -> None:
    await write.update(session, AGENT, ana, ContactChange(name="Ana"))


async def renumber(session: AsyncSession, ana: UUID, _other: UUID) -> None:
    await write.update(session, AGENT, ana, ContactChange(phone="+34611000199", name="Ana"))


async def take_the_number(session: AsyncSession, _ana: UUID, other: UUID) -> None:
    await write.update(session, AGENT, other, ContactChange(phone=f"+{NEW}"))


async def delete(session: AsyncSession, ana: UUID, _other: UUID) -> None:
    await write.delete(session, AGENT, ana)


async def delete_many(session: AsyncSession, ana: UUID, other: UUID) -> None:
    await write.delete_many(session, AGENT, Selection(ids=(ana, other)), 2)


async def merge(session: AsyncSession, ana: UUID, other: UUID) -> None:
    await merging.merge(session, [(ana, other)])


ACTS: dict[str, Act] = {
    act.__name__: act for act in (rename, renumber, take_the_number, delete, delete_many, merge)
}


async def pair(sessions: Sessions) -> tuple[UUID, UUID]:
    """Ana without a name, known by number and id, and somebody else; the drain then hears of her new number."""
    await deliver(
        sessions, body(value(messages=[said(OLD, FIRST)])), body(value(messages=[said(OTHER)]))
    )
    rows = await read(sessions, "SELECT id FROM contacts ORDER BY phone_key")
    await Intake(sessions).keep(named(said(NEW, FIRST, at=60), "Profile"), None)
    return rows[0].id, rows[1].id


async def meet(sessions: Sessions, first: Act, second: Act, ids: tuple[UUID, UUID]) -> None:
    """``first`` has done its part and commits once ``second`` waits for it, or is done."""

    async def follow() -> None:
        async with sessions.begin() as session:
            with suppress(DomainError):  # a sentence for a person, such as that somebody is gone
                await second(session, *ids)

    async with sessions.begin() as session:
        await first(session, *ids)
        following = asyncio.create_task(follow())
        await eventually(lambda: _stands(sessions, following), "the second waits or has ended")
    await following


async def _stands(sessions: Sessions, task: asyncio.Task[None]) -> bool:
    return task.done() or await _waits(sessions)


async def _waits(sessions: Sessions) -> bool:
    rows = await read(
        sessions,
        """SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'""",
    )
    return bool(rows)


async def hear(session: AsyncSession, _ana: UUID, _other: UUID) -> None:
    await process(session)


@pytest.mark.parametrize("order", ["team first", "delivery first"])
@pytest.mark.parametrize("name", ACTS)
async def test_one_person_stays_one(sessions: Sessions, name: str, order: str) -> None:
    ids = await pair(sessions)
    first, second = (ACTS[name], hear) if order == "team first" else (hear, ACTS[name])
    await meet(sessions, first, second, ids)
    await drain(sessions)
    assert await read(sessions, "SELECT error FROM webhook_events WHERE state = 'dead'") == []
    owners = await read(
        sessions,
        """SELECT value FROM (
            SELECT phone_key AS value, id FROM contacts WHERE phone_key IS NOT NULL
            UNION SELECT bsuid, id FROM contacts WHERE bsuid IS NOT NULL
            UNION SELECT value, contact_id FROM contact_identities WHERE until IS NULL) o
        GROUP BY value HAVING count(DISTINCT id) > 1""",
    )
    assert owners == []
    known = await read(sessions, _KNOWN)
    if name in {"rename", "renumber"}:
        assert [row.name for row in known] == ["Ana"]  # what a person wrote is not written over
    elif not (order == "delivery first" and name in {"delete", "delete_many"}):
        assert len(known) == 1
    # Whatever happened to her, the next message from either number is one person's.
    await deliver(sessions, body(value(messages=[said(NEW, FIRST, at=120)])))
    assert await read(sessions, "SELECT error FROM webhook_events WHERE state = 'dead'") == []
    assert len(await read(sessions, _KNOWN)) == 1


@pytest.mark.fault("A5")
@pytest.mark.parametrize("order", ["team first", "delivery first"])
async def test_a_stop_at_the_moment_of_deletion_is_not_lost(sessions: Sessions, order: str) -> None:
    await deliver(sessions, body(value(messages=[said(OLD, FIRST)])))
    [ana] = [row.id for row in await read(sessions, "SELECT id FROM contacts")]
    stop = said(OLD, FIRST, at=60, text={"body": "STOP"})
    await Intake(sessions).keep(body(value(messages=[stop])), None)
    first, second = (delete, hear) if order == "team first" else (hear, delete)
    await meet(sessions, first, second, (ana, ana))
    await drain(sessions)
    async with sessions.begin() as session:
        with suppress(DomainError):
            await write.create(session, AGENT, ContactChange(phone=f"+{OLD}"))
    stopped = await read(sessions, "SELECT marketing_opt_out_at FROM contacts")
    assert [row.marketing_opt_out_at is not None for row in stopped] == [True]


@pytest.mark.parametrize("order", ["status first", "message first"])
async def test_a_status_and_a_message_that_race_make_one_person(
    sessions: Sessions, order: str
) -> None:
    """One drain learns of the number's id from a status while another meets somebody new with this id."""
    await deliver(sessions, body(value(messages=[said(OLD)])))
    status = {
        "id": "wamid.OUT", "status": "sent", "timestamp": str(NOW), "recipient_id": OLD,
        "recipient_user_id": FIRST, "biz_opaque_callback_data": f"{UUID(int=1)}:1",
    }  # fmt: skip
    pair = [body(value(statuses=[status])), body(value(messages=[said(None, FIRST)]))]
    for one in pair if order == "status first" else pair[::-1]:
        await Intake(sessions).keep(one, None)

    async def follow() -> None:
        async with sessions.begin() as session:
            await process(session, 1)

    async with sessions.begin() as session:
        await process(session, 1)
        following = asyncio.create_task(follow())
        await eventually(lambda: _stands(sessions, following), "the second waits or has ended")
    await following
    await drain(sessions)
    assert [
        row.id
        for row in await read(sessions, "SELECT id FROM webhook_events WHERE state <> 'done'")
    ] == []
    rows = await read(sessions, "SELECT phone_key FROM contacts")
    assert [row.phone_key for row in rows] == [OLD]
    assert len(await read(sessions, _KNOWN)) == 1
