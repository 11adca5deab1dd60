"""Welcome and qualify: greet, ask what somebody wants and how to reach them, brief the team."""

from domain.automations.contents import Text
from domain.automations.nodes import (
    AnswerType,
    Duration,
    End,
    HandOver,
    Unit,
    UserReply,
    WriteNote,
)
from domain.automations.starters.drawing import drawn, node, says, start, with_buttons
from domain.automations.triggers import FirstMessageTrigger

_QUIET = Duration(amount=90, unit=Unit.DAYS)
_PATIENCE = Duration(amount=12, unit=Unit.HOURS)

GRAPH = drawn(
    start("first", "First message", FirstMessageTrigger(quiet=_QUIET), "greet"),
    node(
        "greet",
        "Greet",
        says("Hello {{contact.first_name|there}} 👋 Thanks for writing to us."),
        "interest",
    ),
    node(
        "interest",
        "What brings you here?",
        UserReply(
            ask=with_buttons(
                "What brings you here today?",
                buy="I want to buy",
                looking="Just looking",
                customer="I am a customer",
            ),
            save_as="interest",
            retry_text="Please tap one of the buttons, so that we find the right person for you.",
            timeout=_PATIENCE,
        ),
        pick_buy="email",
        pick_looking="looking",
        pick_customer="brief_customer",
        other="brief_other",
        timeout="end",
    ),
    node(
        "email",
        "Ask for an email address",
        UserReply(
            ask=Text(text="Great! Which email address may we send our offer to?"),
            accepts=AnswerType.EMAIL,
            save_as="email",
            retries=2,
            retry_text="That does not look like an email address. Could you check it?",
            timeout=_PATIENCE,
        ),
        answered="thank",
        other="brief_other",
        timeout="brief_other",
    ),
    node("thank", "Thank", says("Thank you! You will hear from us soon."), "brief_buyer"),
    node(
        "brief_buyer",
        "Brief the team",
        WriteNote(text="Wants to buy. Email: {{answer.email}}"),
        "hand_over",
    ),
    node("hand_over", "Hand over to sales", HandOver(note="A new lead, ready to buy.")),
    node(
        "brief_customer",
        "Hand over a customer",
        HandOver(note="Says: {{answer.interest}}. Please look at their last order."),
    ),
    node(
        "brief_other",
        "Hand over the rest",
        HandOver(note="Did not fit the questions. Please read the conversation."),
    ),
    node(
        "looking",
        "Let them look around",
        says("Take your time. Write to us whenever you have a question."),
        "end",
    ),
    node("end", "End", End()),
)
"""The starter."""
