"""Opt-in with double confirmation: asked for, confirmed, and only then written down."""

from domain.automations.nodes import AnswerType, Consent, Duration, End, Goal, Unit, UserReply
from domain.automations.starters.drawing import drawn, node, says, start, with_buttons
from domain.automations.triggers import KeywordTrigger

_PATIENCE = Duration(amount=20, unit=Unit.HOURS)
_WORDS = ("subscribe", "newsletter", "news", "offers")

GRAPH = drawn(
    start("asks", "Asks for news", KeywordTrigger(words=_WORDS), "wants"),
    node(
        "wants",
        "Ask",
        UserReply(
            ask=with_buttons(
                "Would you like to hear about offers and news here, about twice a month?",
                yes="Yes, please",
                no="No, thanks",
            ),
            accepts=AnswerType.CHOICE,
            retry_text="Please tap a button: yes or no.",
            timeout=_PATIENCE,
        ),
        pick_yes="sure",
        pick_no="declined",
        other="declined",
        timeout="end",
    ),
    node(
        "sure",
        "Ask again",
        UserReply(
            ask=with_buttons(
                "One more tap, so that nobody signs you up by mistake. You can write STOP at any time.",
                confirm="Confirm",
                cancel="Cancel",
            ),
            accepts=AnswerType.CHOICE,
            retry_text="Please tap “Confirm” or “Cancel”.",
            timeout=_PATIENCE,
        ),
        pick_confirm="agreed",
        pick_cancel="declined",
        other="declined",
        timeout="end",
    ),
    node("agreed", "Write down the consent", Consent(action="allow"), "welcome"),
    node(
        "welcome",
        "Welcome",
        says(
            "You are in, {{contact.first_name|welcome}}! 🎉 Write STOP whenever you have had enough."
        ),
        "goal",
    ),
    node("goal", "Opted in", Goal(name="Opted in")),
    node(
        "declined",
        "Respect a no",
        says("All right, we will not send you news. Write “subscribe” if you change your mind."),
        "end",
    ),
    node("end", "End", End()),
)
"""The starter; it is no marketing itself, since whoever stopped it may ask for it again."""
