"""Nodes that may start their own automation again."""

from dataclasses import replace

import pytest

from domain.automations import problems
from domain.automations.known import Known, KnownAutomation
from domain.automations.matching import Happening
from domain.automations.nodes import Consent, Data, SetField, SetGroup, SetLabel, UserReply
from domain.automations.triggers import (
    Entry,
    FieldTrigger,
    GroupTrigger,
    LabelTrigger,
    ManualTrigger,
    MessageTrigger,
    OptInTrigger,
    ReEntry,
    Trigger,
)
from domain.contacts import FieldType
from tests.domain.automations.problem_graphs import KNOWN
from tests.graphs import graph

ITSELF, THROUGH = "automation_sets_itself_off", "automation_sets_itself_off.through"
LABEL, GROUP = LabelTrigger(labels=("label",)), GroupTrigger(groups=("group",))
CITY = FieldTrigger(field="city")
ONCE = ReEntry(rule=Entry.ONCE)


def found(
    nodes: dict[str, Data], *started: Trigger, edges: tuple[str, ...] = (), known: Known = KNOWN
) -> list[tuple[str, str]]:
    """Where warnings of this kind are, and which."""
    on = {f"t{at}": trigger for at, trigger in enumerate(started)}
    lines = problems.find(graph(nodes, *edges, triggers=on), known)
    mine = [one for one in lines if one.sentence.code == ITSELF]
    assert not any(one.blocks for one in mine)
    return [(one.at, one.sentence.key) for one in mine]


@pytest.mark.parametrize(
    ("data", "trigger"),
    [
        (SetLabel(label="label"), LABEL),
        (SetGroup(group="group"), GROUP),
        (SetField(field="city", value="Rome"), CITY),
        (SetField(field="city", value="Rome"), FieldTrigger(field="city", value="rome")),
        (SetField(field="city", value="{{answer.x}}"), FieldTrigger(field="city", value="Rome")),
        (UserReply(field="city"), FieldTrigger(field="city", value="Rome")),
        (Consent(), OptInTrigger()),
    ],
)
def test_a_step_that_its_own_trigger_hears_is_named(data: Data, trigger: Trigger) -> None:
    assert found({"it": data}, MessageTrigger(), trigger) == [("it", ITSELF)]
    once = replace(trigger, entry=ONCE)
    assert found({"it": data}, MessageTrigger(), once) == []
    keyed = replace(trigger, entry=ReEntry(rule=Entry.ONCE, key="{{contact.city}}"))
    assert found({"it": data}, MessageTrigger(), keyed) == [("it", ITSELF)]


@pytest.mark.parametrize(
    ("data", "trigger"),
    [
        (SetLabel(label="other"), LABEL),
        (SetLabel(label="label", action="remove"), LABEL),
        (SetGroup(group="group", action="remove"), GROUP),
        (SetField(field="city", value="Rome"), FieldTrigger(field="city", value="Oslo")),
        (SetField(field="renewal", value="Rome"), CITY),
        (Consent(action="stop"), OptInTrigger()),
        (SetLabel(label="label"), ManualTrigger()),
    ],
)
def test_other_steps_are_not(data: Data, trigger: Trigger) -> None:
    assert found({"it": data}, MessageTrigger(), trigger) == []


def test_what_was_so_already_starts_nothing_unless_it_is_undone() -> None:
    again: Data = SetLabel(label="label")
    assert found({"it": again}, LABEL) == []
    off: Data = SetLabel(label="label", action="remove")
    assert found({"off": off, "it": again}, LABEL, edges=("off > it",)) == [("it", ITSELF)]
    assert found({"it": SetGroup(group="group")}, GROUP) == []
    rome: Data = SetField(field="city", value="Rome")
    on_rome = FieldTrigger(field="city", value="Rome")
    assert found({"it": rome}, on_rome) == []
    oslo: Data = SetField(field="city", value="Oslo")
    assert found({"no": oslo, "it": rome}, on_rome, edges=("no > it",)) == [("it", ITSELF)]


def test_a_step_that_nothing_leads_to_starts_nothing() -> None:
    steps: dict[str, Data] = {"a": SetField(field="renewal"), "it": SetLabel(label="label")}
    assert found(steps, MessageTrigger(), LABEL, edges=("t0 > a", "t1 > a")) == []


def test_a_chain_through_others_is_found_and_named_by_its_first() -> None:
    hears_group = KnownAutomation(
        name="Second", triggers=(GROUP,), does=(Happening(what="label_added", name="other"),)
    )
    leads_back = KnownAutomation(
        name="Third", triggers=(LabelTrigger(labels=("other",)),), does=(Happening(what="opted_in"),)
    )  # fmt: skip
    known = replace(KNOWN, acting={"2": hears_group, "3": leads_back})
    step: dict[str, Data] = {"it": SetGroup(group="group")}
    assert found(step, OptInTrigger(), known=known) == [("it", THROUGH)]
    assert found(step, CITY, known=known) == []
    assert found(step, OptInTrigger(entry=ONCE), known=known) == []
    only = replace(KNOWN, acting={"2": hears_group, "me": leads_back})
    assert found(step, OptInTrigger(), known=only) == []
    starting = replace(only, starts={"2": frozenset({"me"})})
    assert found(step, OptInTrigger(), known=starting) == [("it", THROUGH)]


def test_a_choice_of_a_field_that_is_stored_otherwise_may_be_any_value() -> None:
    known = replace(KNOWN, fields={"vip": FieldType.BOOL})
    trigger = FieldTrigger(field="vip", value="true")
    step: dict[str, Data] = {"it": SetField(field="vip", value="yes")}
    assert found(step, MessageTrigger(), trigger, known=known) == [("it", ITSELF)]
