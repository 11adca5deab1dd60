"""Waiting in tests: until something is true, or long enough to see that it does not happen.

``await eventually(look, "the campaign completes")``  what ``look`` returns, once it is true
``eventually_blocking(look, "the child is gone")``    the same without an event loop
``await never(look, "a message leaves")``             fails if ``look`` returns something true

``look`` may be a coroutine function. The bound does not measure speed: it ends a test that would hang.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar, overload

WITHIN_S = 30.0
DURING_S = 0.3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.005, 0.1

Seen = TypeVar("Seen")


@overload
async def eventually(
    look: Callable[[], Awaitable[Seen | None]], what: str, *, within: float = WITHIN_S
) -> Seen: ...
@overload
async def eventually(
    look: Callable[[], Seen | None], what: str, *, within: float = WITHIN_S
) -> Seen: ...
async def eventually(look: Callable[[], Any], what: str, *, within: float = WITHIN_S) -> Any:
    """The first true value; after ``within`` seconds a failure that says what was waited for."""
    seen: Any = None
    bound = asyncio.timeout(within)
    try:
        async with bound:
            for pause in _pauses():
                if seen := await _ask(look):
                    return seen
                await asyncio.sleep(pause)
    except TimeoutError:
        if not bound.expired():
            raise
    raise AssertionError(_not_in_time(what, within, seen))


def eventually_blocking(
    look: Callable[[], Seen | None], what: str, *, within: float = WITHIN_S
) -> Seen:
    """The first true value; after ``within`` seconds a failure that says what was waited for."""
    deadline = time.monotonic() + within
    for pause in _pauses():
        if seen := look():
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(_not_in_time(what, within, seen))
        time.sleep(pause)
    raise AssertionError("pauses never end")


async def never(look: Callable[[], Any], what: str, *, during: float = DURING_S) -> None:
    """Check for a while that something does not happen; a slow machine just checks less often."""
    deadline = time.monotonic() + during
    for pause in _pauses():
        seen = await _ask(look)
        assert not seen, f"{what}, which must not happen: {seen!r}"
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(pause)


async def _ask(look: Callable[[], Any]) -> Any:
    seen = look()
    return await seen if inspect.isawaitable(seen) else seen


def _pauses() -> Iterator[float]:
    """Short delays first: most conditions are true within milliseconds."""
    pause = FIRST_PAUSE_S
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def _not_in_time(what: str, within: float, seen: object) -> str:
    return f"not within {within:g} s: {what}; last seen: {seen!r}"
