"""Cart reminder over three days: the shop reports a cart, templates remind until the customer replies."""

from domain.automations.graphs import Graph, Settings
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
from domain.automations.starters.drawing import Drawing, says
from domain.automations.triggers import Entry, HookValue, ReEntry, WebhookTrigger

_HOUR = Duration(amount=1, unit=Unit.HOURS)
_DAY = Duration(amount=1, unit=Unit.DAYS)


def graph() -> Graph:
    """The starter; its templates and the number that sends are still to be chosen."""
    drawing = Drawing()
    trigger = WebhookTrigger(
        phone_path="customer.phone",
        name_path="customer.name",
        create=True,
        values=(HookValue(path="cart.id", save_as="cart"),),
        entry=ReEntry(rule=Entry.ONE_AT_A_TIME),
    )
    drawing.start("cart", "The shop reports a cart", trigger, "first_hour")
    drawing.node("first_hour", "Wait an hour", TimeGap(wait=_HOUR), "first")
    for name, title, following in (
        ("first", "First reminder", "second"),
        ("second", "Second reminder", "third"),
        ("third", "Last reminder", "end"),
    ):
        drawing.node(name, title, SendTemplate(), f"{name}_reply", failed="end")
        drawing.node(
            f"{name}_reply",
            "Wait a day for a reply",
            UserReply(save_as="reply", timeout=_DAY),
            answered="meaning",
            timeout=following,
        )
    _reply(drawing)
    drawing.node("end", "End", End())
    return drawing.graph(Settings(marketing=True))


def _reply(drawing: Drawing) -> None:
    drawing.node(
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
    )
    drawing.node("thank", "Thank", says("Wonderful, thank you for your order! 🎉"), "goal")
    drawing.node("goal", "Bought", Goal(name="Bought"))
    understood = says("Understood, we will not remind you again.")
    drawing.node("understood", "Confirm", understood, "leave_alone")
    drawing.node("leave_alone", "No more marketing", Consent(action="stop"), "end")
    drawing.node(
        "question",
        "Hand over",
        HandOver(note="Replied to a cart reminder: {{answer.reply}}"),
    )
