"""Imported people who join a group that an automation listens to enter it."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.triggers import GroupTrigger
from services.automations import routing
from services.imports import run
from services.vault import Vault, new_key
from store import groups
from tests import factories, graphs
from tests.services.automations import acting
from tests.services.imports.uploads import csv_of, ready


async def test_new_members_of_a_group_that_is_listened_to_enter(
    session: AsyncSession, tmp_path: Path
) -> None:
    await factories.channel(session, Vault([new_key()]))
    heard, quiet = await groups.ensure(session, "Heard"), await groups.ensure(session, "Quiet")
    trigger = GroupTrigger(groups=(str(heard.id),))
    await acting.live(session, graphs.graph({"a": graphs.say("A")}, triggers={"t": trigger}))
    rows = [("Name", "Phone"), *((f"P{n}", f"+55119876{n:05}") for n in range(20))]
    counts = None
    for _ in range(2):
        record = await ready(session, csv_of(rows), tmp_path, group_ids=(heard.id, quiet.id))
        await run.start(session, record.id)
        counts = await run.run(session, record.id, data_dir=tmp_path)
        for entry in await acting.unrouted(session, 0):
            await routing.route(session, entry)
        assert len(await acting.runs(session)) == 20
    assert counts is not None
    assert counts.grouped == 0
    query = "group_id FROM group_members GROUP BY group_id HAVING count(*) = 20"
    assert set(await acting.column(session, query)) == {heard.id, quiet.id}
    noted = "data ->> 'contacts' FROM journal WHERE kind = 'contacts.grouped'"
    assert await acting.column(session, noted) == ["20"]
