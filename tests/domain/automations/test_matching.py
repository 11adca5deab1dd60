"""Which automation takes what happened, and what every other one is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.matching import Candidate, Happening, Verdict, choose
from domain.automations.nodes import Duration, MatchMode, Unit
from domain.automations.states import Facts
from domain.automations.triggers import (
    ButtonTrigger,
    CampaignReplyTrigger,
    FieldTrigger,
    FirstMessageTrigger,
    GroupTrigger,
    KeywordTrigger,
    LabelTrigger,
    ManualTrigger,
    MessageTrigger,
    OptInTrigger,
    TimeTrigger,
    Trigger,
    WebhookTrigger,
    WindowTrigger,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
IN_LISBON = Conditions(groups=(Group(conditions=(Condition(name="city", value="Lisbon"),)),))


def facts(**more: Any) -> Facts:
    known = {"language": "pt_BR", "fields": {"city": "Porto"}, **more}
    return Facts(now=NOW, zone=UTC, our_zone=UTC, **known)


def candidate(name: str, trigger: Trigger) -> Candidate:
    return Candidate(automation=name, name=name, version=1, trigger_id="t", trigger=trigger)


def judge(happening: Happening, *triggers: Trigger, **more: Any) -> Verdict:
    """The verdict over automations a, b, c, …"""
    named = zip("abcdefghijklmnop", triggers, strict=False)
    return choose(happening, facts(**more), [candidate(name, one) for name, one in named])


def why(trigger: Trigger, happening: Happening, **more: Any) -> str:
    return judge(happening, trigger, **more).judged[0].why.key


def winner(verdict: Verdict) -> str | None:
    return verdict.winner.name if verdict.winner else None


def says(text: str, **more: Any) -> Happening:
    return Happening(text=text, channel="one", **more)


HOLA = KeywordTrigger(words=("hola", "olá"))
BEFORE = NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("trigger", "happening", "key"),
    [
        (MessageTrigger(), says("x"), "automation_match_won"),
        (MessageTrigger(channels=("two",)), says("x"), "automation_match_channel"),
        (MessageTrigger(kinds=("image",)), says("x"), "automation_match_kind"),
        (MessageTrigger(), says("", kind="reaction"), "automation_match_kind"),
        (MessageTrigger(kinds=("reaction",)), says("", kind="reaction"), "automation_match_won"),
        (MessageTrigger(filters=IN_LISBON), says("x"), "automation_match_filters"),
        (HOLA, says("Hey, OLA!"), "automation_match_won.keyword"),
        (HOLA, says("holanda"), "automation_match_words"),
        (KeywordTrigger(words=("👍",)), says("👍", kind="reaction"), "automation_match_kind"),
        (KeywordTrigger(words=("x",), languages=("es",)), says("x"), "automation_match_language"),
        (
            KeywordTrigger(words=("x",), languages=("pt",)),
            says("x"),
            "automation_match_won.keyword",
        ),
        (
            KeywordTrigger(words=("x",), languages=("pt-BR",)),
            says("x"),
            "automation_match_won.keyword",
        ),
        (
            KeywordTrigger(words=("x",), languages=("pt_PT",)),
            says("x"),
            "automation_match_language",
        ),
        (ButtonTrigger(payloads=("buy",)), says("Buy now"), "automation_match_tap"),
        (ButtonTrigger(payloads=("buy",)), says("Go", payload="buy"), "automation_match_won"),
        (ButtonTrigger(payloads=("Go on",)), says("go on", payload="1"), "automation_match_won"),
        (ButtonTrigger(payloads=("buy",)), says("", payload="sell"), "automation_match_payload"),
        (FirstMessageTrigger(), says("x"), "automation_match_won"),
        (FirstMessageTrigger(), says("x", previous_at=BEFORE), "automation_match_first"),
        (FirstMessageTrigger(), says("x", kind="reaction"), "automation_match_kind"),
        (
            FirstMessageTrigger(quiet=Duration(amount=3, unit=Unit.DAYS)),
            says("x", previous_at=BEFORE),
            "automation_match_won",
        ),
        (
            FirstMessageTrigger(quiet=Duration(amount=4, unit=Unit.DAYS)),
            says("x", previous_at=BEFORE),
            "automation_match_first.quiet",
        ),
        (CampaignReplyTrigger(), says("x"), "automation_match_reply"),
        (CampaignReplyTrigger(), says("x", kind="reaction"), "automation_match_kind"),
        (CampaignReplyTrigger(), says("x", campaigns=frozenset("c")), "automation_match_won"),
        (
            CampaignReplyTrigger(campaigns=("d",)),
            says("x", campaigns=frozenset("c")),
            "automation_match_reply.other",
        ),
        (LabelTrigger(labels=("a",)), says("x"), "automation_match_event"),
        (
            LabelTrigger(labels=("a",)),
            Happening(what="label_added", name="a"),
            "automation_match_won",
        ),
        (
            LabelTrigger(labels=("a",)),
            Happening(what="label_added", name="b"),
            "automation_match_event",
        ),
        (
            GroupTrigger(groups=("a",)),
            Happening(what="group_added", name="a"),
            "automation_match_won",
        ),
        (MessageTrigger(), Happening(what="group_added", name="a"), "automation_match_event"),
        (
            FieldTrigger(field="city", value="São Paulo"),
            Happening(what="field_changed", name="city", value="sao paulo"),
            "automation_match_won",
        ),
        (
            FieldTrigger(field="city", value="x"),
            Happening(what="field_changed", name="city", value="y"),
            "automation_match_value",
        ),
        (
            FieldTrigger(field="city"),
            Happening(what="field_changed", name="age", value="y"),
            "automation_match_event",
        ),
        (OptInTrigger(), Happening(what="opted_in"), "automation_match_won"),
        (OptInTrigger(), Happening(what="window"), "automation_match_event"),
        (WindowTrigger(), Happening(what="window"), "automation_match_won"),
        (
            WindowTrigger(lead=Duration(amount=2)),
            Happening(what="window"),
            "automation_match_event",
        ),
        (ManualTrigger(), says("x"), "automation_match_event"),
        (TimeTrigger(), says("x"), "automation_match_event"),
        (WebhookTrigger(), Happening(what="opted_in"), "automation_match_event"),
    ],
)
def test_what_a_trigger_fits(trigger: Trigger, happening: Happening, key: str) -> None:
    assert why(trigger, happening) == key


def test_the_word_is_told() -> None:
    judged = judge(says("OLA amigo"), HOLA).judged[0]
    assert judged.why.params == {"word": "olá"}


def test_a_filter_that_holds_lets_it_through() -> None:
    verdict = judge(says("x"), MessageTrigger(filters=IN_LISBON), fields={"city": "lisbon"})
    assert winner(verdict) == "a"


def test_the_highest_priority_wins_then_the_more_specific_then_the_name() -> None:
    keyword, plain = KeywordTrigger(words=("x",)), MessageTrigger()
    urgent = MessageTrigger(priority=5)
    first = judge(says("x"), plain, urgent, keyword)
    assert winner(first) == "b"
    assert [one.why.key for one in first.judged] == [
        "automation_match_won",
        "automation_match_lost.priority",
        "automation_match_lost.priority",
    ]
    assert first.judged[1].why.params == {"name": "b", "priority": 5, "own": 0}
    second = judge(says("x"), plain, keyword)
    assert winner(second) == "b"
    assert second.judged[1].why.key == "automation_match_lost.specific"
    third = judge(says("x"), plain, plain)
    assert winner(third) == "a"
    assert third.judged[1].why.key == "automation_match_lost.order"


def test_triggers_are_specific_in_this_order() -> None:
    happening = says("x", payload="x", campaigns=frozenset("c"))
    verdict = judge(
        happening, MessageTrigger(), FirstMessageTrigger(), CampaignReplyTrigger(),
        ButtonTrigger(payloads=("x",)), KeywordTrigger(words=("x",)),
    )  # fmt: skip
    assert [one.candidate.name for one in verdict.judged] == ["e", "d", "c", "b", "a"]


def test_a_second_trigger_of_the_winner_is_told_so() -> None:
    both = [candidate("a", MessageTrigger()), candidate("a", KeywordTrigger(words=("x",)))]
    verdict = choose(says("x"), facts(), both)
    assert [one.why.key for one in verdict.judged] == [
        "automation_match_won.keyword",
        "automation_match_lost.own",
    ]


def test_what_is_no_message_starts_all_that_fit() -> None:
    label = LabelTrigger(labels=("a",))
    verdict = judge(Happening(what="label_added", name="a"), label, label, MessageTrigger())
    assert [one.name for one in verdict.fitting] == ["a", "b"]
    assert {one.why.key for one in verdict.judged if one.fits} == {"automation_match_won"}


def test_nobody_takes_what_nobody_wants() -> None:
    verdict = judge(says("x"), HOLA)
    assert (verdict.winner, verdict.fitting) == (None, ())
    assert judge(says("x")).judged == ()


@given(
    st.permutations(
        [
            KeywordTrigger(words=("x",), mode=MatchMode.CONTAINS),
            MessageTrigger(priority=1),
            MessageTrigger(),
            FirstMessageTrigger(priority=1),
            HOLA,
        ]
    )
)
def test_the_order_of_candidates_means_nothing(triggers: list[Trigger]) -> None:
    named = {id(one): f"{type(one).__name__}{one.priority}" for one in triggers}
    listed = [candidate(named[id(one)], one) for one in triggers]
    verdict = choose(says("x"), facts(), listed)
    assert winner(verdict) == "FirstMessageTrigger1"
    assert len(verdict.judged) == len(triggers)


def test_subjects_of_the_message_decide_filters_too() -> None:
    about = Conditions(
        groups=(Group(conditions=(Condition(subject=Subject.DAY, value="sat"),)),),
    )
    assert winner(judge(says("x"), MessageTrigger(filters=about))) == "a"
