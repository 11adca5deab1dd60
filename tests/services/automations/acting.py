"""Live automations, what happens to their contacts, and where it went."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.graphs import Graph
from domain.ids import new_id
from domain.journal.conversations import MessageReceived
from domain.journal.facts import COLUMNS, Entry, Fact
from domain.journal.rules import Stream
from services import journal
from services.automations import candidates, documents, routing
from store.tables.automations import AutomationRow, AutomationVersionRow
from tests import threads
from tests.threads import Thread


async def live(session: AsyncSession, graph: Graph, name: str = "Welcome") -> UUID:
    """An automation whose first version acts."""
    row = AutomationRow(
        id=new_id(), name=name, status="live", version=1, draft=documents.write(graph)
    )
    session.add(row)
    await session.flush()
    session.add(AutomationVersionRow(automation_id=row.id, version=1, graph=documents.write(graph)))
    await session.flush()
    await candidates.upsert_triggers(session, row.id, 1, graph)
    return row.id


async def paused(session: AsyncSession, automation_id: UUID) -> None:
    """It no longer acts."""
    query = text("UPDATE automations SET status = 'paused' WHERE id = :id")
    await session.execute(query, {"id": automation_id})


async def column(session: AsyncSession, what: str, **parameters: Any) -> list[Any]:
    """The first column of a query."""
    return list((await session.scalars(text(f"SELECT {what}"), parameters)).all())


async def runs(session: AsyncSession) -> list[Any]:
    """Every run, oldest first."""
    return list((await session.execute(text("SELECT * FROM automation_runs ORDER BY id"))).all())


async def wait(session: AsyncSession, run_id: UUID, what: str, hours: float = 0) -> None:
    """A run came to a wait."""
    query = text("""
UPDATE automation_runs SET waits = :what, until = CASE WHEN :hours <> 0 THEN clock_timestamp() + :for END
WHERE id = :id""")
    await session.execute(
        query, {"id": run_id, "what": what, "hours": hours, "for": timedelta(hours=hours)}
    )


async def inbox(session: AsyncSession) -> list[UUID]:
    """The messages that runs have, oldest first."""
    return await column(session, "message_id FROM automation_inbox ORDER BY message_id")


async def woken(session: AsyncSession) -> list[str]:
    """The runs that were woken, in order."""
    return await column(session, "entity_id FROM journal WHERE kind = 'run.woken' ORDER BY id")


async def routed(session: AsyncSession, *facts: Fact, again: bool = False) -> list[UUID]:
    """Note facts, and route what is new; ``again`` as after a crash of the reader. Returns the runs that go on."""
    go_on: list[UUID] = []
    last = await session.scalar(text("SELECT coalesce(max(id), 0) FROM journal"))
    await journal.note(session, SYSTEM, *facts)
    for _ in range(2 if again else 1):
        for entry in await unrouted(session, last or 0):
            go_on += await routing.route(session, entry) or []
    return go_on


async def unrouted(session: AsyncSession, after: int) -> list[Entry]:
    """Entries as the reader of the stream sees them, also those of this transaction."""
    query = text("SELECT * FROM journal WHERE id > :after AND stream = :stream ORDER BY id")
    rows = await session.execute(query, {"after": after, "stream": Stream.ROUTING})
    return [
        Entry(
            row.id,
            row.kind,
            row.entity_id,
            {name: getattr(row, name) for name in COLUMNS if getattr(row, name)},
            row.data or {},
        )
        for row in rows
    ]


async def write(
    session: AsyncSession, on: Thread, body: str, *, again: bool = False, **columns: Any
) -> UUID:
    """The customer writes, and it is routed."""
    message_id = await threads.message(session, on, body=body, **columns)
    fact = MessageReceived(conversation_id=on.id, contact_id=on.contact_id, message_id=message_id)
    await routed(session, fact, again=again)
    return message_id


async def end_runs(session: AsyncSession) -> None:
    """Whatever runs has come to its end."""
    query = text(
        "UPDATE automation_runs SET ended_at = now(), ending = 'completed' WHERE ended_at IS NULL"
    )
    await session.execute(query)
