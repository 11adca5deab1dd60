"""Fires due status events: states move forward only, then statuses go to the pump and replies begin."""

from collections.abc import Callable
from heapq import heappop, heappush

from simulator.ledger import REACTION
from simulator.people import HELD_BY_PERSON
from simulator.personas import ANSWERS
from simulator.pump import Pump
from simulator.wheel import DELIVERED, EVENT_BITS, FAILED, KIND_MASK, READ, REPLY, SENT
from simulator.world import World

_LATE_SHARE = 0.3
_LATE_SECONDS = 1.5


class Turn:
    """One pass of the wheel; `reply(row)` makes the customer of a row answer it."""

    def __init__(self, world: World, pump: Pump, reply: Callable[[int], None]) -> None:
        self._world = world
        self._pump = pump
        self._reply = reply
        self.generated = 0
        self._late: list[tuple[float, int, int, int]] = []

    def fire(self, now: float) -> None:
        """Everything due by now."""
        while self._late and self._late[0][0] <= now:
            _, number, timestamp, event = heappop(self._late)
            self._pump.add_events(number, timestamp, [event])
        for moment, events in self._world.wheel.pop(now):
            for number, advanced in self._advanced(events, now).items():
                self.generated += len(advanced)
                punctual = advanced
                if self._world.knobs.reorder:
                    punctual = self._held_back(number, int(moment), advanced, now)
                if punctual:
                    self._pump.add_events(number, int(moment), punctual)

    def _advanced(self, events: list[int], now: float) -> dict[int, list[int]]:
        by_number: dict[int, list[int]] = {}
        for event in events:
            if event & KIND_MASK == REPLY:
                self._answer(event)
            elif self._advance(event, now):
                number = self._world.ledger.numbers[event >> EVENT_BITS]
                by_number.setdefault(number, []).append(event)
        return by_number

    def _held_back(self, number: int, timestamp: int, events: list[int], now: float) -> list[int]:
        punctual: list[int] = []
        for event in events:
            if self._world.random.random() < _LATE_SHARE:
                late = now + self._world.random.random() * _LATE_SECONDS
                heappush(self._late, (late, number, timestamp, event))
            else:
                punctual.append(event)
        return punctual

    @property
    def pending(self) -> int:
        """Statuses waiting for their time or held back by the reorder knob."""
        return self._world.wheel.pending + len(self._late)

    def clear(self) -> None:
        """Forgets late statuses and the counter."""
        self._late.clear()
        self.generated = 0

    def _advance(self, event: int, now: float) -> bool:
        world = self._world
        row, kind = event >> EVENT_BITS, event & KIND_MASK
        state = world.ledger.states[row]
        if kind <= state or (kind == FAILED and state > SENT):
            return False
        world.ledger.states[row] = kind
        customer = world.ledger.customers[row]
        world.watch.version += 1
        if kind in (DELIVERED, READ) and state < DELIVERED:
            self._maybe_answer(row, customer, now)
        return True

    def _maybe_answer(self, row: int, customer: int, now: float) -> None:
        world = self._world
        if world.ledger.flags[row] & REACTION or world.people.flags[customer] & HELD_BY_PERSON:
            return
        share = 1.0 if world.people.persona(customer) in ANSWERS else world.knobs.reply_share
        if share and world.random.random() < share:
            event = row << EVENT_BITS | REPLY
            due = now + world.span(world.knobs.reply_ms)
            world.journal.write("e", event, due)
            world.wheel.add(due, event)

    def _answer(self, event: int) -> None:
        self._world.journal.write("k", [event])
        self._reply(event >> EVENT_BITS)
