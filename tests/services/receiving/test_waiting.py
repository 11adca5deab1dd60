"""Who waits for an answer, as deliveries tell it: customers, and answers written in the Business app."""

from datetime import datetime, timedelta
from typing import Any

from services import clock
from tests.deliveries import META, SENDER, as_bytes, envelope, value
from tests.services.receiving.conftest import Sessions, column, receive, said


def at(moment: datetime) -> dict[str, Any]:
    """When it was written, as Meta says it."""
    return {"timestamp": str(int(moment.timestamp()))}


def wrote(*messages: dict[str, Any]) -> bytes:
    """A delivery of a customer's messages."""
    return as_bytes(envelope(("messages", value(messages=list(messages)))))


def echoes(*messages: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The change that tells what somebody wrote in the Business app."""
    ours = [one | {"from": META["display_phone_number"], "to": SENDER} for one in messages]
    return "smb_message_echoes", value(message_echoes=ours)


def answered(*messages: dict[str, Any]) -> bytes:
    """A delivery of what somebody wrote in the Business app."""
    return as_bytes(envelope(echoes(*messages)))


def both(ours: dict[str, Any], theirs: dict[str, Any]) -> bytes:
    """A delivery with one message of each."""
    return as_bytes(envelope(("messages", value(messages=[theirs])), echoes(ours)))


async def waiting(sessions: Sessions) -> list[Any]:
    return await column(sessions, "waiting_since FROM conversations")


async def test_the_first_message_without_an_answer_counts(sessions: Sessions) -> None:
    first = clock.now().replace(microsecond=0) - timedelta(minutes=5)
    later = first + timedelta(minutes=2)
    await receive(sessions, wrote(said("Hello?", 1, **at(first)), said("Anybody?", 2, **at(later))))
    assert await waiting(sessions) == [first]
    await receive(
        sessions, wrote(said("??", 3, **at(later))), wrote(said("Hello?", 1, **at(first)))
    )
    assert await waiting(sessions) == [first]


async def test_an_answer_from_the_business_app_ends_the_wait(sessions: Sessions) -> None:
    now = clock.now().replace(microsecond=0)
    moments = [at(now - timedelta(minutes=ago)) for ago in (9, 8, 7, 6)]
    await receive(sessions, wrote(said("Hello?", 1, **moments[0])))
    await receive(sessions, answered(said("Yes?", 2, **moments[1])))
    assert await waiting(sessions) == [None]
    assert await column(sessions, "replied_at FROM conversations") == [now - timedelta(minutes=8)]
    await receive(sessions, both(said("Sure", 3, **moments[2]), said("Thanks!", 4, **moments[3])))
    assert await waiting(sessions) == [now - timedelta(minutes=6)]


async def test_question_and_answer_in_one_delivery_are_both_told(sessions: Sessions) -> None:
    now = clock.now().replace(microsecond=0)
    ago = [now - timedelta(minutes=minutes) for minutes in (9, 8, 7, 6)]
    await receive(sessions, both(said("Yes?", 2, **at(ago[1])), said("Hello?", 1, **at(ago[0]))))
    assert await waiting(sessions) == [None]
    assert await column(sessions, "opened_at FROM conversations") == [ago[0]]
    assert await column(sessions, "replied_at FROM conversations") == [ago[1]]
    await receive(sessions, wrote(said("And now?", 3, **at(ago[1]))))
    await receive(sessions, both(said("Now!", 4, **at(ago[2])), said("Thanks!", 5, **at(ago[3]))))
    assert await waiting(sessions) == [ago[3]]


async def test_an_answer_that_comes_late_ends_no_wait_that_began_after_it(
    sessions: Sessions,
) -> None:
    now = clock.now().replace(microsecond=0)
    await receive(sessions, wrote(said("Anybody?", 1, **at(now - timedelta(minutes=5)))))
    await receive(sessions, answered(said("Yes?", 2, **at(now - timedelta(minutes=6)))))
    assert await waiting(sessions) == [now - timedelta(minutes=5)]
