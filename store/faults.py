"""Whose fault an error is: the database being away, which passes, or what was asked of it, which stays."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

AWAY_CLASSES = ("08", "53", "57P", "58")
"""SQLSTATE beginnings: connection lost, resources at their end (disk, memory, connections), shutdown
and start-up, errors of the disk."""

AWAY_STATES = frozenset({"25006", "25P03", "25P04", "57014", "40001", "40P01", "55P03"})
"""A standby that takes no writes, transactions and statements ended for their time, two that met, a lock
that somebody holds."""

BUSY_STATES = frozenset({"57014", "25P03", "25P04", "40001", "40P01", "55P03", "53200"})
"""The server is there and well, only this statement did not get through just now."""

MET_STATES = frozenset({"40001", "40P01"})
"""Two that met: whoever was let through is gone a moment later."""

_ARITHMETIC = frozenset({errno.EOVERFLOW, errno.EINVAL, errno.EDOM, errno.ERANGE})

DATABASE_ERRORS = (DBAPIError, PoolTimeout, psycopg.Error, OSError)
"""What a statement, a pool or a connection raises; ask ``is_away`` what it means."""


class Undecided(Exception):
    """It waits for somebody who may still take a deletion back, ``until`` then: a matter of seconds."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def sqlstate(error: BaseException) -> str:
    """The five characters PostgreSQL gave the error; empty when it did not come from the server."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(original, "sqlstate", None) or "")


def is_full(error: BaseException) -> bool:
    """Whether there is no room to write, here or at the database."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return sqlstate(error) == "53100"


@contextmanager
def where_there_is_room() -> Iterator[None]:
    """Around a note that nobody waits for, on a connection without a transaction.

    A full disk, or a server that takes no writes, keeps nobody from reading.
    """
    try:
        yield
    except DBAPIError as error:
        if not is_full(error) and sqlstate(error) != "25006":
            raise


def is_away(error: BaseException) -> bool:
    """Whether the same work may succeed later, unchanged: then wait and try again.

    Everything else, errors of our own code included, is the fault of what was asked.
    """
    if isinstance(error, PoolTimeout | Undecided):
        return True
    if isinstance(error, DBAPIError | psycopg.Error):
        state = sqlstate(error)
        if state:
            return state.startswith(AWAY_CLASSES) or state in AWAY_STATES
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return True
        # Without a state it never reached a server: a lost connection, or a value the driver refused.
        original = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(original, psycopg.OperationalError | psycopg.InterfaceError | OSError)
    # What arithmetic raises for absurd times is an OSError too, and no network.
    return isinstance(error, OSError) and error.errno not in _ARITHMETIC


def is_busy(error: BaseException) -> bool:
    """Whether it is away only for this statement: others get through meanwhile."""
    return isinstance(error, Undecided) or sqlstate(error) in BUSY_STATES


def is_meeting(error: BaseException) -> bool:
    """Whether it is busy with another of its kind, and may be tried again at once."""
    return sqlstate(error) in MET_STATES
