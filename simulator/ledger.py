"""The call log: every accepted or rejected send and every inbound message, one row each, by column."""

from array import array
from collections import deque
from dataclasses import dataclass
from typing import Any

import orjson

# What a row is billed as
SERVICE, MARKETING, UTILITY, AUTHENTICATION, MARKETING_LITE = range(5)
CATEGORY_NAMES = ("service", "marketing", "utility", "authentication", "marketing_lite")

# Row flags
TO_USER_ID, HELD, FREE, READ_BY_BUSINESS, PHONE_HIDDEN, REACTION, UNANSWERED = (
    1,
    2,
    4,
    8,
    16,
    32,
    64,
)

ACCEPTED_CODE = 0
INBOUND_CODE = -1


@dataclass(slots=True)
class Entry:
    """One row before it is written; `customer` is -1 if a rejected call named nobody known."""

    moment: float
    number: int
    customer: int
    recipient: str
    callback: str | None
    code: int
    category: int = SERVICE
    flags: int = 0
    content: bytes | None = None


class Ledger:
    """Rows by number, from 0; contents are kept only for the newest `kept_contents` rows."""

    __slots__ = (
        "_callbacks_seen",
        "_kept",
        "_windows",
        "accepted",
        "callbacks",
        "categories",
        "codes",
        "contents",
        "customers",
        "doubles_by_callback",
        "failures",
        "first_accepted",
        "flags",
        "last_accepted",
        "moments",
        "numbers",
        "peaks",
        "previous",
        "recipients",
        "rejected",
        "states",
        "told",
        "unanswered",
    )

    def __init__(self, kept_contents: int) -> None:
        self._kept = kept_contents
        self.moments = array("d")
        self.numbers = bytearray()
        self.customers = array("i")
        self.codes = array("i")
        self.states = bytearray()
        self.flags = bytearray()
        self.categories = bytearray()
        self.previous = array("i")
        self.callbacks: list[str | None] = []
        self.contents: dict[int, bytes] = {}
        self.recipients: dict[int, str] = {}
        self.failures: dict[int, int] = {}
        self.told: dict[int, float] = {}
        self.accepted = 0
        self.rejected: dict[int, int] = {}
        self.doubles_by_callback = 0
        self.unanswered = 0
        self.first_accepted: float | None = None
        self.last_accepted: float | None = None
        self.peaks: dict[int, int] = {}
        self._callbacks_seen: set[str] = set()
        self._windows: dict[int, deque[float]] = {}

    def __len__(self) -> int:
        return len(self.codes)

    def append(self, entry: Entry, previous: int) -> int:
        """Writes a row; `previous` is the customer's row before it, or -1."""
        row = len(self.codes)
        self.moments.append(entry.moment)
        self.numbers.append(entry.number)
        self.customers.append(entry.customer)
        self.codes.append(entry.code)
        self.states.append(0)
        self.flags.append(entry.flags)
        self.categories.append(entry.category)
        self.previous.append(previous)
        self.callbacks.append(entry.callback)
        if entry.content is not None:
            # A copy: the encoder returns buffers of four kilobytes whatever their content.
            self.contents[row] = bytes(memoryview(entry.content))
            self.contents.pop(row - self._kept, None)
        if entry.customer < 0:
            self.recipients[row] = entry.recipient
        if entry.code == ACCEPTED_CODE:
            self._count_accepted(entry)
        elif entry.code != INBOUND_CODE:
            self.rejected[entry.code] = self.rejected.get(entry.code, 0) + 1
        return row

    def _count_accepted(self, entry: Entry) -> None:
        self.accepted += 1
        self.unanswered += bool(entry.flags & UNANSWERED)
        moment = entry.moment
        if self.first_accepted is None:
            self.first_accepted = moment
        self.last_accepted = moment
        if entry.callback is not None:
            if entry.callback in self._callbacks_seen:
                self.doubles_by_callback += 1
            else:
                self._callbacks_seen.add(entry.callback)
        window = self._windows.get(entry.number)
        if window is None:
            window = self._windows[entry.number] = deque()
        while window and window[0] <= moment - 1.0:
            window.popleft()
        window.append(moment)
        if len(window) > self.peaks.get(entry.number, 0):
            self.peaks[entry.number] = len(window)

    def content(self, row: int) -> Any:
        """A row's content, or None once it is too old to be kept."""
        raw = self.contents.get(row)
        return None if raw is None else orjson.loads(raw)
