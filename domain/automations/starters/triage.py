"""Support triage: sort the request, collect what the team needs, hand over, by working hours."""

from domain.automations.conditions import Condition, Conditions, Group, Hours, Subject
from domain.automations.contents import Text
from domain.automations.nodes import (
    AnswerType,
    Branch,
    Duration,
    HandOver,
    Unit,
    UserReply,
    WriteNote,
)
from domain.automations.starters.drawing import drawn, node, says, start, with_buttons
from domain.automations.triggers import KeywordTrigger

_WORDS = ("help", "support", "problem", "broken", "complaint", "refund")
_PATIENCE = Duration(amount=8, unit=Unit.HOURS)
_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
_HOURS = Hours(days=dict.fromkeys(_WORKDAYS, ("09:00-17:00",)))
_OPEN = Conditions(
    groups=(Group(conditions=(Condition(subject=Subject.HOURS, value="open"),)),),
)
_BRIEF = "Topic: {{answer.topic|unknown}}. Order: {{answer.order|not given}}. Says: {{answer.details|nothing more}}"

GRAPH = drawn(
    start("asks", "Asks for help", KeywordTrigger(words=_WORDS), "topic"),
    node(
        "topic",
        "What is it about?",
        UserReply(
            ask=with_buttons(
                "Sorry to hear that. What is it about?",
                order="An order",
                payment="A payment",
                other="Something else",
            ),
            accepts=AnswerType.CHOICE,
            save_as="topic",
            retry_text="Please tap what it is about, so that the right person answers.",
            timeout=_PATIENCE,
        ),
        pick_order="number",
        pick_payment="number",
        pick_other="details",
        other="brief",
        timeout="brief",
    ),
    node(
        "number",
        "Ask for the order number",
        UserReply(
            ask=Text(text="What is your order number? It stands at the top of your receipt."),
            accepts=AnswerType.TEXT,
            save_as="order",
            retry_text="Please write the order number as text.",
            timeout=_PATIENCE,
        ),
        answered="details",
        other="brief",
        timeout="brief",
    ),
    node(
        "details",
        "Ask for details",
        UserReply(
            ask=Text(text="What happened? A photo helps, too."),
            save_as="details",
            timeout=_PATIENCE,
        ),
        answered="brief",
        timeout="brief",
    ),
    node("brief", "Brief the team", WriteNote(text=_BRIEF), "hours"),
    node("hours", "Are we open?", Branch(when=_OPEN, hours=_HOURS), yes="now", no="later"),
    node("now", "Somebody is here", says("Thank you! A colleague answers shortly."), "team"),
    node(
        "later",
        "We are closed",
        says("Thank you! We are closed now and answer on the next working day from 9:00."),
        "team",
    ),
    node("team", "Hand over", HandOver(note="Please answer; the note says what it is about.")),
)
"""The starter."""
