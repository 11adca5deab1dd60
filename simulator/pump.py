"""Delivers webhooks: batches per receiver, signed bytes, and redelivery with growing gaps for seven days."""

import asyncio
import hmac
from collections import OrderedDict, deque
from heapq import heappop, heappush
from itertools import count
from time import perf_counter
from typing import Any, NamedTuple

from simulator.carrier import Carrier
from simulator.statuses import Batch, Update, dumps, render
from simulator.world import World

GIVE_UP_SECONDS = 7 * 86_400
LONGEST_GAP = 3_600.0
DOWN_AFTER = 3
PROBE_EVERY = 1.0
TOLD = 1_000


class Parcel(NamedTuple):
    """One rendered POST; redeliveries send the same bytes and the same signature."""

    receiver: "Receiver"
    batch: Batch
    body: bytes
    born: float
    attempts: int


class Receiver:
    """One callback address with its queue and its state."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.events: deque[tuple[int, list[int]]] = deque()
        self.updates: deque[Update] = deque()
        self.in_flight = 0
        self.failures = 0
        self.probe_at = 0.0

    @property
    def waiting(self) -> bool:
        """Whether anything is not yet in a parcel."""
        return bool(self.events or self.updates)

    def may_send(self, now: float, concurrency: int) -> bool:
        """A receiver that is down gets one probe at a time; the rest waits here as plain numbers."""
        if self.failures >= DOWN_AFTER:
            return self.in_flight == 0 and now >= self.probe_at
        return self.in_flight < concurrency

    def take(self, size: int) -> Batch:
        """Up to `size` waiting updates."""
        batch = Batch([], [])
        while self.updates and len(batch.updates) < size:
            batch.updates.append(self.updates.popleft())
        room = size - len(batch.updates)
        while self.events and room > 0:
            timestamp, events = self.events[0]
            taken = events[:room]
            batch.events.extend((timestamp, event) for event in taken)
            room -= len(taken)
            if len(taken) == len(events):
                self.events.popleft()
            else:
                self.events[0] = (timestamp, events[len(taken) :])
        return batch


def gap(attempts: int, time_scale: float) -> float:
    """Seconds before the next try: immediate, then doubling up to an hour, all divided by the scale."""
    if attempts <= 1:
        return 0.0
    return float(min(LONGEST_GAP, 2.0 ** min(attempts - 2, 12)) / time_scale)


class Pump:
    """Moves updates from receivers' queues into signed POSTs."""

    def __init__(self, world: World, carrier: Carrier) -> None:
        self._world = world
        self._carrier = carrier
        self._receivers: dict[str, Receiver] = {}
        self._retries: list[tuple[float, int, Parcel]] = []
        self._tie = count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._secret = world.config.app_secret.encode()
        self._acks = count(1)
        self._told: OrderedDict[str, int] = OrderedDict()
        self._newest = 0
        self._flying = 0
        self.posts = 0
        self.delivered_statuses = 0
        self.delivered_updates = 0
        self.refused_posts = 0
        self.dropped = 0
        self.last_success: float | None = None
        self.last_error: str | None = None
        self.verified: bool | None = None

    # Filling

    def add_events(self, number: int, timestamp: int, events: list[int]) -> None:
        """Queues statuses of one number."""
        receiver = self._receiver(self._world.callback_for(self._world.numbers[number]))
        if receiver is not None:
            receiver.events.append((timestamp, events))

    def add_update(
        self, change: str, number: int | None, row: int | None = None, entry: str = ""
    ) -> None:
        """Queues one change; `number` None means an account-level field, which ignores overrides."""
        update = Update(next(self._acks), change, self._time_of(change), entry, row)
        self._world.journal.write("u", update.ack, number, change, row, update.time, entry)
        self.restore_update(update, number)

    def tell(self, field: str, value: Any, entry: str = "") -> None:
        """Queues a webhook about the account."""
        self.add_update(f'{{"value":{dumps(value)},"field":"{field}"}}', None, entry=entry)

    def _time_of(self, change: str) -> int:
        """When it happened: never before earlier webhooks, and never twice the same in one second.

        Otherwise a body could equal an earlier one, and be dropped as a duplicate.
        """
        now = int(self._world.clock.now())
        self._newest = time = max(now, self._newest, self._told.pop(change, 0) + 1)
        self._told[change] = time
        if len(self._told) > TOLD:
            self._told.popitem(last=False)
        return time

    def restore_update(self, update: Update, number: int | None) -> None:
        """Queues a change that is already journaled."""
        world = self._world
        if number is None:
            url = world.callback_url if world.subscribed else None
        else:
            url = world.callback_for(world.numbers[number])
        receiver = self._receiver(url)
        if receiver is not None:
            receiver.updates.append(update)

    def acks_from(self, first: int) -> None:
        """Continues numbering after a restart."""
        self._acks = count(first)

    def _receiver(self, url: str | None) -> Receiver | None:
        if url is None:
            return None
        receiver = self._receivers.get(url)
        if receiver is None:
            receiver = self._receivers[url] = Receiver(url)
        return receiver

    # Emptying

    @property
    def pending_statuses(self) -> int:
        """Statuses that fired but have not arrived yet."""
        waiting = sum(
            len(events) for receiver in self._receivers.values() for _, events in receiver.events
        )
        retrying = sum(len(parcel.batch.events) for _, _, parcel in self._retries)
        return waiting + retrying + self._flying

    def dispatch(self, now: float) -> None:
        """Starts as many POSTs as the receivers allow."""
        knobs = self._world.knobs
        while self._retries and self._retries[0][0] <= now:
            _, _, parcel = heappop(self._retries)
            self._start(parcel)
        for receiver in self._receivers.values():
            while receiver.waiting and receiver.may_send(now, knobs.concurrency):
                batch = receiver.take(knobs.batch_size)
                if knobs.reorder:
                    self._world.random.shuffle(batch.events)
                body = render(self._world, batch)
                self._start(Parcel(receiver, batch, body, now, 0))

    def _start(self, parcel: Parcel) -> None:
        parcel.receiver.in_flight += 1
        self._flying += len(parcel.batch.events)
        task = asyncio.get_running_loop().create_task(self._deliver(parcel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            arrived = await self._post(parcel.receiver.url, parcel.body) == 200
        finally:
            parcel.receiver.in_flight -= 1
            self._flying -= len(parcel.batch.events)
        if arrived:
            self._arrived(parcel)
            if self._world.random.random() < self._world.knobs.duplicate_share:
                await self._post(parcel.receiver.url, parcel.body)
        else:
            self._failed(parcel)

    async def _post(self, url: str, body: bytes) -> int:
        self.posts += 1
        signature = hmac.digest(self._secret, body, "sha256").hex()
        answer = await self._carrier.post(url, body, f"sha256={signature}")
        if answer.status != 200:
            self.last_error = answer.error or f"HTTP {answer.status}"
        return answer.status

    def _arrived(self, parcel: Parcel) -> None:
        batch = parcel.batch
        parcel.receiver.failures = 0
        self.last_success = now = self._world.clock.now()
        self.delivered_statuses += len(batch.events)
        self.delivered_updates += len(batch.updates)
        told = (update.row for update in batch.updates if update.row is not None)
        self._world.ledger.told.update(dict.fromkeys(told, now))
        journal = self._world.journal
        if journal.on and batch.events:
            journal.write("k", [event for _, event in batch.events])
        if journal.on and batch.updates:
            journal.write("v", [update.ack for update in batch.updates], now)

    def _failed(self, parcel: Parcel) -> None:
        now = self._world.clock.now()
        scale = self._world.knobs.time_scale
        self.refused_posts += 1
        parcel.receiver.failures += 1
        parcel.receiver.probe_at = now + PROBE_EVERY / max(1.0, scale)
        if now - parcel.born > GIVE_UP_SECONDS / scale:
            self.dropped += len(parcel.batch.events) + len(parcel.batch.updates)
            return
        attempts = parcel.attempts + 1
        due = now + gap(attempts, scale)
        heappush(self._retries, (due, next(self._tie), parcel._replace(attempts=attempts)))

    # Talking to the receiver outside the queue

    async def verify(self, url: str, verify_token: str) -> bool:
        """The GET handshake: the receiver must echo the challenge."""
        challenge = str(self._world.random.randrange(10**8, 10**10))
        parameters = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": verify_token,
        }
        answer = await self._carrier.get(url, parameters)
        if answer.status != 200:
            self.last_error = answer.error or f"HTTP {answer.status}"
        return answer.status == 200 and answer.text.strip() == challenge

    async def ping(self, url: str, body: bytes) -> tuple[int, float]:
        """One immediate signed POST; its status (0 when unreachable) and milliseconds."""
        started = perf_counter()
        status = await self._post(url, body)
        return status, (perf_counter() - started) * 1_000

    def clear(self) -> None:
        """Forgets everything queued and every counter."""
        self._receivers.clear()
        self._retries.clear()
        self.posts = self.delivered_statuses = self.delivered_updates = 0
        self.refused_posts = self.dropped = 0

    async def close(self) -> None:
        """Stops deliveries in flight."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._carrier.close()
