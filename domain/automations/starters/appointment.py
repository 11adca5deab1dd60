"""Appointment: a list of services, a day that is asked for again until it can be read, a time, and a confirmation."""

from domain.automations.contents import Text
from domain.automations.nodes import AnswerType, Duration, End, HandOver, Unit, UserReply, WriteNote
from domain.automations.starters.drawing import drawn, node, says, start, with_buttons, with_rows
from domain.automations.triggers import KeywordTrigger

_PATIENCE = Duration(amount=4, unit=Unit.HOURS)
_WORDS = ("appointment", "book", "booking", "reschedule")
_WISH = "Wants: {{answer.service}} on {{answer.day}}, {{answer.time}}."

GRAPH = drawn(
    start("asks", "Asks for an appointment", KeywordTrigger(words=_WORDS), "service"),
    node(
        "service",
        "Which service?",
        UserReply(
            ask=with_rows(
                "With pleasure! What is the appointment for?",
                "See services",
                (
                    ("consultation", "Consultation", "30 minutes, to get to know each other"),
                    ("treatment", "Treatment", "60 minutes"),
                    ("follow_up", "Follow-up", "15 minutes, after a treatment"),
                ),
            ),
            accepts=AnswerType.CHOICE,
            save_as="service",
            retries=2,
            retry_text="Please choose a service from the list.",
            timeout=_PATIENCE,
        ),
        pick_consultation="day",
        pick_treatment="day",
        pick_follow_up="day",
        other="help",
        timeout="later",
    ),
    node(
        "day",
        "Which day?",
        UserReply(
            ask=Text(text="Which day suits you? For example 24/11/2027."),
            accepts=AnswerType.DATE,
            save_as="day",
            retries=2,
            retry_text="I could not read that as a day. Please write it like 24/11/2027.",
            timeout=_PATIENCE,
        ),
        answered="time",
        other="help",
        timeout="later",
    ),
    node(
        "time",
        "What time?",
        UserReply(
            ask=with_buttons(
                "And what time of day?",
                morning="Morning",
                noon="Around noon",
                afternoon="Afternoon",
            ),
            accepts=AnswerType.CHOICE,
            save_as="time",
            retry_text="Please tap the time of day that suits you best.",
            timeout=_PATIENCE,
        ),
        pick_morning="confirm",
        pick_noon="confirm",
        pick_afternoon="confirm",
        other="help",
        timeout="later",
    ),
    node(
        "confirm",
        "Is that right?",
        UserReply(
            ask=with_buttons(
                "{{answer.service}} on {{answer.day}}, {{answer.time}}. Is that right?",
                yes="Yes, book it",
                change="Another day",
            ),
            accepts=AnswerType.CHOICE,
            retry_text="Shall we book it? Please tap a button.",
            timeout=_PATIENCE,
        ),
        pick_yes="note",
        pick_change="day",
        other="help",
        timeout="later",
    ),
    node("note", "Note the wish", WriteNote(text=_WISH), "thank"),
    node(
        "thank",
        "Thank",
        says("Thank you! We will confirm the exact time in a moment. 📅"),
        "book",
    ),
    node("book", "Hand over to the desk", HandOver(note="Please confirm the appointment.")),
    node("help", "Hand over", HandOver(note="Needs help to make an appointment.")),
    node(
        "later",
        "Come back any time",
        says("No hurry. Write “appointment” whenever you want to go on."),
        "end",
    ),
    node("end", "End", End()),
)
"""The starter."""
