"""The automation that people talk to, what each of them answers, and the path that follows from that."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.bench.automations import phones
from cli.bench.automations.phones import Body
from domain.automations.conditions import Condition, Conditions, Group, Operator, Subject
from domain.automations.contents import Text
from domain.automations.nodes import (
    AnswerType,
    Branch,
    Duration,
    End,
    Goal,
    KeywordCase,
    KeywordCatch,
    MatchMode,
    Unit,
    UserReply,
)
from domain.automations.play import Action, NextWait, PlayIn, PlayOut, Tap, Write, play
from domain.automations.starters.drawing import drawn, node, says, start, with_buttons, with_rows
from domain.automations.triggers import KeywordTrigger

WORD = "table"
TRIGGER = "start"
FIRST_PHONE = 34_697_000_000
A_DAY, A_MINUTE = Duration(amount=1, unit=Unit.DAYS), Duration(amount=1, unit=Unit.MINUTES)
AT = datetime(2027, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody does when a question has come: ``body`` is what they write, None if they let it pass."""

    action: Action
    body: Body | None


@dataclass(frozen=True, slots=True)
class Story:
    """A person, their answers, and how many messages they have got before each, and at the end."""

    phone: str
    answers: tuple[Answer, ...]
    before: tuple[int, ...]
    played: PlayOut

    @property
    def texts(self) -> list[str]:
        """What they are told, in order."""
        return [line.text for line in self.played.lines if line.side == "us"]


_SERVICES = with_buttons("What can we do?", book="Book", change="Change", cancel="Cancel")
_SURE = with_buttons("Is that right?", yes="Yes", later="Later")
_TIMES = with_rows(
    "When?", "Choose", (("noon", "Noon", ""), ("evening", "Evening", ""), ("night", "Night", ""))
)
_MORE_THAN_SIX = Conditions(
    groups=(
        Group(
            conditions=(
                Condition(
                    subject=Subject.ANSWER, name="many", operator=Operator.MORE_THAN, value="6"
                ),
            )
        ),
    )
)
_WISHES = (
    KeywordCase(id="window", words=("window", "view")),
    KeywordCase(id="quiet", words=("quiet", "silence"), mode=MatchMode.CONTAINS),
)

GRAPH = drawn(
    start(TRIGGER, "A keyword", KeywordTrigger(words=(WORD,)), "what"),
    node(
        "what", "What", UserReply(ask=_SERVICES, save_as="what", retry_text="Please tap one of these."),
        pick_book="booking", pick_change="changing", pick_cancel="cancelling", other="unclear",
    ),
    node("booking", "Booking", says("A new table, wonderful."), "many"),
    node("changing", "Changing", says("Let us change it."), "many"),
    node("cancelling", "Cancelling", says("What a pity."), "many"),
    node("unclear", "Unclear", says("We take that for a new table."), "many"),
    node(
        "many", "How many",
        UserReply(
            ask=Text(text="How many are you?"), accepts=AnswerType.NUMBER, save_as="many", retries=2,
            retry_text="Please write a number.",
        ),
        answered="large", other="alone",
    ),
    node("large", "Many?", Branch(when=_MORE_THAN_SIX), yes="hall", no="room"),
    node("hall", "Hall", says("{{answer.many}} people: in the hall."), "wish"),
    node("room", "Room", says("{{answer.many}} people: in the small room."), "wish"),
    node("alone", "Alone", says("We count one."), "wish"),
    node("wish", "Wish", UserReply(ask=Text(text="Any wish?")), answered="place"),
    node(
        "place", "Place", KeywordCatch(cases=_WISHES),
        pick_window="view", pick_quiet="corner", other="any",
    ),
    node("view", "View", says("At the window."), "sure"),
    node("corner", "Corner", says("In the corner."), "sure"),
    node("any", "Any", says("We write that down."), "sure"),
    node(
        "sure", "Sure?", UserReply(ask=_SURE, timeout=A_DAY),
        pick_yes="when", pick_later="patience", other="when", timeout="end",
    ),
    node(
        "patience", "Let them think", UserReply(timeout=A_MINUTE), answered="when", timeout="again"
    ),
    node("again", "Again", says("A minute is over."), "when"),
    node(
        "when", "When", UserReply(ask=_TIMES, save_as="when"),
        pick_noon="thank", pick_evening="thank", pick_night="closed", other="end",
    ),
    node("thank", "Thank", says("See you: {{answer.when}}."), "booked"),
    node("booked", "Booked", Goal(name="Booked")),
    node("closed", "Closed", says("At night we sleep."), "end"),
    node("end", "End", End()),
)  # fmt: skip
"""Five questions with branches: buttons, a number, keywords, a wait, a list."""


def stories(seed: int, count: int, *, patience: bool) -> list[Story]:
    """Everybody's answers; with ``patience`` some let a minute pass."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable plan, not a secret
    return [
        _story(str(FIRST_PHONE + number), _answers(chance, patience=patience))
        for number in range(count)
    ]


def _story(phone: str, answers: Sequence[Answer]) -> Story:
    def after(count: int) -> PlayOut:
        actions = tuple(answer.action for answer in answers[:count])
        return play(GRAPH, PlayIn(at=AT, trigger=TRIGGER, message=WORD, actions=actions))

    played = [after(count) for count in range(len(answers) + 1)]
    before = tuple(sum(line.side == "us" for line in one.lines) for one in played)
    return Story(phone, tuple(answers), before, played[-1])


def _answers(chance: random.Random, *, patience: bool) -> list[Answer]:
    what = [*_wrong(chance, "Hello?", 2), _tap(chance, ("Book", "Change", "Cancel"))]
    numbers = [*_wrong(chance, "a few", 3), _text(chance, ("2", "6", "7", "40"))]
    wish = _text(chance, ("a window please", "quiet!", "none", "with a view", "🙂"))
    sure = _tap(chance, ("Yes", "Later") if patience else ("Yes",))
    thinks = [Answer(NextWait(), None)] if sure.action == Tap(choice="later") else []
    when = _row(chance, ("Noon", "Evening", "Night"))
    return [*what[:2], *numbers[:3], wish, sure, *thinks, when]


def _wrong(chance: random.Random, words: str, most: int) -> list[Answer]:
    """Answers that do not fit; after ``most`` of them the automation goes on by itself."""
    wrong = chance.choice((0, 0, 0, 1, most))
    return [Answer(Write(text=words), phones.text(words))] * wrong


def _text(chance: random.Random, texts: Sequence[str]) -> Answer:
    words = chance.choice(texts)
    return Answer(Write(text=words), phones.text(words))


def _tap(chance: random.Random, titles: Sequence[str]) -> Answer:
    title = chance.choice(titles)
    return Answer(Tap(choice=title.lower()), phones.tap(title.lower(), title))


def _row(chance: random.Random, titles: Sequence[str]) -> Answer:
    """A row that is tapped, or whose title is typed."""
    title = chance.choice(titles)
    if chance.random() < 0.3:
        return Answer(Write(text=title.lower()), phones.text(title.lower()))
    return Answer(Tap(choice=title.lower()), phones.pick(title.lower(), title))
