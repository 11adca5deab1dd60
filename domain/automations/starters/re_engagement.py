"""Re-engagement before the window closes: ask while a free message can still leave."""

from domain.automations.graphs import Graph
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
from domain.automations.starters.drawing import Drawing, says, with_buttons
from domain.automations.triggers import Entry, ReEntry, WindowTrigger

_LEAD = Duration(amount=2, unit=Unit.HOURS)
_ONCE_A_WEEK = ReEntry(rule=Entry.ONCE_A_PERIOD, period=Duration(amount=1, unit=Unit.WEEKS))
_PATIENCE = Duration(amount=90, unit=Unit.MINUTES)


def graph() -> Graph:
    """The starter."""
    drawing = Drawing()
    trigger = WindowTrigger(lead=_LEAD, entry=_ONCE_A_WEEK)
    drawing.start("closing", "Two hours before the window closes", trigger, "ask")
    drawing.node(
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
    )
    drawing.node("thank", "Thank", says("Glad to hear that. Have a good day!"), "goal")
    drawing.node("goal", "All is well", Goal(name="All is well"))
    drawing.node("team", "Hand over", HandOver(note="Has a question before the window closes."))
    drawing.node(
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
    )
    _reminders(drawing)
    drawing.node("end", "End", End())
    return drawing.graph()


def _reminders(drawing: Drawing) -> None:
    for name, hours in (("four_hours", 4), ("twenty_hours", 20)):
        wait = TimeGap(wait=Duration(amount=hours, unit=Unit.HOURS))
        drawing.node(name, f"Wait {hours} hours", wait, "again")
    drawing.node("again", "Ask again", says("Hello again! How can we help you?"), "end")
