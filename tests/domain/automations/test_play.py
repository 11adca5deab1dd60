import time
from datetime import timedelta
from itertools import pairwise

from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.graphs import Graph, Settings
from domain.automations.nodes import (
    AnswerType,
    Assign,
    Branch,
    Consent,
    Data,
    Duration,
    Goal,
    HandOver,
    HttpRequest,
    Pick,
    SendTemplate,
    SetField,
    SetGroup,
    SetLabel,
    StartAutomation,
    TimeGap,
    Unit,
    UserReply,
    WriteNote,
)
from domain.automations.play import (
    Action,
    Jump,
    JumpTo,
    NextWait,
    Person,
    PlayIn,
    PlayOut,
    PlayProblem,
    Send,
    Tap,
    Write,
    play,
)
from domain.automations.play.stage import MOST_LIT
from domain.automations.states import MOST_STEPS, Ended, Ending, WaitsFor
from tests.graphs import NOW, ask, chain, graph, offer, say, wait

ANA = Person(fields={"name": "Ana Silva"}, zone="Europe/Madrid")
A_DAY = Duration(amount=1, unit=Unit.DAYS)


def played(graph: Graph, *actions: Action, message: str = "hi", **more: object) -> PlayOut:
    given = {"at": NOW, "message": message, "person": ANA, "our_zone": "Europe/Madrid"} | more
    return play(graph, PlayIn(**given, actions=actions))  # type: ignore[arg-type]  # whatever the test gives


def talk(out: PlayOut) -> list[str]:
    """The conversation: ``>`` ours, ``<`` the customer's, ``*`` events."""
    sign = {"us": ">", "customer": "<", "event": "*"}
    return [
        f"{sign[line.side]} {line.text or line.template or line.kind}{'!' if line.failed else ''}"
        for line in out.lines
    ]


def test_a_conversation_is_played_to_its_end() -> None:
    sizes = graph(
        {
            "ask": offer("Size, {{contact.first_name}}?", "Small", "Large", save_as="size", field="size"),
            "bye": say("{{answer.size}} it is"),
        },
        "ask.choice:small > bye", "ask.choice:large > bye",
    )  # fmt: skip

    out = played(sizes, Write(text="dunno"), Tap(choice="large"))

    assert talk(out) == [
        "< hi",
        "> Size, Ana?",
        "< dunno",
        "> Size, Ana?",
        "< Large",
        "* set_field",
        "> Large it is",
    ]
    assert [(one.step, one.node, one.branch) for one in out.lit] == [
        (1, "ask", "again"), (2, "ask", "choice:large"), (3, "ask", "saved"), (4, "bye", "next"),
    ]  # fmt: skip
    assert out.edges == (("start", "next"), ("ask", "choice:large"), ("bye", "next"))
    assert (out.answers, out.fields["size"]) == ({"size": "Large"}, "Large")
    assert out.ended == Ended(ending=Ending.COMPLETED)
    assert out.problems == ()


def test_a_waiting_test_shows_where_it_is() -> None:
    out = played(chain(say("a"), ask(timeout=A_DAY)))

    assert (out.node, out.waits) == ("n2", WaitsFor.REPLY)
    assert out.until == NOW + timedelta(days=1)
    assert out.window_open
    assert out.window_until == NOW + timedelta(hours=24)
    assert out.lit[-1].branch is None
    assert out.lit[-1].left_at is None
    assert out.ended is None


def test_the_window_closes_and_a_template_still_leaves() -> None:
    late = graph(
        {"gap": wait(2, Unit.DAYS), "text": say("Still there?"), "fallback": SendTemplate(template="hello", values={"body.1": "{{contact.name}}"})},
        "gap > text", "text.failed > fallback",
    )  # fmt: skip

    out = played(late, NextWait())

    assert talk(out) == ["< hi", "* jumped", "> Still there?!", "> hello"]
    assert [line.failed for line in out.lines if line.side == "us"] == ["window_closed", ""]
    assert out.lines[-1].detail == {"body.1": "Ana Silva"}
    assert out.lit[1].reason == "window_closed"
    assert not out.window_open
    assert out.ended == Ended(ending=Ending.COMPLETED)


def test_what_the_customer_sends_opens_the_window_but_a_reaction_does_not() -> None:
    late = chain(wait(2, Unit.DAYS), say("a"))
    sent = Send(what="image")
    reacted = Send(what="reaction", text="👍")

    assert not played(late, Jump(by=A_DAY), Jump(by=Duration()), reacted).window_open
    assert played(late, Jump(by=A_DAY), Jump(by=Duration()), sent).window_open
    assert played(late, message="").window_open is False
    assert played(late, message="", window_until=NOW + timedelta(hours=3)).window_open


