"""Restores a simulator from its journal: calls, people, templates, pending webhooks."""

from collections.abc import Callable
from typing import Any

import orjson

from simulator.catalog import Template
from simulator.identifiers import MessageIds
from simulator.inbound import opens_window
from simulator.ledger import INBOUND_CODE, SERVICE, Entry
from simulator.pump import Pump
from simulator.statuses import Update
from simulator.wheel import EVENT_BITS, KIND_MASK, REPLY
from simulator.world import World


class Recovery:
    """Replays journal records; afterwards `finish` schedules what was still pending."""

    def __init__(self, world: World, pump: Pump) -> None:
        self._world = world
        self._pump = pump
        self._events: dict[int, float] = {}
        self._updates: dict[int, tuple[int | None, Update]] = {}
        self._highest_ack = 0
        self._handlers: dict[str, Callable[..., None]] = {
            "h": self._header,
            "a": self._accepted,
            "r": self._refused,
            "i": self._inbound,
            "e": self._event,
            "k": self._events_arrived,
            "u": self._update,
            "v": self._updates_arrived,
            "n": self._person,
            "t": self._template,
            "x": self._template_gone,
            "m": world.media.restore,
            "d": world.media.forget,
            "s": world.restore_subscription,
            "c": world.restore_account,
        }

    def run(self) -> int:
        """Replays the whole journal; returns the number of rows restored."""
        found = False
        for kind, *fields in self._world.journal.open():
            found = True
            self._handlers[kind](*fields)
        if found:
            self._finish()
        elif self._world.journal.on:
            self._world.start_journal()
        return len(self._world.ledger)

    def _header(self, nonce: int) -> None:
        self._world.ids = MessageIds(nonce)

    def _accepted(
        self,
        row: int,
        moment: float,
        number: int,
        digits: str,
        callback: str | None,
        category: int,
        flags: int,
        plan: list[list[float]],
        failure: int,
        content: Any,
    ) -> None:
        people = self._world.people
        customer = people.obtain(digits)
        entry = Entry(
            moment, number, customer, "", callback, 0, category, flags, orjson.dumps(content)
        )
        self._world.ledger.append(entry, people.last[customer])
        people.last[customer] = row
        people.count_accepted(customer)
        people.touch(customer)
        if failure:
            self._world.ledger.failures[row] = failure
        elif category != SERVICE and not people.window_open(customer, number, moment):
            self._world.daily.take(customer, moment)
        for kind, due in plan:
            self._events[row << EVENT_BITS | int(kind)] = due

    def _refused(
        self, _: int, moment: float, number: int, recipient: str, callback: str | None, code: int
    ) -> None:
        entry = Entry(moment, number, -1, recipient, callback, code)
        self._world.ledger.append(entry, previous=-1)

    def _inbound(self, row: int, moment: float, number: int, digits: str, content: Any) -> None:
        people = self._world.people
        customer = people.obtain(digits)
        entry = Entry(
            moment, number, customer, "", None, INBOUND_CODE, content=orjson.dumps(content)
        )
        self._world.ledger.append(entry, people.last[customer])
        people.last[customer] = row
        people.touch(customer)
        extra = content[3] if len(content) > 3 else {}  # none in an earlier release
        if opens_window(content[0], extra):
            people.window_opened(customer, number, moment)

    def _event(self, event: int, due: float) -> None:
        self._events[event] = due

    def _events_arrived(self, events: list[int]) -> None:
        states = self._world.ledger.states
        for event in events:
            self._events.pop(event, None)
            kind = event & KIND_MASK
            if kind != REPLY:
                states[event >> EVENT_BITS] = max(states[event >> EVENT_BITS], kind)
                self._pump.delivered_statuses += 1

    def _update(
        self,
        ack: int,
        number: int | None,
        change: str,
        row: int | None = None,
        time: int = 0,
        entry: str = "",
    ) -> None:
        time = time or int(self._world.clock.now())  # journals of an earlier release have none
        self._updates[ack] = (number, Update(ack, change, time, entry, row))
        self._highest_ack = max(self._highest_ack, ack)

    def _updates_arrived(self, acks: list[int], moment: float = 0.0) -> None:
        for ack in acks:
            known = self._updates.pop(ack, None)
            if known is not None and known[1].row is not None:
                self._world.ledger.told[known[1].row] = moment
            self._pump.delivered_updates += 1

    def _person(self, digits: str, name: str | None, flags: int) -> None:
        customer = self._world.people.obtain(digits)
        self._world.people.flags[customer] = flags
        if name:
            self._world.people.names[customer] = name
        self._world.people.touch(customer)

    def _template(self, record: dict[str, Any]) -> None:
        self._world.catalog.changed.add(record["id"])
        self._world.catalog.put(Template(**record))

    def _template_gone(self, identifier: str) -> None:
        self._world.catalog.gone.add(identifier)
        template = self._world.catalog.by_id.get(identifier)
        if template is not None:
            self._world.catalog.remove(template, self._world.clock.now(), lock=False)

    def _finish(self) -> None:
        world = self._world
        for event, due in self._events.items():
            row, kind = event >> EVENT_BITS, event & KIND_MASK
            if (
                kind <= world.ledger.states[row]
            ):  # overtaken before the restart, still to be reported
                self._pump.add_events(world.ledger.numbers[row], int(due), [event])
            else:
                world.wheel.add(due, event)
        for number, update in self._updates.values():
            self._pump.restore_update(update, number)
        self._pump.acks_from(self._highest_ack + 1)
