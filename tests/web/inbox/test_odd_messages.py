"""Whatever shape a kept message has, the pages and the API that show it answer."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from services.receiving.intake import Intake
from services.receiving.taking import Taker
from tests import factories
from tests.conftest import LoginAs
from tests.deliveries import MESSAGES, as_bytes, envelope, message, places, spoiled, value

ABSENT: tuple[Any, ...] = (None, {}, 5, [None])


def without_parts() -> list[bytes]:
    """Every documented message with each of its places absurd, one after the other."""
    bodies = []
    for name in MESSAGES:
        count = len(list(places(message(name, 0))))
        for i in range(count):
            for number, odd in enumerate(ABSENT):
                made = message(name, f"{i}.{number}")
                container, key = list(places(made))[i]
                if container is not made or key in MESSAGES[name]:
                    container[key] = odd
                    bodies.append(made)
    return [
        as_bytes(envelope(("messages", value(messages=bodies[i : i + 50]))))
        for i in range(0, len(bodies), 50)
    ]


def mutated() -> list[bytes]:
    """Documented messages with three odd places each."""
    chance = Random(3)
    shapes = [envelope(("messages", value(messages=[message(name, 0)]))) for name in MESSAGES]
    return [as_bytes(spoiled(shape, chance, 3)) for shape in shapes for _ in range(3)]


@pytest.mark.fault("A2")
@pytest.mark.parametrize("bodies", [without_parts, mutated])
async def test_no_kept_message_breaks_a_page(
    login_as: LoginAs, state: AppState, bodies: Callable[[], list[bytes]]
) -> None:
    async with state.sessions.begin() as session:
        await factories.channel(session, state.vault)
    intake, taker = Intake(state.sessions), Taker(state.sessions)
    for body in bodies():
        await intake.keep(body, None)
    while (await taker.take()).taken:
        pass
    admin = await login_as(Role.ADMIN)
    async with state.sessions() as session:
        applied = "SELECT count(*) FROM webhook_objects WHERE reason = 'not_applied'"
        assert await session.scalar(text(applied)) == 0
        query_all = "SELECT id, contact_id FROM messages ORDER BY id DESC"
        kept = (await session.execute(text(query_all))).all()
        threads = (await session.execute(text("SELECT id, contact_id FROM conversations"))).all()
    assert threads
    for thread in threads:
        for page in (
            f"/inbox/{thread.id}",
            f"/contacts/{thread.contact_id}",
            "/inbox",
            "/contacts",
        ):
            assert (await admin.get(page)).status_code == 200, page
        for message_id in [None, *[row.id for row in kept if row.contact_id == thread.contact_id]][
            ::20
        ]:
            query = {} if message_id is None else {"before": str(message_id)}
            older = await admin.get(f"/inbox/{thread.id}/messages", params=query)
            assert older.status_code == 200, message_id
        cursor: str | None = ""
        while cursor is not None:
            query = {"conversation_id": str(thread.id), "limit": "100"} | (
                {"cursor": cursor} if cursor else {}
            )
            answer = await admin.get("/api/messages", params=query)
            assert answer.status_code == 200
            cursor = answer.json().get("next_cursor")
