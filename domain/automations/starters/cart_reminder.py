"""Cart reminder over three days: the shop reports a cart, templates remind until the customer replies."""

from domain.automations.graphs import Settings
from domain.automations.nodes import (
    Consent,
    Duration,
    End,
    Goal,
    HandOver,
    KeywordCase,
    KeywordCatch,
    SendTemplate,
    TimeGap,
    Unit,
    UserReply,
)
from domain.automations.starters.drawing import Piece, drawn, node, says, start
from domain.automations.triggers import Entry, HookValue, ReEntry, WebhookTrigger

_HOUR = Duration(amount=1, unit=Unit.HOURS)
_DAY = Duration(amount=1, unit=Unit.DAYS)


def _reminder(name: str, title: str, following: str) -> tuple[Piece, Piece]:
    reply = f"{name}_reply"
    wait = UserReply(save_as="reply", timeout=_DAY)
    return (
        node(name, title, SendTemplate(), reply, failed="end"),
        node(reply, "Wait a day for a reply", wait, answered="meaning", timeout=following),
    )


GRAPH = drawn(
    start(
        "cart",
        "The shop reports a cart",
        WebhookTrigger(
            phone_path="customer.phone",
            name_path="customer.name",
            create=True,
            values=(HookValue(path="cart.id", save_as="cart"),),
            entry=ReEntry(rule=Entry.ONE_AT_A_TIME),
        ),
        "first_hour",
    ),
    node("first_hour", "Wait an hour", TimeGap(wait=_HOUR), "first"),
    *_reminder("first", "First reminder", "second"),
    *_reminder("second", "Second reminder", "third"),
    *_reminder("third", "Last reminder", "end"),
    node(
        "meaning",
        "What do they say?",
        KeywordCatch(
            cases=(
                KeywordCase(id="bought", words=("bought", "ordered", "paid", "done")),
                KeywordCase(id="no", words=("no", "not interested", "no thanks")),
            )
        ),
        pick_bought="thank",
        pick_no="understood",
        other="question",
    ),
    node("thank", "Thank", says("Wonderful, thank you for your order! 🎉"), "goal"),
    node("goal", "Bought", Goal(name="Bought")),
    node("understood", "Confirm", says("Understood, we will not remind you again."), "leave_alone"),
    node("leave_alone", "No more marketing", Consent(action="stop"), "end"),
    node(
        "question",
        "Hand over",
        HandOver(note="Replied to a cart reminder: {{answer.reply}}"),
    ),
    node("end", "End", End()),
    settings=Settings(marketing=True),
)
"""The starter; its templates and the number that sends are still to be chosen."""
