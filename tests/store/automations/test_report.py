"""The list of runs: every filter alone and together, and pages that follow each other."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.triggers import Entry, ManualTrigger, ReEntry
from domain.ids import first_id, new_id
from services.vault import Vault, new_key
from store.automations import report
from store.automations.report import RunFilter
from tests import runs, threads
from tests.graphs import ask, chain
from tests.runs import Cast
from tests.threads import Thread

ALWAYS = {"start": ManualTrigger(entry=ReEntry(rule=Entry.ALWAYS))}


@pytest.fixture
async def who(session: AsyncSession) -> Cast:
    """Somebody."""
    return await runs.cast(session, Vault([new_key()]))


@pytest.fixture
async def three(session: AsyncSession, who: Cast) -> list[UUID]:
    """One run that failed, one that waits for a reply, and one of another automation that waits for a time."""
    asks, other = [
        await runs.live(session, chain(ask(), triggers=ALWAYS), name) for name in ("Asks", "Other")
    ]
    made = [await runs.started(session, one, who) for one in (asks, asks, other)]
    for run_id, change in zip(
        made,
        ("ended_at = now(), ending = 'failed'", "waits = 'reply', step = 4", "waits = 'time'"),
        strict=True,
    ):
        statement = text(f"UPDATE automation_runs SET {change} WHERE id = :id")
        await session.execute(statement, {"id": run_id})
    return made


async def found(session: AsyncSession, before: UUID | None = None, **wanted: Any) -> list[UUID]:
    lines = await report.page(session, RunFilter(**wanted), before=before, limit=10)
    return [line.id for line in lines]


async def test_each_filter_narrows(session: AsyncSession, who: Cast, three: list[UUID]) -> None:
    failed, waits, other = three
    soon = first_id(datetime.now(UTC) + timedelta(minutes=1))
    line = await report.one(session, waits)
    assert line is not None
    assert (line.automation_name, line.node_type, line.in_doubt) == ("Asks", "user_reply", False)
    for wanted, those in (
        ({}, [other, waits, failed]),
        ({"active": True}, [other, waits]),
        ({"active": False}, [failed]),
        ({"ending": "failed"}, [failed]),
        ({"ending": "failed", "active": True}, []),
        ({"automation_id": line.automation_id}, [waits, failed]),
        ({"automation_id": line.automation_id, "node": "n1", "active": True}, [waits]),
        ({"contact_id": who.contact_id, "channel_id": who.channel_id}, [other, waits, failed]),
        ({"contact_id": new_id()}, []),
        ({"since": soon}, []),
        ({"until": soon}, [other, waits, failed]),
        ({"in_doubt": True}, []),
    ):  # fmt: skip
        assert await found(session, **wanted) == those, wanted
    assert await found(session, before=other) == [waits, failed]


@pytest.mark.parametrize(
    ("client_id", "state", "doubt"),
    [
        ("run:{}:4:0", "unknown", True),
        ("run:{}:4:0", "delivered", False),
        ("run:{}:3:0", "unknown", False),  # of a step before
    ],
)
async def test_a_question_in_doubt_is_that_of_the_step_that_waits(
    session: AsyncSession, who: Cast, three: list[UUID], client_id: str, state: str, doubt: bool
) -> None:
    failed, waits, other = three
    thread = Thread(who.conversation_id, who.channel_id, who.contact_id)
    for run_id in (failed, waits, other):
        named = client_id.format(run_id)
        await threads.sent(session, thread, state, client_id=named, origin="automation")
    assert await found(session, in_doubt=True) == ([waits] if doubt else [])
    assert await found(session, in_doubt=True, active=False) == []


async def test_a_cause_is_found_by_contact_and_time(
    session: AsyncSession, who: Cast, three: list[UUID]
) -> None:
    line = await report.one(session, three[0])
    cause = await session.scalar(
        text("SELECT cause FROM automation_runs WHERE id = :id"), {"id": three[0]}
    )
    assert line is not None
    asked = (session, line.automation_id, [who.contact_id], str(cause))
    assert await report.caused(*asked) == {who.contact_id: three[0]}
    late = datetime.now(UTC) + timedelta(minutes=1)
    assert not await report.caused_since(
        session, line.automation_id, who.contact_id, str(cause), late
    )
