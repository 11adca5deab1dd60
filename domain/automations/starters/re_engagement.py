"""Re-engagement before the window closes: ask while a free message can still leave."""

from domain.automations.nodes import (
    AnswerType,
    Duration,
    End,
    Goal,
    HandOver,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.starters.drawing import drawn, node, says, start, with_buttons
from domain.automations.triggers import Entry, ReEntry, WindowTrigger

_LEAD = Duration(amount=2, unit=Unit.HOURS)
_ONCE_A_WEEK = ReEntry(rule=Entry.ONCE_A_PERIOD, period=Duration(amount=1, unit=Unit.WEEKS))
_PATIENCE = Duration(amount=90, unit=Unit.MINUTES)


def _after(hours: int) -> TimeGap:
    return TimeGap(wait=Duration(amount=hours, unit=Unit.HOURS))


GRAPH = drawn(
    start(
        "closing",
        "Two hours before the window closes",
        WindowTrigger(lead=_LEAD, entry=_ONCE_A_WEEK),
        "ask",
    ),
    node(
        "ask",
        "Is something still open?",
        UserReply(
            ask=with_buttons(
                "Hi {{contact.first_name|there}}, did you get everything you need?",
                done="Yes, thank you",
                question="I have a question",
                later="Remind me later",
            ),
            save_as="state",
            retries=0,
            timeout=_PATIENCE,
        ),
        pick_done="thank",
        pick_question="team",
        pick_later="remind",
        other="team",
        timeout="end",
    ),
    node("thank", "Thank", says("Glad to hear that. Have a good day!"), "goal"),
    node("goal", "All is well", Goal(name="All is well")),
    node("team", "Hand over", HandOver(note="Has a question before the window closes.")),
    node(
        "remind",
        "When to go on?",
        UserReply(
            ask=with_buttons(
                "Of course. When shall we write to you?",
                evening="In four hours",
                tomorrow="In twenty hours",
            ),
            accepts=AnswerType.CHOICE,
            timeout=_PATIENCE,
        ),
        pick_evening="four_hours",
        pick_tomorrow="twenty_hours",
        other="team",
        timeout="end",
    ),
    node("four_hours", "Wait four hours", _after(4), "again"),
    node("twenty_hours", "Wait twenty hours", _after(20), "again"),
    node("again", "Ask again", says("Hello again! How can we help you?"), "end"),
    node("end", "End", End()),
)
"""The starter."""
