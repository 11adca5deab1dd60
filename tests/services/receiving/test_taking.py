"""How many deliveries one transaction takes: many that contain little, few that contain much."""

import json
from typing import Any

import pytest

from services.receiving import taking
from services.receiving.intake import Intake
from services.receiving.process import LARGEST_BATCH
from services.receiving.taking import Taker
from tests.deliveries import as_bytes, envelope, value
from tests.services.receiving.conftest import Sessions, count, other, said

WAITING = "webhook_events WHERE state = 'waiting'"


async def _store(sessions: Sessions, first: int, many: int, *, size: int = 0) -> None:
    intake = Intake(sessions)
    for number in range(first, first + many):
        told: dict[str, Any] = said("Hello", number, **other(number))
        body = as_bytes(envelope(("messages", value(messages=[told]))))
        assert json.loads(body)
        await intake.keep(body.ljust(size), None)


async def _taken(sessions: Sessions, taker: Taker) -> list[int]:
    """How many deliveries each transaction took, while there are more."""
    before, taken = await count(sessions, WAITING), list[int]()
    more = True
    while more:
        more = (await taker.take()).more
        left = await count(sessions, WAITING)
        taken.append(before - left)
        before = left
    return taken


async def test_deliveries_that_contain_little_are_taken_together(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST", 50)
    await _store(sessions, 0, 130)
    taker = Taker(sessions)
    assert await _taken(sessions, taker) == [LARGEST_BATCH, 2 * LARGEST_BATCH, 50, 20]
    assert not (await taker.take()).taken
    await _store(sessions, 130, 45)
    assert await _taken(sessions, taker) == [45]
    assert await count(sessions, "messages") == 175


async def test_deliveries_that_contain_much_do_not_become_one_long_transaction(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BATCH_BYTES", 40_000)
    await _store(sessions, 0, 15)
    taker = Taker(sessions)
    assert await _taken(sessions, taker) == [15]
    await _store(sessions, 15, 30, size=20_000)
    assert await _taken(sessions, taker) == [LARGEST_BATCH, 10]
    assert await count(sessions, "messages") == 45
