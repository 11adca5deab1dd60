"""The automations that are measured."""

from datetime import datetime
from uuid import UUID

from domain.automations.contents import Text
from domain.automations.graphs import Graph
from domain.automations.nodes import Duration, End, SendTemplate, TimeGap, Unit, UserReply
from domain.automations.starters.drawing import Drawing, says
from domain.automations.triggers import KeywordTrigger, ManualTrigger, TimeTrigger

WORD = "quiz"
"""Starts ``questions``."""

THREE_DAYS = Duration(amount=3, unit=Unit.DAYS)
ROUNDS = 10


def questions() -> Graph:
    """A question after every answer, without an end."""
    drawing = Drawing()
    drawing.start("start", "A keyword", KeywordTrigger(words=(WORD,)), "ask")
    asked = UserReply(ask=Text(text="What comes next?"), save_as="answer")
    drawing.node("ask", "Question", asked, answered="again")
    asked = UserReply(ask=Text(text="You wrote {{answer.answer}}. And then?"), save_as="answer")
    drawing.node("again", "Next question", asked, answered="ask")
    return drawing.graph()


def reminder(channel: UUID, group: UUID, moment: datetime, template: SendTemplate) -> Graph:
    """At a moment a template to everybody in a group, then a wait for a reply, which is answered."""
    drawing = Drawing()
    trigger = TimeTrigger(
        moment=f"{moment:%Y-%m-%dT%H:%M:%S}", channel=str(channel), groups=(str(group),)
    )
    drawing.start("start", "A time", trigger, "remind")
    drawing.node("remind", "Remind", template, "reply")
    drawing.node("reply", "Wait for a reply", UserReply(save_as="reply"), answered="thank")
    drawing.node("thank", "Thank", says("Thank you, we are on it."), "end")
    drawing.node("end", "End", End())
    return drawing.graph()


def month() -> Graph:
    """Forty nodes over thirty days: a wait, a template, a wait for a reply and an answer to it, ten times."""
    drawing = Drawing()
    drawing.start("start", "By hand", ManualTrigger(), "wait0")
    for turn in range(ROUNDS):
        following = f"wait{turn + 1}" if turn + 1 < ROUNDS else ""
        drawing.node(f"wait{turn}", "Wait", TimeGap(wait=THREE_DAYS), f"send{turn}")
        template = SendTemplate(template="order_ready")
        drawing.node(f"send{turn}", "Remind", template, f"reply{turn}")
        reply = UserReply(save_as=f"reply{turn}")
        drawing.node(f"reply{turn}", "Wait for a reply", reply, answered=f"thank{turn}")
        drawing.node(f"thank{turn}", "Thank", says("Thank you."), following)
    return drawing.graph()
