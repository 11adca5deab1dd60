"""Somebody writes to two of our numbers at once: one id of WhatsApp's, two messages of ours."""

import time
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.deliveries import META, SENDER, as_bytes, envelope, value
from tests.services.receiving.conftest import Sessions, column, count, receive, said

OTHER = "555"


@pytest.fixture(autouse=True)
async def _other(sessions: Sessions) -> None:
    """A second number of ours."""
    async with sessions.begin() as session:
        await session.execute(
            text("""
            INSERT INTO channels (id, portfolio_id, name, phone_number_id, waba_id, api_url, status,
                display_phone_number, access_token, app_secret, verify_token)
            SELECT :id, portfolio_id, 'Other', :number, waba_id, api_url, status, '', access_token,
                app_secret, verify_token FROM channels LIMIT 1"""),
            {"id": uuid4(), "number": OTHER},
        )


def on(number: str, *messages: dict[str, Any], field: str = "messages") -> tuple[str, Any]:
    """A change about one of our numbers."""
    kind = "messages" if field == "messages" else "message_echoes"
    return field, value(metadata=META | {"phone_number_id": number}, **{kind: list(messages)})


@pytest.mark.fault("A2")
@pytest.mark.parametrize("apart", [False, True], ids=["one body", "bodies"])
async def test_both_numbers_get_the_message(sessions: Sessions, apart: bool) -> None:
    stop = said("STOP", timestamp=str(int(time.time()) - 5))
    both = [on(META["phone_number_id"], stop), on(OTHER, stop)]
    bodies = [envelope(change) for change in both] if apart else [envelope(*both)]
    # Told again by somebody else's delivery they are the same ones.
    again = envelope(*both, on(OTHER, said("beside", 2)))
    await receive(sessions, *map(as_bytes, bodies), as_bytes(again))
    assert await column(sessions, "body FROM messages WHERE direction = 'in' ORDER BY body") == [
        "STOP", "STOP", "beside",
    ]  # fmt: skip
    assert await count(sessions, "conversations WHERE unread > 0") == 2
    assert await count(sessions, "consents WHERE action = 'stop'") == 2
    confirmed = "messages WHERE client_id LIKE 'stopped:%'"
    assert await count(sessions, confirmed) == 1  # one person, who is told once


@pytest.mark.fault("A8")
async def test_what_the_business_app_of_each_number_wrote_is_kept(sessions: Sessions) -> None:
    echo = said("from the app") | {"from": "34611555010", "to": SENDER}
    numbers = (META["phone_number_id"], OTHER)
    await receive(
        sessions,
        *(as_bytes(envelope(on(one, echo, field="smb_message_echoes"))) for one in numbers),
        as_bytes(envelope(*(on(one, echo, field="smb_message_echoes") for one in numbers))),
    )
    assert await column(sessions, "direction FROM messages") == ["out", "out"]
    assert await count(sessions, "conversations") == 2


async def test_a_message_from_before_ids_were_by_number_is_not_kept_again(
    sessions: Sessions,
) -> None:
    first = as_bytes(envelope(on(META["phone_number_id"], said("hello"))))
    await receive(sessions, first)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE messages SET client_id = 'in:' || wamid"))
    await receive(
        sessions,
        as_bytes(envelope(on(META["phone_number_id"], said("hello"), said("beside", 2)))),
        as_bytes(envelope(on(OTHER, said("hello")))),
    )
    bodies = await column(sessions, "body FROM messages ORDER BY body")
    assert bodies == ["beside", "hello", "hello"]
