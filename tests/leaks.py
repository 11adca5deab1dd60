"""Finds connections that a test leaves open, so that it fails and not the later one that collects them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import psycopg

_made: WeakSet[psycopg.AsyncConnection[Any]] = WeakSet()


def watch() -> None:
    """From here on every asynchronous connection of this process is known."""
    begin = psycopg.AsyncConnection.__init__

    def made(self: psycopg.AsyncConnection[Any], *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        _made.add(self)

    psycopg.AsyncConnection.__init__ = made  # type: ignore[method-assign]


@contextmanager
def none_left() -> Iterator[None]:
    """Fails unless every connection made inside is closed at the end."""
    before = set(_made)
    yield
    left = [repr(one) for one in _made if one not in before and not one.closed]
    assert not left, f"left open: {left}"
