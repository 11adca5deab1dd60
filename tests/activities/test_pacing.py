"""A process's sends keep their distance, even after a stall; spans take turns."""

import asyncio
import time
from uuid import uuid4

import pytest

from activities.pacing import CATCH_UP, FORGIVEN_S, Leaving, Pacer, Turns


async def _turns(pacer: Pacer, count: int, intervals: dict[str, float]) -> list[float]:
    async def one() -> float:
        await pacer.turn(intervals)
        return asyncio.get_running_loop().time()

    return sorted(await asyncio.gather(*[one() for _ in range(count)]))


async def test_a_crowd_leaves_one_by_one() -> None:
    moments = await _turns(Pacer(), 20, {"channel:1": 0.02})
    assert moments[-1] - moments[0] >= 19 * 0.02 - 0.01


async def test_a_stall_is_not_followed_by_a_burst() -> None:
    pacer = Pacer()
    crowd = asyncio.create_task(_turns(pacer, 30, {"channel:1": 0.01}))
    await asyncio.sleep(0.05)
    time.sleep(0.2)  # noqa: ASYNC251 - the stall
    moments = await crowd
    for first, third in zip(moments, moments[2:], strict=False):
        assert third - first >= 0.01


async def test_the_slower_of_two_keys_decides() -> None:
    moments = await _turns(Pacer(), 10, {"channel:1": 0.001, "campaign:1": 0.02})
    assert moments[-1] - moments[0] >= 9 * 0.02 - 0.01


async def test_what_a_stall_delayed_is_caught_up_only_a_little_at_a_time() -> None:
    pacer, interval = Pacer(), 0.004
    await pacer.turn({"channel:1": interval})
    time.sleep(0.05)  # noqa: ASYNC251 - the stall
    moments = await _turns(pacer, 100, {"channel:1": interval})
    assert moments[-1] - moments[0] >= 99 * interval * CATCH_UP - FORGIVEN_S - 0.001


async def test_the_next_span_gets_its_turn_when_another_one_leaves() -> None:
    turns, campaign = Turns(2), uuid4()
    first, second, third = (turns.of(campaign) for _ in range(3))
    await first.take()
    await second.take()
    await second.take()  # has it already
    waiting = asyncio.create_task(third.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    await turns.of(uuid4()).take()  # another campaign has its own
    first.leave()
    first.leave()  # had left already
    await asyncio.wait_for(waiting, 1)
    late = asyncio.create_task(turns.of(campaign).take())
    await asyncio.sleep(0)
    assert not late.done()
    late.cancel()


async def test_no_more_messages_are_claimed_than_a_crash_may_leave_in_doubt() -> None:
    leaving = Leaving(50)
    first, second = await leaving.enter(4), await leaving.enter(25)
    large = [asyncio.create_task(leaving.enter(50)) for _ in range(2)]
    await asyncio.sleep(0)
    first()
    await asyncio.sleep(0)
    assert not any(task.done() for task in large)
    second()
    gone = await large[0]
    await asyncio.sleep(0)
    assert not large[1].done()
    gone()
    (await large[1])()


async def test_who_gives_up_waiting_to_claim_leaves_the_room_to_others() -> None:
    leaving = Leaving(50)
    first = await leaving.enter(25)
    large = asyncio.create_task(leaving.enter(50))
    await asyncio.sleep(0)
    large.cancel()
    with pytest.raises(asyncio.CancelledError):
        await large
    first()
    (await leaving.enter(50))()
