"""Meta's throttles as token buckets: per number, per pair of number and person, and per account."""

from array import array
from collections import OrderedDict

PAIR_INTERVAL = 6.0
PAIR_BURST = 45
MANAGEMENT_CALLS_PER_HOUR = 5_000
CREATIONS_PER_HOUR = 100


class Bucket:
    """Refills at `rate` per second up to `size`; starts full."""

    __slots__ = ("_level", "_moment", "rate", "size")

    def __init__(self, rate: float, size: float, now: float) -> None:
        self.rate = rate
        self.size = size
        self._level = size
        self._moment = now

    def take(self, now: float) -> bool:
        """Takes one token if there is one."""
        level = min(self.size, self._level + (now - self._moment) * self.rate)
        self._moment = now
        if level < 1.0:
            self._level = level
            return False
        self._level = level - 1.0
        return True

    def spend(self, now: float) -> None:
        """Takes one token even from an empty bucket: inbound messages count and are never refused."""
        self._level = min(self.size, self._level + (now - self._moment) * self.rate) - 1.0
        self._moment = now


class Pairs:
    """One message per six seconds to one person, with a burst of 45 borrowed from the future."""

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = array("d")

    def take(self, customer: int, now: float) -> bool:
        """Whether one more message may go to the customer now."""
        due = self._next
        if customer >= len(due):
            due.extend([0.0] * (customer + 1 - len(due)))
        earliest = max(due[customer], now)
        if earliest - now > (PAIR_BURST - 1) * PAIR_INTERVAL:
            return False
        due[customer] = earliest + PAIR_INTERVAL
        return True


class DailyRecipients:
    """Unique people reached outside open windows in a rolling day; `size` None means unlimited."""

    __slots__ = ("_seen", "size")

    def __init__(self, size: int | None) -> None:
        self.size = size
        self._seen: OrderedDict[int, float] = OrderedDict()

    def fits(self, customer: int, now: float) -> bool:
        """Whether the person is or can be among today's."""
        if self.size is None:
            return True
        seen = self._seen
        while seen and next(iter(seen.values())) < now - 86_400:
            seen.popitem(last=False)
        return customer in seen or len(seen) < self.size

    def take(self, customer: int, now: float) -> bool:
        """Counts a person in; False when today's limit is reached."""
        if not self.fits(customer, now):
            return False
        if self.size is not None:
            self._seen.setdefault(customer, now)
        return True
