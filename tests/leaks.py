"""Finds connections that a test leaves open, so that it fails instead of a later one."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

_made: WeakKeyDictionary[psycopg.AsyncConnection[Any], asyncio.AbstractEventLoop] = (
    WeakKeyDictionary()
)


def watch() -> None:
    """Track every asynchronous connection of this process with its event loop."""
    begin = psycopg.AsyncConnection.__init__

    def made(self: psycopg.AsyncConnection[Any], *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        _made[self] = asyncio.get_running_loop()

    psycopg.AsyncConnection.__init__ = made  # type: ignore[method-assign]


def close() -> list[str]:
    """Close connections whose event loop has ended; returns what they were."""
    left = [one for one, loop in _made.items() if loop.is_closed() and not one.closed]
    told = [repr(one) for one in left]
    for one in left:
        one.pgconn.finish()
    return told