def test_jumps_stop_at_every_wait_on_the_way() -> None:
    days = chain(
        wait(1, Unit.DAYS),
        SetField(field="a", value="1"),
        wait(2, Unit.DAYS),
        SetField(field="b", value="2"),
        UserReply(),
    )

    out = played(days, Jump(by=Duration(amount=1, unit=Unit.WEEKS)))

    assert out.now == NOW + timedelta(weeks=1)
    assert [line.at - NOW for line in out.lines if line.kind == "set_field"] == [
        timedelta(days=1),
        timedelta(days=3),
    ]
    assert out.waits is WaitsFor.REPLY


def test_the_clock_never_goes_back() -> None:
    later = NOW + timedelta(days=5)
    out = played(
        chain(ask()),
        JumpTo(moment=later),
        JumpTo(moment=NOW),
        JumpTo(moment=NOW.replace(tzinfo=None)),
    )

    assert out.now == later
    assert played(chain(ask()), NextWait()).problems == (PlayProblem(code="nothing_waits"),)


def test_a_message_that_nothing_waits_for_answers_no_later_question() -> None:
    pause = chain(wait(1), ask("Ready?", save_as="a"), Goal())

    out = played(pause, Write(text="early"), Write(text="second"), NextWait())

    assert talk(out) == [
        "< hi",
        "< early",
        "* unheard",
        "< second",
        "* unheard",
        "* jumped",
        "> Ready?",
    ]
    assert (out.answers, out.ended) == ({}, None)
    assert played(pause, NextWait(), Write(text="a"), Write(text="b")).problems == (
        PlayProblem(code="after_end"),
    )


def test_effects_change_only_the_customer_of_the_test() -> None:
    steps: tuple[Data, ...] = (
        SetLabel(label="l2"), SetLabel(label="l1", action="remove"), SetGroup(group="g"), Consent(),
        SetField(field="city", value="{{contact.name}}"), SetField(field="name"), Assign(users=("u",)),
        WriteNote(text="note"), StartAutomation(automation="x", wait=True), HandOver(note="help"),
    )  # fmt: skip
    person = Person(fields={"name": "Ana"}, labels=("l1",))

    out = played(chain(*steps), person=person)

    assert out.labels == frozenset({"l2"})
    assert out.groups == frozenset({"g"})
    assert (out.consent, out.fields) == ("allowed", {"city": "Ana"})
    assert person.labels == ("l1",)
    assert [line.kind for line in out.lines if line.side == "event"] == [
        step.TYPE for step in steps
    ]
    assert out.ended == Ended(ending=Ending.HANDED_OVER)


def test_later_nodes_see_what_effects_changed() -> None:
    held = Conditions(groups=(Group(conditions=(Condition(subject=Subject.LABEL, name="l"),)),))
    out = played(
        graph(
            {"label": SetLabel(label="l"), "if": Branch(when=held), "yes": Goal()},
            "label > if",
            "if.yes > yes",
        )
    )

    assert out.ended == Ended(ending=Ending.GOAL)


def test_a_request_plays_its_recorded_answer() -> None:
    call = HttpRequest(
        url="https://a.test", recorded='{"id": 5}', picks=(Pick(path="id", save_as="order"),)
    )

    def calling(recorded: str) -> PlayOut:
        return played(
            chain(
                HttpRequest(url=call.url, recorded=recorded, picks=call.picks),
                say("{{answer.order|none}}"),
            )
        )

    assert talk(calling(call.recorded))[-1] == "> 5"
    assert calling("").problems == (PlayProblem(code="no_recorded", node="n1"),)
    assert talk(calling(""))[-1] == "> none"
    for wrong in ("{", "<html>", "[" * 100_000):
        assert calling(wrong).ended == Ended(ending=Ending.FAILED, reason="http_answer")


def test_nodes_that_name_nothing_fail() -> None:
    for node in (SendTemplate(), Assign(), StartAutomation(), SetField(), HttpRequest()):
        out = played(chain(node))
        assert out.ended is not None
        assert out.ended.ending is Ending.FAILED


def test_a_stop_word_ends_only_marketing() -> None:
    hello = chain(ask())
    marketing = graph({"a": ask()}, settings=Settings(marketing=True))

    assert played(hello, Write(text="STOP")).ended is None
    assert played(hello, Write(text="STOP")).consent == "stopped"
    out = played(marketing, Write(text="Stop!"), Write(text="hello?"))
    assert out.ended == Ended(ending=Ending.OPTED_OUT)
    assert out.lit[-1].left_at is not None
    assert played(hello, Write(text="STOP"), Write(text="START")).consent == "allowed"


