"""Two workers process deliveries at once: the result is the same as with one, in any order."""

import asyncio
from random import Random

import pytest
from sqlalchemy import text

from services.receiving import taking
from services.receiving.intake import Intake
from services.receiving.taking import Taker
from tests.deliveries import as_bytes, envelope, value
from tests.eventually import eventually
from tests.services.receiving.conftest import Sessions, column, count, other, receive, said

PEOPLE = 20
WAITS_FOR_A_LOCK = "datname = current_database() AND wait_event_type = 'Lock'"
WORDS = ("STOP", "START", "Hello", "BAJA", "START")


@pytest.mark.fault("A4")
@pytest.mark.fault("A5")
@pytest.mark.parametrize("seed", range(4))
async def test_the_last_word_by_metas_time_counts(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = Random(seed)
    monkeypatch.setattr(taking, "LARGEST_BATCH", 3)
    monkeypatch.setattr(taking, "MOST", 3)
    bodies, stopped = [], set()
    for person in range(PEOPLE):
        words = [chance.choice(WORDS) for _ in range(4)]
        for at, word in enumerate(words):
            told = said(
                word, f"{person}.{at}", timestamp=str(1790416810 + 60 * at), **other(person)
            )
            bodies.append(as_bytes(envelope(("messages", value(messages=[told])))))
        wishes = [word for word in words if word != "Hello"]
        if wishes and wishes[-1] != "START":
            stopped.add(f"+34622{person:06}")
    chance.shuffle(bodies)
    intake = Intake(sessions)
    for body in bodies:
        await intake.keep(body, None)

    standing_by: dict[int, float] = {}

    async def take() -> None:
        taker = Taker(sessions, standing_by)
        while (await taker.take()).taken:
            pass

    while await count(sessions, "webhook_events WHERE state = 'waiting'"):
        await asyncio.gather(take(), take())
    assert not standing_by
    out = await column(sessions, "phone FROM contacts WHERE marketing_opt_out_at IS NOT NULL")
    assert set(out) == stopped
    assert await count(sessions, "messages WHERE direction = 'in'") == len(bodies)
    assert await count(sessions, "contacts") == await count(sessions, "conversations") == PEOPLE
    assert await count(sessions, "webhook_objects") == 0


@pytest.mark.fault("A5")
async def test_who_lost_a_deadlock_tries_again_at_once(sessions: Sessions) -> None:
    """It may be a STOP: the other taker is gone a moment later."""
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[said("Hello", 1)])))))
    stop = said("STOP", 2)
    await Intake(sessions).keep(as_bytes(envelope(("messages", value(messages=[stop])))), None)
    taker = Taker(sessions)
    async with sessions() as other_taker:
        await other_taker.execute(text("SELECT FROM conversations FOR UPDATE"))
        losing = asyncio.create_task(taker.take())
        waits = f"1 FROM pg_stat_activity WHERE {WAITS_FOR_A_LOCK}"
        await eventually(lambda: column(sessions, waits), "the taker waits for a lock")
        await other_taker.execute(
            text("SELECT FROM webhook_events WHERE state = 'waiting' FOR UPDATE")
        )
        await losing
        assert await count(sessions, "contacts WHERE marketing_opt_out_at IS NOT NULL") == 0
    assert (await taker.take()).taken == 1
    assert await count(sessions, "contacts WHERE marketing_opt_out_at IS NOT NULL") == 1
