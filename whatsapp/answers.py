"""What may be taken out of an answer: codes, ids and words of Meta, or of whoever answered in its place."""

from typing import Any

LONGEST_ID = 512
LONGEST_WORDS = 1_000


def message_id(answer: Any) -> str | None:
    """The id of an accepted message; None when the answer holds none that could be one."""
    try:
        found = answer["messages"][0]["id"]
    except (KeyError, IndexError, TypeError):
        return None
    usable = isinstance(found, str) and 0 < len(found) <= LONGEST_ID and found.isprintable()
    return found if usable else None


def code(value: Any) -> int | None:
    """The number that decides what an error means; None when there is none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    usable = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    return value if usable else None


def words(value: Any) -> str:
    """As much of a foreign text as a ledger keeps, without what PostgreSQL cannot hold."""
    return str(value)[:LONGEST_WORDS].replace("\0", "\ufffd")
