"""Names of what a graph or a guard names by id: those that are still there."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.nodes import Assign, Branch, End, SetGroup, SetLabel, StartAutomation
from domain.contacts import FieldType
from domain.ids import new_id
from services.automations import drafts, naming
from services.contacts import fields, groups
from services.conversations import labels
from services.vault import Vault, new_key
from tests import graphs, threads
from tests.services.automations.test_drafts import person


async def test_everything_a_graph_names_has_the_name_it_has_now(session: AsyncSession) -> None:
    hot = await labels.create(session, SYSTEM, "Hot")
    cold = await labels.create(session, SYSTEM, "Cold")
    vip, press = [await groups.create(session, SYSTEM, name) for name in ("VIP", "Press")]
    ana = (await person(session, "Ana")).user_id
    other = (await drafts.create(session, SYSTEM, "Survey")).item.id
    await fields.create(session, SYSTEM, label="Favourite city", kind=FieldType.TEXT)
    asked = (
        Condition(subject=Subject.LABEL, name=str(cold.id)),
        Condition(subject=Subject.GROUP, name=str(press.id)),
        Condition(subject=Subject.FIELD, name="favourite_city", value="Bonn"),
    )
    drawn = graphs.graph(
        {
            "label": SetLabel(label=str(hot.id)),
            "group": SetGroup(group=str(vip.id)),
            "assign": Assign(users=(str(ana), str(new_id()))),
            "start": StartAutomation(automation=str(other)),
            "asked": Branch(when=Conditions(groups=(Group(conditions=asked),))),
            "unset": SetLabel(),
            "end": End(),
        }
    )
    assert await naming.names(session, drawn) == {
        str(hot.id): "Hot",
        str(cold.id): "Cold",
        str(vip.id): "VIP",
        str(press.id): "Press",
        str(ana): "Ana",
        str(other): "Survey",
        "field:favourite_city": "Favourite city",
    }


async def test_a_guard_names_the_people_who_are_still_there(session: AsyncSession) -> None:
    thread = await threads.only_thread(session, Vault([new_key()]), name="Mara")
    halted = {
        "guard": "loop",
        "contact_ids": [str(thread.contact_id), str(new_id()), "no id of ours"],
    }
    told = await naming.concerned(session, halted)
    assert told == halted | {"people": [{"id": str(thread.contact_id), "name": "Mara"}]}
    assert await naming.concerned(session, {"guard": "pace"}) == {"guard": "pace", "people": []}
    assert await naming.concerned(session, None) is None
