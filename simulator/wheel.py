"""A timer wheel for status events: adding costs a list append, firing costs nothing per idle event."""

EVENT_BITS = 3
KIND_MASK = (1 << EVENT_BITS) - 1

SENT, DELIVERED, READ, PLAYED, FAILED, REPLY = 1, 2, 3, 4, 5, 6

_SLOTS_PER_SECOND = 40


class Wheel:
    """Holds events, integers of `row * 8 + kind`, until their epoch second."""

    __slots__ = ("_next", "_slots", "pending")

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[int]] = {}
        self._next = int(now * _SLOTS_PER_SECOND)
        self.pending = 0

    def add(self, due: float, event: int) -> None:
        """Fires `event` at `due`, or at the next turn if that has passed."""
        slot = int(due * _SLOTS_PER_SECOND)
        slot = max(slot, self._next)
        events = self._slots.get(slot)
        if events is None:
            self._slots[slot] = [event]
        else:
            events.append(event)
        self.pending += 1

    def pop(self, now: float) -> list[tuple[float, list[int]]]:
        """Everything due, as `(moment, events)` in time order."""
        last = int(now * _SLOTS_PER_SECOND)
        if last - self._next > len(self._slots):
            due = sorted(slot for slot in self._slots if slot <= last)
        else:
            due = [slot for slot in range(self._next, last + 1) if slot in self._slots]
        self._next = max(self._next, last + 1)
        fired = [(slot / _SLOTS_PER_SECOND, self._slots.pop(slot)) for slot in due]
        self.pending -= sum(len(events) for _, events in fired)
        return fired

    def clear(self) -> None:
        """Forgets everything."""
        self._slots.clear()
        self.pending = 0
