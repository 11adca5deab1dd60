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


def answered(*messages: dict[str, Any]) -> bytes:
    """A delivery of what somebody wrote in the Business app."""
    ours = [one | {"from": META["display_phone_number"], "to": SENDER} for one in messages]
    return as_bytes(envelope(("smb_message_echoes", value(message_echoes=ours))))


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
    both = [("messages", value(messages=[said("Thanks!", 4, **moments[3])]))]
    echo = said("Sure", 3, **moments[2]) | {"from": META["display_phone_number"], "to": SENDER}
    both.append(("smb_message_echoes", value(message_echoes=[echo])))
    await receive(sessions, as_bytes(envelope(*both)))
    assert await waiting(sessions) == [now - timedelta(minutes=6)]
