"""Whether an error is an outage of the database, which passes, or the fault of the request, which stays."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

AWAY_CLASSES = ("08", "53", "57P", "58")
"""SQLSTATE classes: connection lost, out of resources (disk, memory, connections), shutdown and start-up, disk
errors.
"""

AWAY_STATES = frozenset({"25006", "25P03", "25P04", "57014", "40001", "40P01", "55P03"})
"""A read-only standby, timeouts of transactions and statements, conflicting transactions, an unavailable lock."""

BUSY_STATES = frozenset({"57014", "25P03", "25P04", "40001", "40P01", "55P03", "53200"})
"""The server is fine; only this statement did not get through this time."""

MET_STATES = frozenset({"40001", "40P01"})
"""Conflicting transactions: the winner is done a moment later."""

_ARITHMETIC = frozenset({errno.EOVERFLOW, errno.EINVAL, errno.EDOM, errno.ERANGE})

DATABASE_ERRORS = (DBAPIError, PoolTimeout, psycopg.Error, OSError)
"""What a statement, pool or connection may raise; ``is_away`` tells what it means."""


class Undecided(Exception):
    """Blocked by a deletion that can still be undone, ``until`` then: a matter of seconds."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five-character error code; empty when the error did not come from the server."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(original, "sqlstate", None) or "")


def is_full(error: BaseException) -> bool:
    """Whether a disk is full, here or at the database."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return sqlstate(error) == "53100"


@contextmanager
def where_there_is_room() -> Iterator[None]:
    """Wraps a note that nobody waits for, on a connection without a transaction.

    A full disk or read-only server must not keep anyone from reading.
    """
    try:
        yield
    except DBAPIError as error:
        if not is_full(error) and sqlstate(error) != "25006":
            raise


def is_away(error: BaseException) -> bool:
    """Whether the same work may succeed later unchanged, so that waiting and retrying helps.

    Everything else, including bugs in our code, is the fault of the request.
    """
    if isinstance(error, PoolTimeout | Undecided):
        return True
    if isinstance(error, DBAPIError | psycopg.Error):
        state = sqlstate(error)
        if state:
            return state.startswith(AWAY_CLASSES) or state in AWAY_STATES
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return True
        # Without an SQLSTATE it never reached a server: a lost connection, or a value the driver refused.
        original = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(original, psycopg.OperationalError | psycopg.InterfaceError | OSError)
    # Arithmetic on absurd times raises OSError too, which is no network problem.
    return isinstance(error, OSError) and error.errno not in _ARITHMETIC


def is_busy(error: BaseException) -> bool:
    """Whether only this statement is affected while others get through."""
    return isinstance(error, Undecided) or sqlstate(error) in BUSY_STATES


def is_meeting(error: BaseException) -> bool:
    """Whether it conflicted with a similar statement and may be retried at once."""
    return sqlstate(error) in MET_STATES
