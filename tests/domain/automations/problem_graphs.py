"""Small graphs to find problems in."""

from datetime import UTC, datetime

from domain.automations import problems
from domain.automations.conditions import Condition, Conditions, Group, Operator, Subject
from domain.automations.contents import Text
from domain.automations.graphs import PLAIN, Edge, Graph, Node, Settings, TriggerNode
from domain.automations.known import Known, KnownTemplate, KnownVersion
from domain.automations.nodes import CustomReply, Data
from domain.automations.problems import Problem, Severity
from domain.automations.triggers import MessageTrigger, Trigger
from domain.contacts import FieldType
from domain.sentences import Sentence

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)

KNOWN = Known(
    now=NOW,
    zone=UTC,
    itself="me",
    templates={
        "hello": KnownTemplate(
            languages={
                "en": KnownVersion(slots={"body_1": Sentence("slot.body", variable="{{1}}")})
            }
        ),
        "sale": KnownTemplate(languages={"en": KnownVersion()}, marketing=True),
        "paused": KnownTemplate(
            languages={
                "en": KnownVersion(problem=Sentence("template_paused")),
                "pt": KnownVersion(),
            }
        ),
        "stopped": KnownTemplate(
            languages={"en": KnownVersion(problem=Sentence("template_paused"))}
        ),
    },
    fields={"city": FieldType.TEXT, "renewal": FieldType.DATE},
    labels=frozenset({"label"}),
    groups=frozenset({"group"}),
    users=frozenset({"ana"}),
    channels=frozenset({"channel"}),
    campaigns=frozenset({"campaign"}),
    secrets=frozenset({"KEY"}),
    automations=frozenset({"other", "third"}),
    starts={"other": frozenset({"third"})},
)

HELLO = CustomReply(messages=(Text(text="Hello"),))


def window_is(value: str, operator: Operator = Operator.IS) -> Conditions:
    """A condition about the window."""
    condition = Condition(subject=Subject.WINDOW, operator=operator, value=value)
    return Conditions(groups=(Group(conditions=(condition,)),))


def graph(
    *edges: tuple[str, str, str],
    trigger: Trigger | None = None,
    settings: Settings = PLAIN,
    **nodes: Data,
) -> Graph:
    """A graph whose trigger ``start`` leads to the first node; edges as source, branch and target."""
    first = next(iter(nodes), None)
    into = ((("start", "next", first),) if first else ()) + edges
    return Graph(
        triggers=(TriggerNode(id="start", data=trigger or MessageTrigger()),),
        nodes=tuple(Node(id=name, data=data) for name, data in nodes.items()),
        edges=tuple(Edge(source=one, branch=branch, target=other) for one, branch, other in into),
        settings=settings,
    )


def found(checked: Graph, known: Known = KNOWN) -> list[Problem]:
    """All its problems."""
    return list(problems.find(checked, known))


def errors(checked: Graph, known: Known = KNOWN) -> list[tuple[str, str, str]]:
    """Node, field and key of what blocks publishing."""
    return [(one.at, one.field, one.sentence.key) for one in found(checked, known) if one.blocks]


def warnings(checked: Graph, known: Known = KNOWN) -> list[tuple[str, str, str]]:
    """The same of what does not."""
    return [
        (one.at, one.field, one.sentence.key)
        for one in found(checked, known)
        if one.severity is Severity.WARNING
    ]


def placed(checked: Graph) -> list[Node | TriggerNode]:
    """Everything on the canvas."""
    return [*checked.triggers, *checked.nodes]
