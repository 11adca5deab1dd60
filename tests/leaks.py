"""Finds connections that a test leaves open, so that it fails and not the later one that collects them."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

_made: WeakKeyDictionary[psycopg.AsyncConnection[Any], asyncio.AbstractEventLoop] = (
    WeakKeyDictionary()
)


def watch() -> None:
    """From here on every asynchronous connection of this process is known, with its event loop."""
    begin = psycopg.AsyncConnection.__init__

    def made(self: psycopg.AsyncConnection[Any], *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        _made[self] = asyncio.get_running_loop()

    psycopg.AsyncConnection.__init__ = made  # type: ignore[method-assign]


def close() -> list[str]:
    """Close what is open although its loop has ended, when nobody else can any more; what it was."""
    left = [one for one, loop in _made.items() if loop.is_closed() and not one.closed]
    told = [repr(one) for one in left]
    for one in left:
        one.pgconn.finish()
    return told
