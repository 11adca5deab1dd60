"""Fans notifications from PostgreSQL out to the open pages of this process, room by room."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from api.positions import Position, entry_events
from domain.ids import new_id
from domain.journal.conversations import ConversationMerged
from domain.live import ACCESS, EVERY, TICKING, Room, every, moved_thread
from domain.live import Event as Name

log = structlog.get_logger(__name__)

Event = dict[str, Any]

Listen = Callable[[], AsyncGenerator[str | None]]
"""A listening connection: yields None once it listens, then every payload, until it is lost."""

QUEUE = 256
"""The most events queued for one slow page; beyond that it is told to reload everything."""

TICK_S = 0.34
"""The shortest time between two equal events of a coalesced room: about three a second."""

REMEMBERED = 4_096
"""How many past events a briefly disconnected page can still be sent, one by one."""

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
PRESENCE_S = 60.0
"""Somebody not heard from for this long is no longer shown as present."""

RESYNC: Event = {"event": "resync"}
THREAD = "thread:"


def _new_name() -> str:
    """Identifies a gapless memory: positions from another one are unknown in it."""
    return new_id().hex[-12:]


@dataclass(eq=False, slots=True)
class Client:
    """One open page: the rooms it joined and the events still to be sent."""

    user_id: UUID
    rooms: set[str] = field(default_factory=set)
    doubted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the person's rights may have changed: nothing is sent until they were checked."""
    trusted: asyncio.Event = field(default_factory=asyncio.Event)
    queue: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def doubt(self) -> None:
        """Hold everything back until the person's rights have been checked again."""
        self.trusted.clear()
        self.doubted.set()

    def trust(self) -> None:
        """The person's rights were checked and have not changed."""
        self.doubted.clear()
        self.trusted.set()

    def push(self, event: Event) -> None:
        """Queue an event with its conversation's id; a page that cannot keep up gets one "resync" instead of the
        backlog.
        """
        kind, _, thing = str(event.get("room", "")).partition(":")
        if kind == Room.CONVERSATION and thing:
            event = {**event, "conversation_id": thing}
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(RESYNC)


@dataclass(slots=True)
class Presence:
    """What somebody is doing in a room, and when that was last reported."""

    activity: str
    heard_at: float


