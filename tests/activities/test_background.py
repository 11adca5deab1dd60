"""A sender's background tasks end before the connections they use."""

import asyncio
from uuid import uuid4

import pytest

from activities import background
from activities.background import Background
from activities.dependencies import Dependencies
from activities.recorder import Recorder
from services import clock
from services.sending import verdicts


def going() -> int:
    """Tasks that write outcomes or notify pages."""
    return sum("Recorder._write_all" in repr(task) for task in asyncio.all_tasks())


async def test_the_last_word_to_pages_is_said_before_the_database_ends(
    needs: Dependencies,
) -> None:
    recorder, place = Recorder(needs), (uuid4(), uuid4())
    for attempt in (1, 2):  # the second one comes too soon to be told at once
        recorder.add(place, verdicts.accepted(uuid4(), attempt, "wamid.A", clock.now()))
        await recorder.flushed()
    assert going() == 1
    await needs.background.end()
    assert going() == 0


async def _endless() -> None:
    await asyncio.Event().wait()


async def test_what_begins_other_work_is_waited_for_and_what_never_ends_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, said = Background(), []
    following: list[asyncio.Task[None]] = []

    async def second() -> None:
        await asyncio.sleep(0)
        said.append("second")

    async def first() -> None:
        following.append(kept.start(second()))
        said.append("first")

    beginning = kept.start(first())
    await kept.end()
    assert beginning.done()
    assert said == ["first", "second"]
    monkeypatch.setattr(background, "PATIENCE_S", 0.05)
    endless = kept.start(_endless())
    await kept.end()
    assert endless.cancelled()
