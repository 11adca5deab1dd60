"""Sends of one process keep their distance, also after everything stood still."""

import asyncio
import time

from activities.pacing import Pacer


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