class Hub:
    """The rooms of this process, fed by one LISTEN connection that is reopened when it breaks."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._rooms: defaultdict[str, set[Client]] = defaultdict(set)
        self._clients: set[Client] = set()
        self._presence: defaultdict[str, dict[str, Presence]] = defaultdict(dict)
        self._ticks: dict[tuple[str, str], Event | None] = {}
        self._threads: defaultdict[str, set[str]] = defaultdict(set)
        self._name = _new_name()
        self._recent: deque[tuple[int, str, Event]] = deque(maxlen=REMEMBERED)
        self._told = 0
        self._xmin = 0
        self._task: asyncio.Task[None] | None = None
        self._listeners: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self.listening = asyncio.Event()

    async def start(self) -> None:
        """Start listening; returns immediately, the connection may open later."""
        self._task = asyncio.create_task(self._run(), name="live-hub")

    async def stop(self) -> None:
        """Stop listening and tell every page to reconnect."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for client in self._clients:
            client.push({"event": "closing"})

    def listen(self, name: str, act: Callable[[], None]) -> None:
        """Call a function on every event with this name, and after a gap in which one may have been missed."""
        self._listeners[name].append(act)

    def attach(self, user_id: UUID) -> Client:
        """Register a page that opened its socket."""
        client = Client(user_id)
        client.doubt()  # rights may have ended between the check and this line
        self._clients.add(client)
        return client

    def sockets_of(self, user_id: UUID) -> int:
        """How many pages a person has open here."""
        return sum(client.user_id == user_id for client in self._clients)

    def detach(self, client: Client) -> None:
        """Remove a page that disconnected."""
        for room in list(client.rooms):
            self.leave(client, room)
        self._clients.discard(client)

    @property
    def position(self) -> Position:
        """The position of a reader that starts reading the database now."""
        return Position(self._name, self._told, self._xmin)

    def join(self, client: Client, room: str, thread: str = "") -> None:
        """Send this room's events to this page; ``thread`` is another name of its conversation."""
        client.rooms.add(room)
        self._rooms[room].add(client)
        if thread:
            self._threads[thread].add(room)

    def recall(self, client: Client, room: str, thread: str, since: Position) -> bool:
        """Send a page what it missed in a room, or under its thread's name; False if unknown here."""
        oldest = self._recent[0][0] if len(self._recent) == REMEMBERED else 0
        if since.hub != self._name or since.event + 1 < oldest:
            return False
        for number, where, event in self._recent:
            if number > since.event and where in (room, thread, every(room)):
                client.push({**event, "room": room})
        return True

    def leave(self, client: Client, room: str) -> None:
        """Stop sending events of this room to this page."""
        client.rooms.discard(room)
        members = self._rooms[room]
        members.discard(client)
        if not members:
            del self._rooms[room]
            for thread in [name for name, rooms in self._threads.items() if room in rooms]:
                self._threads[thread].discard(room)
                if not self._threads[thread]:
                    del self._threads[thread]

    def present(self, room: str) -> dict[str, str]:
        """Who is doing what in a room right now, by user id."""
        now = asyncio.get_running_loop().time()
        here = self._presence.get(room, {})
        return {
            user: seen.activity for user, seen in here.items() if now - seen.heard_at < PRESENCE_S
        }

    def publish(self, event: Event) -> None:
        """Send an event to every page in its room, at most a few equal ones a second in coalesced rooms."""
        room, name = str(event.get("room", "")), str(event.get("event", ""))
        if name == ACCESS:
            self._doubt(str(event.get("user_id", "")))
            return
        for act in self._listeners.get(name, ()):
            act()
        if name == "user_activity":
            self._note_presence(room, event)
        if room.startswith(THREAD):
            self._remember(room, event)  # even if nobody is in it: pages may come back
            for conversation in list(self._threads.get(room, ())):
                self._push(conversation, event)
            return
        if room.partition(":")[0] not in TICKING:
            self._deliver(room, event)
            return
        key = (room, name)
        if key in self._ticks:
            self._ticks[key] = event
            return
        self._ticks[key] = None
        self._deliver(room, event)
        asyncio.get_running_loop().call_later(TICK_S, self._tick, key)

    def _doubt(self, user_id: str) -> None:
        for client in self._clients:
            if str(client.user_id) == user_id:
                client.doubt()

    def _tick(self, key: tuple[str, str]) -> None:
        waiting = self._ticks.pop(key, None)
        if waiting is not None:
            self.publish(waiting)

    def _deliver(self, room: str, event: Event) -> None:
        if event["event"] != Name.USER_ACTIVITY:
            self._remember(room, event)
        self._push(room, event)

    def _remember(self, room: str, event: Event) -> None:
        self._told += 1
        self._recent.append((self._told, room, event))

    def _push(self, room: str, event: Event) -> None:
        rooms = [r for r in self._rooms if every(r) == room] if room.endswith(EVERY) else [room]
        for one in rooms:
            for client in self._rooms.get(one, ()):
                client.push({**event, "room": one})

    def _follow(self, room: str, contact_id: str) -> None:
        """Follow a conversation to its new contact: statuses use that one from now on."""
        for thread in [name for name, rooms in self._threads.items() if room in rooms]:
            self._threads[moved_thread(thread, contact_id)].add(room)

    def _note_presence(self, room: str, event: Event) -> None:
        user, activity = str(event.get("user_id", "")), str(event.get("activity", ""))
        if activity == "left":
            self._presence[room].pop(user, None)
        else:
            now = asyncio.get_running_loop().time()
            self._presence[room][user] = Presence(activity, now)
        if not self._presence[room]:
            del self._presence[room]

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                async with aclosing(self._listen()) as stream:
                    async for payload in stream:
                        if payload is None:
                            self._connected(again=failures > 0)
                            failures = 0
                        else:
                            self._receive(payload)
            except (psycopg.Error, OSError) as error:
                log.warning("live_connection_lost", error=type(error).__name__)
            self.listening.clear()
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
            failures += 1

    def _connected(self, *, again: bool) -> None:
        self.listening.set()
        if again:
            # Notifications missed in the meantime are not in memory here: returning pages need the journal.
            self._name = _new_name()
            self._recent.clear()
            # Notifications in between are lost, including changed rights: check, then reload.
            for act in chain.from_iterable(self._listeners.values()):
                act()
            self._each(Client.doubt)
            self._each(lambda client: client.push(RESYNC))

    def _each(self, act: Callable[[Client], None]) -> None:
        for client in self._clients:
            act(client)

    def _receive(self, payload: str) -> None:
        try:
            event = orjson.loads(payload)
        except orjson.JSONDecodeError:
            log.warning("live_payload_unreadable")
            return
        if isinstance(event, dict):
            if event.get("kind") == ConversationMerged.kind and "contact_id" in event:
                self._follow(Room.CONVERSATION.of(event["conversation_id"]), event["contact_id"])
            for told in entry_events(event) if "kind" in event else [event]:
                if "event" in told:
                    self.publish(told)
            self._xmin = max(self._xmin, int(event.get("xmin", 0)))
