"""Automations that set each other off are found among those that act."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.nodes import SetGroup, SetLabel
from domain.automations.problems import Problem
from domain.automations.triggers import GroupTrigger, LabelTrigger
from services.automations import checking
from services.automations.documents import write
from services.contacts import groups
from services.conversations import labels
from tests.graphs import graph, say
from tests.services.automations import acting
from tests.threads import Statements


@pytest.fixture
async def ids(session: AsyncSession) -> tuple[str, str]:
    """A label and a group."""
    label = await labels.create(session, SYSTEM, "VIP")
    group = await groups.create(session, SYSTEM, "VIPs")
    return str(label.id), str(group.id)


async def warnings(session: AsyncSession, label: str, group: str) -> list[Problem]:
    """What a draft is warned of that a label starts and that fills a group."""
    started = {"on": LabelTrigger(labels=(label,))}
    drawn = graph({"fill": SetGroup(group=group), "say": say("Hi")}, "fill > say", triggers=started)
    found = (await checking.check(session, write(drawn))).problems
    return [one for one in found if one.sentence.code == "automation_sets_itself_off"]


async def test_one_that_is_live_leads_back(session: AsyncSession, ids: tuple[str, str]) -> None:
    label, group = ids
    back = graph({"put": SetLabel(label=label)}, triggers={"in": GroupTrigger(groups=(group,))})
    other = await acting.live(session, back, "VIP labels")
    [warned] = await warnings(session, label, group)
    assert (warned.at, warned.blocks) == ("fill", False)
    assert warned.sentence.params == {"name": "VIP labels"}
    await acting.paused(session, other)
    assert await warnings(session, label, group) == []


async def test_nobody_else_is_looked_at_where_nothing_can_come_back(
    session: AsyncSession, ids: tuple[str, str]
) -> None:
    """Checks run while somebody types."""
    plain = write(graph({"say": say("Hi")}, triggers={"on": LabelTrigger(labels=ids[:1])}))
    filling = write(
        graph({"fill": SetGroup(group=ids[1])}, triggers={"on": LabelTrigger(labels=ids[:1])})
    )
    with Statements(session) as few:
        await checking.check(session, plain)
    with Statements(session) as more:
        await checking.check(session, filling)
    assert more.count == few.count + 1
    assert await session.scalar(text("SELECT count(*) FROM automations")) == 0
