"""What a graph names is found wherever it is named."""

import pytest

from domain.automations import problems, triggers
from domain.automations.conditions import Condition, Conditions, Group, Hours, Subject
from domain.automations.contents import Media, Text
from domain.automations.graphs import Graph
from domain.automations.nodes import (
    Assign,
    Branch,
    CustomReply,
    Data,
    Gap,
    Header,
    HttpRequest,
    SendTemplate,
    SetField,
    SetGroup,
    SetLabel,
    StartAutomation,
    TimeGap,
    UserReply,
)
from domain.automations.triggers import Timing, Trigger
from domain.automations.uses import Thing, Use, named, uses
from tests.domain.automations.problem_graphs import KNOWN
from tests.graphs import graph


def asking(subject: Subject) -> Conditions:
    """A condition about a thing named x."""
    return Conditions(groups=(Group(conditions=(Condition(subject=subject, name="x"),)),))


NODES: list[tuple[Thing, Data]] = [
    (Thing.TEMPLATE, SendTemplate(template="x")),
    (Thing.FIELD, SendTemplate(template="", values={"body.1": "{{contact.x|you}}"})),
    (Thing.FIELD, CustomReply(messages=(Text(text="{{contact.x}}"),))),
    (Thing.FIELD, CustomReply(messages=(Media(caption="{{contact.x}}"),))),
    (Thing.FIELD, UserReply(field="x")),
    (Thing.FIELD, TimeGap(until=Gap.FIELD, field="x")),
    (Thing.FIELD, Branch(when=asking(Subject.FIELD))),
    (Thing.LABEL, Branch(when=asking(Subject.LABEL))),
    (Thing.GROUP, Branch(when=asking(Subject.GROUP))),
    (Thing.FIELD, SetField(field="x")),
    (Thing.LABEL, SetLabel(label="x")),
    (Thing.CALENDAR, TimeGap(until=Gap.HOURS, hours=Hours(calendar="x"))),
    (Thing.CALENDAR, Branch(when=asking(Subject.HOURS), hours=Hours(calendar="x"))),
    (Thing.GROUP, SetGroup(group="x")),
    (Thing.USER, Assign(users=("y", "x"))),
    (Thing.AUTOMATION, StartAutomation(automation="x")),
    (Thing.SECRET, HttpRequest(headers=(Header(name="Key", value="{{secret.x}}"),))),
]
TRIGGERS: list[tuple[Thing, Trigger]] = [
    (Thing.CHANNEL, triggers.MessageTrigger(channels=("x",))),
    (Thing.CHANNEL, triggers.WebhookTrigger(channel="x")),
    (Thing.LABEL, triggers.MessageTrigger(filters=asking(Subject.LABEL))),
    (Thing.LABEL, triggers.LabelTrigger(labels=("x",))),
    (Thing.GROUP, triggers.GroupTrigger(groups=("x",))),
    (Thing.GROUP, triggers.TimeTrigger(groups=("x",))),
    (Thing.FIELD, triggers.TimeTrigger(timing=Timing.FIELD, field="x")),
    (Thing.FIELD, triggers.FieldTrigger(field="x")),
    (Thing.CAMPAIGN, triggers.CampaignReplyTrigger(campaigns=("x",))),
]


@pytest.mark.parametrize(("thing", "data"), NODES)
def test_what_a_node_names(thing: Thing, data: Data) -> None:
    assert Use(thing, "x", "it") in set(uses(graph({"it": data})))


@pytest.mark.parametrize(("thing", "data"), TRIGGERS)
def test_what_a_trigger_names(thing: Thing, data: Trigger) -> None:
    drawn = graph({}, triggers={"start": data})
    assert list(uses(drawn)) == [Use(thing, "x", "start")]
    assert named(drawn, thing) == {"x"}


def test_whatever_is_gone_was_used() -> None:
    """What makes a problem once it is deleted is found before."""
    drawn: Graph = graph(
        {f"n{at}": data for at, (_, data) in enumerate(NODES)},
        triggers={f"t{at}": data for at, (_, data) in enumerate(TRIGGERS)},
    )
    gone = {one.at for one in problems.find(drawn, KNOWN) if one.sentence.code.endswith("_gone")}
    assert gone == {use.at for use in uses(drawn)}


def test_a_field_left_over_from_another_choice_is_not_used() -> None:
    left = triggers.TimeTrigger(timing=Timing.ONCE, field="x")
    drawn = graph({"it": TimeGap(until=Gap.DURATION, field="x")}, triggers={"start": left})
    assert list(uses(drawn)) == []
    assert list(uses(graph({"it": SetLabel(), "more": CustomReply()}))) == []
