"""Statements are compiled once in a process, though nearly every test has engines of its own.

All of them speak to one server: what one engine compiled, and what it learned about the server, suits the others.
"""

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg
from sqlalchemy.util import LRUCache

KEPT = 5_000

_compiled: LRUCache[Any, Any] = LRUCache(KEPT)
_learned: dict[str, Any] = {}


def share() -> None:
    """From now on, for engines that are made later."""
    kinds: tuple[Any, ...] = (PGDialect_psycopg, PGDialectAsync_psycopg)
    for kind in kinds:
        kind.engine_created = staticmethod(_made)
        kind.__eq__, kind.__hash__ = _alike, _of_its_kind
    kinds[1].initialize = _initialize


def _made(engine: Engine) -> None:
    engine._compiled_cache = _compiled


def _alike(self: object, other: object) -> bool:
    """Compiled statements are kept by dialect, of which every engine has its own."""
    return type(self) is type(other)


def _of_its_kind(self: object) -> int:
    return hash(type(self))


def _initialize(self: Any, connection: Connection) -> None:
    """The first engine asks the server five questions; the answers stay the same."""
    if not _learned:
        before = dict(vars(self))
        super(PGDialectAsync_psycopg, self).initialize(connection)
        _learned.update({n: value for n, value in vars(self).items() if before.get(n) is not value})
    vars(self).update(_learned)