def test_a_restart_word_starts_again() -> None:
    again = graph(
        {"a": ask("First?", save_as="a"), "b": ask("Second?")},
        "a.answered > b",
        settings=Settings(restart_words=("Menu",)),
    )

    out = played(again, Write(text="x"), Write(text="menú!"))

    assert talk(out)[-3:] == ["< menú!", "* restarted", "> First?"]
    assert (out.node, out.answers) == ("a", {})
    assert [(one.node, one.branch) for one in out.lit] == [
        ("a", "answered"),
        ("b", ""),
        ("a", None),
    ]


def test_only_what_is_there_can_be_tapped() -> None:
    choose = graph(
        {
            "a": offer("Size?", "S"),
            "b": SendTemplate(template="t"),
            "c": ask("Tap", AnswerType.ANY, save_as="c"),
        },
        "a.choice:s > b",
        "b > c",
    )

    assert played(choose, Tap(choice="l")).problems == (PlayProblem(code="no_such_choice"),)
    out = played(choose, Tap(choice="s"), Tap(choice="Yes please"))
    assert (out.lines[-1].kind, out.answers) == ("button", {"c": "Yes please"})


def test_every_kind_can_be_sent_anywhere() -> None:
    kinds = (
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "order",
        "unsupported",
    )
    for accepts in AnswerType:
        actions = tuple(Send(what=kind) for kind in kinds)  # type: ignore[arg-type]  # each of its kinds
        out = played(chain(ask("?", accepts, retries=20)), *actions)
        assert out.ended is not None or accepts not in {
            AnswerType.ANY,
            AnswerType.MEDIA,
            AnswerType.LOCATION,
        }


def test_a_test_that_would_never_end_is_cut_short() -> None:
    loop = graph({"a": wait(1, Unit.MINUTES)}, "a > a")

    out = played(loop, Jump(by=Duration(amount=12, unit=Unit.MONTHS)))

    assert out.problems == (PlayProblem(code="too_long", node="a"),)
    assert played(chain(ask()), *([Write(text="x")] * 501)).problems[-1].code == "too_long"
    assert (
        play(loop, PlayIn(at=NOW, actions=(JumpTo(moment=NOW.replace(year=9999)),))).ended
        is not None
    )


def test_a_long_way_round_between_short_waits_is_cut_short() -> None:
    conditions = {f"c{place}": Branch() for place in range(150)}
    names = [*conditions, "a"]
    ways = [
        f"{name}.{branch} > {after}" for name, after in pairwise(names) for branch in ("yes", "no")
    ]
    loop = graph({"a": wait(1, Unit.MINUTES), **conditions}, "a > c0", *ways)

    out = played(loop, Jump(by=Duration(amount=1, unit=Unit.MONTHS)))

    assert out.problems == (PlayProblem(code="too_long", node="a"),)
    assert len(out.lit) < MOST_LIT + MOST_STEPS


def test_a_test_begins_where_it_is_told_to() -> None:
    two = graph({"a": say("a"), "b": say("{{answer.order}}")}, "a > b")

    out = played(two, node="b", answers={"order": "7"})

    assert talk(out) == ["< hi", "> 7"]
    assert out.edges == (("b", "next"),)
    assert played(graph({})).ended == Ended(ending=Ending.FAILED, reason="node_missing")
    assert played(two, node="gone").ended == Ended(ending=Ending.FAILED, reason="node_missing")


def test_a_month_with_forty_nodes_plays_within_a_second() -> None:
    nodes: list[Data] = []
    for _ in range(10):
        hello, sure = say("Hello {{contact.first_name}}"), ask("Fine?", save_as="a", field="a")
        nodes += [hello, sure, SetLabel(label="l"), wait(3, Unit.DAYS)]
    early = Jump(by=Duration(amount=60))
    open_again = Write(text="Still there?")  # the window, for what follows the wait
    day: list[Action] = [Write(text="yes"), early, open_again, NextWait()]
    actions = day * 10
    start = time.process_time()

    out = played(chain(*nodes), *actions)

    assert time.process_time() - start < 1
    assert len({one.node for one in out.lit}) == 40
    assert out.now == NOW + timedelta(days=30)
    assert out.ended == Ended(ending=Ending.COMPLETED)


def test_the_same_script_shows_the_same() -> None:
    flow = chain(say("a"), ask(save_as="x"), TimeGap(wait=A_DAY), say("{{answer.x}}"))
    actions = (Write(text="1"), NextWait())

    assert played(flow, *actions) == played(flow, *actions)
