"""Three starters as a designer plays them: answered, asked again, over days, and across the window."""

from dataclasses import replace

from domain.automations import starters
from domain.automations.graphs import Graph
from domain.automations.nodes import Duration, SendTemplate, Unit
from domain.automations.play import (
    Action,
    Jump,
    NextWait,
    PlayIn,
    PlayOut,
    PlayProblem,
    Send,
    Tap,
    Write,
    play,
)
from domain.automations.states import Ended, Ending
from tests.domain.automations.test_play import ANA, talk
from tests.graphs import NOW


def graph(key: str) -> Graph:
    """A starter's graph; each template step sends the template of its own name."""
    drawn = next(one for one in starters.ALL if one.key == key).graph
    chosen = tuple(
        replace(node, data=SendTemplate(template=node.id))
        if isinstance(node.data, SendTemplate)
        else node
        for node in drawn.nodes
    )
    return replace(drawn, nodes=chosen)


def story(key: str, *actions: Action, message: str = "") -> PlayOut:
    drawn = graph(key)
    script = PlayIn(
        at=NOW, trigger=drawn.triggers[0].id, message=message, person=ANA, actions=actions
    )
    return play(drawn, script)


def hours(amount: int) -> Jump:
    return Jump(by=Duration(amount=amount, unit=Unit.HOURS))


def test_welcome_asks_again_until_it_has_an_address_and_briefs_the_team() -> None:
    out = story(
        "welcome",
        Write(text="something 🙂 {{contact.name}}"),
        Tap(choice="buy"),
        Write(text="@" * 4096),
        Send(what="audio"),
        Write(text="ana@example.com"),
        message="Hola\r\n👋",
    )

    assert talk(out) == [
        "< Hola\r\n👋",
        "> Hello Ana 👋 Thanks for writing to us.",
        "> What brings you here today?",
        "< something 🙂 {{contact.name}}",
        "> Please tap one of the buttons, so that we find the right person for you.",
        "< I want to buy",
        "> Great! Which email address may we send our offer to?",
        "< " + "@" * 4096,
        "> That does not look like an email address. Could you check it?",
        "< audio",
        "> That does not look like an email address. Could you check it?",
        "< ana@example.com",
        "> Thank you! You will hear from us soon.",
        "* note",
        "* hand_over",
    ]
    assert out.lines[-2].detail == {"note": "Wants to buy. Email: ana@example.com"}
    assert out.ended == Ended(ending=Ending.HANDED_OVER)


def test_welcome_lets_go_of_who_says_nothing() -> None:
    out = story("welcome", NextWait(), Write(text="sorry, I was away"), message="Hola")

    assert out.edges[-1] == ("interest", "timeout")
    assert out.ended == Ended(ending=Ending.COMPLETED)
    assert out.problems == (PlayProblem(code="after_end"),)


def test_the_cart_is_remembered_for_three_days_across_the_window() -> None:
    out = story("cart_reminder", Write(text="too early"), hours(1), hours(24), hours(24), hours(24))

    assert talk(out) == [
        "< too early", "* unheard", "* jumped", "> first", "* jumped", "> second", "* jumped", "> third", "* jumped",
    ]  # fmt: skip
    assert not out.window_open
    assert [node for node, branch in out.edges if branch == "timeout"] == [
        "first_reply", "second_reply", "third_reply",
    ]  # fmt: skip
    assert out.ended == Ended(ending=Ending.COMPLETED)


def test_a_reply_ends_the_reminders_by_what_it_says() -> None:
    bought = story("cart_reminder", hours(25), Write(text="I have PAID already, gracias 🎉"))
    declined = story("cart_reminder", hours(2), Write(text="No thanks"))
    asked = story("cart_reminder", hours(2), Write(text="Is it {{answer.cart}}?"))
    stopped = story("cart_reminder", hours(2), Write(text="STOP"))

    assert talk(bought)[-2:] == [
        "< I have PAID already, gracias 🎉",
        "> Wonderful, thank you for your order! 🎉",
    ]
    assert bought.ended == Ended(ending=Ending.GOAL)
    assert (declined.consent, declined.ended) == ("stopped", Ended(ending=Ending.COMPLETED))
    assert asked.lines[-1].detail == {"note": "Replied to a cart reminder: Is it {{answer.cart}}?"}
    assert asked.ended == Ended(ending=Ending.HANDED_OVER)
    assert (stopped.consent, stopped.ended) == ("stopped", Ended(ending=Ending.OPTED_OUT))


def test_an_appointment_is_asked_for_again_changed_and_booked() -> None:
    out = story(
        "appointment",
        Write(text="hm"),
        Tap(choice="treatment"),
        Write(text="soon"),
        Write(text="31/02/2027"),
        Write(text="24/11/2027"),
        Write(text="around NOON"),
        Tap(choice="change"),
        Write(text="1/12/2027"),
        Tap(choice="morning"),
        Tap(choice="yes"),
        message="I want to book",
    )

    assert [branch for node, branch in out.edges if node in {"day", "confirm"}] == [
        "answered", "choice:change", "answered", "choice:yes",
    ]  # fmt: skip
    unread = "> I could not read that as a day. Please write it like 24/11/2027."
    assert talk(out).count(unread) == 2
    assert "> Treatment on 2027-12-01, Morning. Is that right?" in talk(out)
    assert talk(out)[-3:] == [
        "* note", "> Thank you! We will confirm the exact time in a moment. 📅", "* hand_over",
    ]  # fmt: skip
    assert out.answers == {"service": "Treatment", "day": "2027-12-01", "time": "Morning"}


def test_an_appointment_without_a_day_is_for_the_team_and_without_an_answer_for_later() -> None:
    unread = story(
        "appointment",
        Tap(choice="follow_up"),
        *(Write(text="someday") for _ in range(3)),
        message="book",
    )
    silent = story("appointment", hours(5), message="book")

    assert unread.edges[-1] == ("day", "other")
    assert unread.ended == Ended(ending=Ending.HANDED_OVER)
    assert "> No hurry. Write “appointment” whenever you want to go on." in talk(silent)
    assert silent.ended == Ended(ending=Ending.COMPLETED)
