"""The automations that are measured."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from domain.automations.contents import Text
from domain.automations.graphs import Graph
from domain.automations.nodes import Duration, End, SendTemplate, TimeGap, Unit, UserReply
from domain.automations.starters.drawing import Piece, drawn, node, says, start
from domain.automations.triggers import KeywordTrigger, ManualTrigger, TimeTrigger

WORD = "quiz"
"""Starts ``questions``."""

THREE_DAYS = Duration(amount=3, unit=Unit.DAYS)
ROUNDS = 10


def questions() -> Graph:
    """A question after every answer, without an end."""
    first = UserReply(ask=Text(text="What comes next?"), save_as="answer")
    then = UserReply(ask=Text(text="You wrote {{answer.answer}}. And then?"), save_as="answer")
    return drawn(
        start("start", "A keyword", KeywordTrigger(words=(WORD,)), "ask"),
        node("ask", "Question", first, answered="again"),
        node("again", "Next question", then, answered="ask"),
    )


def reminder(channel: UUID, group: UUID, moment: datetime, template: SendTemplate) -> Graph:
    """At a moment a template to everybody in a group, then a wait for a reply, which is answered."""
    trigger = TimeTrigger(
        moment=f"{moment:%Y-%m-%dT%H:%M:%S}", channel=str(channel), groups=(str(group),)
    )
    return drawn(
        start("start", "A time", trigger, "remind"),
        node("remind", "Remind", template, "reply"),
        node("reply", "Wait for a reply", UserReply(save_as="reply"), answered="thank"),
        node("thank", "Thank", says("Thank you, we are on it."), "end"),
        node("end", "End", End()),
    )


def month() -> Graph:
    """Forty nodes over thirty days: a wait, a template, a wait for a reply and an answer to it, ten times."""
    rounds = [piece for turn in range(ROUNDS) for piece in _round(turn)]
    return drawn(start("start", "By hand", ManualTrigger(), "wait0"), *rounds)


def _round(turn: int) -> Iterator[Piece]:
    following = f"wait{turn + 1}" if turn + 1 < ROUNDS else ""
    reply = UserReply(save_as=f"reply{turn}")
    yield node(f"wait{turn}", "Wait", TimeGap(wait=THREE_DAYS), f"send{turn}")
    yield node(f"send{turn}", "Remind", SendTemplate(template="order_ready"), f"reply{turn}")
    yield node(f"reply{turn}", "Wait for a reply", reply, answered=f"thank{turn}")
    yield node(f"thank{turn}", "Thank", says("Thank you."), following)
