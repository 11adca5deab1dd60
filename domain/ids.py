"""Identifiers: UUIDv7, so that ids sort by creation time and indexes stay compact."""

import os
import time
from datetime import datetime
from uuid import UUID


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): milliseconds, then their fraction in 12 bits, then 62 random bits.

    The fraction keeps the ids of one batch in the order they were made.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random)


def new_ids(count: int) -> list[str]:
    """Up to 16,384 fresh UUIDv7s as text, in order: for rows of a COPY, at a fifth of the cost.

    They share one timestamp; a counter in the next 14 bits orders them, and 48 bits are random.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    stamp = f"{milliseconds:012x}"
    moment = f"{stamp[:8]}-{stamp[8:]}-7{rest * 4096 // 1_000_000:03x}"
    random = os.urandom(6 * count).hex()
    return [
        f"{moment}-{0x8000 | place:04x}-{random[12 * place : 12 * place + 12]}"
        for place in range(count)
    ]


def id_at(at: datetime, place: int) -> UUID:
    """A UUIDv7 for another moment; within a batch, a higher ``place`` sorts later."""
    microseconds = int(at.timestamp() * 1_000_000)
    milliseconds, rest = divmod(microseconds, 1000)
    random = int.from_bytes(os.urandom(6), "big")
    low = min(place, 0x3FFF) << 48 | random
    return UUID(int=milliseconds << 80 | 0x7 << 76 | rest * 4096 // 1000 << 64 | 0x2 << 62 | low)


def first_id(at: datetime) -> UUID:
    """The bound between the UUIDv7s of this millisecond and the previous one; before 1970 there are none."""
    return UUID(int=max(int(at.timestamp() * 1000), 0) << 80)


def parse_id(text: str) -> UUID | None:
    """The UUID in ``text``, or None when it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None
