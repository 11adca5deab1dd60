"""Before a thing is deleted: the automations that would miss it."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.graphs import Graph
from domain.automations.nodes import SetLabel
from domain.automations.triggers import LabelTrigger
from domain.ids import new_id
from services.automations import drafts, uses
from services.automations.documents import write
from services.automations.uses import Place, Thing
from services.vault import Vault, new_key
from tests import runs
from tests.graphs import graph, say
from tests.services.automations import acting


@pytest.fixture
def label() -> str:
    """The id of a label."""
    return str(new_id())


def puts_on(label: str) -> Graph:
    return graph({"it": SetLabel(label=label), "also": say("Hi")}, "it > also")


async def names(session: AsyncSession, label: str) -> list[tuple[str, bool, bool]]:
    """Each automation that uses a label, whether what acts does, and whether its draft does."""
    return [(one.name, one.acts, one.draft) for one in await uses.of(session, Thing.LABEL, label)]


async def redraw(session: AsyncSession, automation: UUID, drawn: Graph) -> None:
    await drafts.save(session, SYSTEM, automation, 1, write(drawn))


async def test_drafts_and_what_acts_are_told_apart(session: AsyncSession, label: str) -> None:
    await drafts.create(session, SYSTEM, "Draft", document=write(puts_on(label)))
    await acting.live(session, puts_on(label), "Both")
    await redraw(session, await acting.live(session, puts_on(label), "Live"), graph({"a": say("")}))
    await redraw(session, await acting.live(session, graph({}), "New draft"), puts_on(label))
    await acting.live(session, puts_on(str(new_id())), "Another label")
    assert await names(session, label) == [
        ("Both", True, True), ("Draft", False, True), ("Live", True, False), ("New draft", False, True),
    ]  # fmt: skip
    [_, draft, *_] = await uses.of(session, Thing.LABEL, label)
    assert draft.places == [Place("it", "it", "set_label")]


async def test_only_what_names_it_as_such_counts(session: AsyncSession, label: str) -> None:
    """A text that happens to hold the id uses no label."""
    await acting.live(session, graph({"it": say(label)}))
    assert await names(session, label) == []
    on_it = graph({}, triggers={"t": LabelTrigger(labels=(label,))})
    found = await acting.live(session, on_it, "On it")
    [use] = await uses.of(session, Thing.LABEL, label)
    assert (use.id, use.places) == (found, [Place("t", "t", "label_added")])


async def test_who_is_inside_an_earlier_version_still_needs_it(
    session: AsyncSession, label: str
) -> None:
    who = await runs.cast(session, Vault([new_key()]))
    automation = await runs.live(session, puts_on(label))
    await runs.started(session, automation, who)
    await session.execute(
        text(
            "INSERT INTO automation_versions (automation_id, version, graph) VALUES (:id, 2, '{}')"
        ),
        {"id": automation},
    )
    await session.execute(text("UPDATE automations SET version = 2, draft = '{}'"))
    assert await names(session, label) == [("Welcome", True, False)]
    await session.execute(text("UPDATE automation_runs SET ended_at = now()"))
    assert await names(session, label) == []


async def test_one_in_the_archive_misses_nothing(session: AsyncSession, label: str) -> None:
    await acting.live(session, puts_on(label))
    await session.execute(text("UPDATE automations SET archived_at = now(), status = 'paused'"))
    assert await names(session, label) == []


async def test_names_that_json_writes_otherwise_are_found(session: AsyncSession) -> None:
    drawn = graph({"it": SetLabel(label='a"b\\c é')})
    await acting.live(session, drawn)
    assert len(await uses.of(session, Thing.LABEL, 'a"b\\c é')) == 1
