"""Triggers that act, as far as this release can read them."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.nodes import End
from domain.automations.triggers import GroupTrigger, KeywordTrigger, Trigger
from domain.ids import new_id
from services.automations import candidates, versions
from services.automations.versions import Versions
from services.vault import Vault, new_key
from tests import factories, graphs
from tests.services.automations import acting

TRIGGERS: dict[str, Trigger] = {
    "word": KeywordTrigger(words=("hello",)),
    "member": GroupTrigger(groups=("no id",)),
}


@pytest.mark.parametrize(
    "change",
    ["type = 'of_next_release'", """data = '{"words": 7}'"""],
    ids=["an unknown type", "data of another shape"],
)
async def test_a_trigger_that_this_release_cannot_read_does_not_act(
    session: AsyncSession, change: str
) -> None:
    await factories.channel(session, Vault([new_key()]))
    made = await acting.live(session, graphs.graph({"a": graphs.say("A")}, triggers=TRIGGERS))
    found = await candidates.of_automation(session, made)
    assert [one.row.trigger_id for one in found] == ["word", "member"]
    await session.execute(
        text(f"UPDATE automation_triggers SET {change} WHERE trigger_id = 'word'")
    )
    found = await candidates.of_automation(session, made)
    assert [one.row.trigger_id for one in found] == ["member"]
    assert await candidates.groups_heard(session) == frozenset()


async def test_versions_are_kept_while_they_are_used_and_are_empty_when_gone(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "KEPT", 1)
    kept = Versions()
    first, second = [
        await acting.live(session, graphs.graph({name: End()}), name) for name in ("one", "two")
    ]
    graph = await kept.get(session, first, 1)
    assert await kept.get(session, first, 1) is graph
    assert [node.id for node in (await kept.get(session, second, 1)).nodes] == ["two"]
    again = await kept.get(session, first, 1)
    assert again == graph
    assert again is not graph, "the one before took its place"
    assert (await kept.get(session, new_id(), 1)).nodes == ()
