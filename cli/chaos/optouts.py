"""People who stop marketing during a campaign, and whether any marketing reached them afterwards."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli.bench.calls import Accepted
from cli.bench.scene import Scene

KIND = "optout"
"""With faults of this kind the campaign is marketing, and people write in the meantime."""

TEMPLATE = "welcome_offer"
WORDS = ("STOP", "BAJA", "Unsubscribe")
EVERY_S = 0.25
AT_ONCE_S, AT_LATEST_S = 1.0, 3.0
"""Marketing must end within the first after a webhook's 200, or the second while something is killed."""

# The next recipients in each span of the campaign.
_NEXT = text("""
SELECT phone FROM (
    SELECT r.phone, row_number() OVER (PARTITION BY (r.seq - 1) / 500 ORDER BY r.seq) AS place
    FROM campaign_recipients r
    LEFT JOIN messages m ON m.campaign_id = r.campaign_id AND m.seq = r.seq
    WHERE r.campaign_id = :campaign_id AND m.id IS NULL) waiting
WHERE place <= :ahead
""")


async def write(scene: Scene, campaign_id: UUID, per_second: int, seed: int) -> None:
    """Until cancelled, let people due within the next seconds write that they want no more."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable plan, not a secret
    waiting: list[str] = []
    written: set[str] = set()
    while True:
        with contextlib.suppress(TimeoutError, DBAPIError, PoolTimeout, OSError):
            async with asyncio.timeout(1), scene.sessions() as session:
                about = {"campaign_id": campaign_id, "ahead": max(5, 2 * per_second)}
                waiting = list(await session.scalars(_NEXT, about))
        left = sorted(set(waiting) - written)
        if left:
            phone = chance.choice(left)
            body = {"type": "text", "text": {"body": chance.choice(WORDS)}}
            with contextlib.suppress(httpx.HTTPError):
                url = f"{scene.stack.simulator_url}/_sim/customers/{phone.lstrip('+')}/messages"
                (await scene.http.post(url, json=body, timeout=2)).raise_for_status()
                written.add(phone)
        await asyncio.sleep(EVERY_S)


@contextlib.asynccontextmanager
async def meanwhile(
    scene: Scene, campaign_id: UUID, per_second: int, seed: int, *, on: bool
) -> AsyncIterator[None]:
    """Let them write while the block runs."""
    tasks = [asyncio.create_task(write(scene, campaign_id, per_second, seed))] if on else []
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def figures(log: Accepted, told: Mapping[str, float]) -> dict[str, Any]:
    """``told``: when the webhook with each person's first message was answered."""
    late = [log.last[phone] - moment for phone, moment in told.items() if phone in log.last]
    return {
        "stopped": len(told),
        "after_stop": sum(seconds > AT_ONCE_S for seconds in late),
        "longest_after_stop_s": round(max([0.0, *late]), 2),
    }
