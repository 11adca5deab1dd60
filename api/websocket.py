"""/ws: live events for signed-in people, and the few messages a page may send."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api import csrf
from api.catching_up import catch_up, thread_of
from api.live import Event
from api.rooms import entered
from api.security import identify, requires_itself
from api.sockets import AWAY, SIGNED_OUT, Socket, looked_again, still_good
from api.state import state_of
from api.wording import say, say_error
from domain.errors import DomainError, Invalid, LimitReached
from domain.ids import parse_id
from domain.live import FromPage, Room
from domain.permissions import Permission
from domain.sentences import Sentence
from services import presence, users

log = structlog.get_logger(__name__)

__all__ = ["CLIENT_EVENTS", "SIGNED_OUT", "ClientEvent", "Socket", "on", "router"]

router = APIRouter()

GUARD_S = 20.0
"""How often an open socket's session is checked."""

MAX_FRAME = 64 * 1024
MAX_ROOMS = 60
MAX_REF = 200
MAX_SOCKETS = 30
"""The most pages one person may have open in this process."""

PATIENCE_FRAMES = 200
"""How many frames in a row may be refused as too fast before the socket is closed."""

POLICY, GOING_AWAY = 1008, 1012

ClientEvent = Callable[[Socket, dict[str, Any]], Awaitable[Event | None]]

CLIENT_EVENTS: dict[str, ClientEvent] = {}
"""What a page may send, by event name; the answer is an "ack" with the same ``ref``."""


def on(event: str) -> Callable[[ClientEvent], ClientEvent]:
    """Register a client event: ``async def send_message(socket, data) -> Event | None``.

    The handler opens its own transaction (``socket.state.sessions.begin()``), checks its own
    permission (``socket.principal.require``), and raises domain errors, which reach the page.
    """

    def register(handler: ClientEvent) -> ClientEvent:
        CLIENT_EVENTS[event] = handler
        return handler

    return register


@router.websocket("/ws")
@requires_itself(Permission.SIGNED_IN)
async def socket(websocket: WebSocket) -> None:
    """Accept a signed-in page, then serve it until it leaves or its session ends."""
    state = state_of(websocket)
    if not csrf.same_origin(websocket, state.settings.public_url):
        await websocket.close(1008)
        return
    principal = await identify(websocket, state)
    await websocket.accept()
    if principal is None:
        await websocket.close(SIGNED_OUT, say(Sentence("socket_signed_out")))
        return
    if state.hub.sockets_of(principal.user_id) >= MAX_SOCKETS:
        await websocket.close(POLICY, say(Sentence("socket_pages")))
        return
    await _serve(Socket(websocket, principal, state, state.hub.attach(principal.user_id)))


async def _serve(page: Socket) -> None:
    tasks = [asyncio.create_task(_write(page)), asyncio.create_task(_guard(page))]
    try:
        await _read(page)
    except WebSocketDisconnect:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        rooms = [room for room in page.client.rooms if _shows_presence(room)]
        page.state.hub.detach(page.client)
        await _announce(page, rooms, "left")


async def _read(page: Socket) -> None:
    refused = 0
    while True:
        frame = await _frame(page)
        data: dict[str, Any] = {}
        try:
            page.state.limiter.take(f"socket:{page.principal.user_id}")
            refused = 0
            data = _parse(frame)
            if not await still_good(page):
                return
            await _handle(page, data)
        except LimitReached as error:
            refused += 1
            if refused > PATIENCE_FRAMES:
                await page.websocket.close(POLICY, _words(page, error))
                return
            _tell(page, data, error)
        except DomainError as error:
            _tell(page, data, error)
        except AWAY:
            _tell(page, data, Invalid("internal"))


async def _frame(page: Socket) -> str | bytes:
    message = await page.websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    frame: str | bytes | None = message.get("text")
    return message.get("bytes") or b"" if frame is None else frame


def _words(page: Socket, error: DomainError) -> str:  # in the language of the page's viewer
    speech = page.state.speech_in(page.principal.locale, page.principal.timezone)
    return say_error(error, speech).encode("utf-8", "replace").decode()


def _tell(page: Socket, data: dict[str, Any], error: DomainError) -> None:
    said = {"code": error.code, "detail": _words(page, error)}
    page.send({"event": "error", "ref": _ref(data), **said})


def _ref(data: dict[str, Any]) -> str | int | None:
    """The page's reference for matching the answer, if it can be returned."""
    ref = data.get("ref")
    short = isinstance(ref, str) and len(ref) <= MAX_REF
    return ref if short or (isinstance(ref, int) and abs(ref) < 2**53) else None


async def _handle(page: Socket, data: dict[str, Any]) -> None:
    handler = CLIENT_EVENTS.get(str(data.get("event")))
    if handler is None:
        raise Invalid("event_unknown")
    try:
        answer = await handler(page, data)
    except DomainError:
        raise
    except Exception as error:
        # The socket must survive a failing event; the page is told that it failed.
        log.exception("socket_event_failed", error=type(error).__name__)
        raise Invalid("internal") from error
    if answer is not None or "ref" in data:
        page.send({"event": "ack", "ref": _ref(data), **(answer or {})})


def _parse(frame: str | bytes) -> dict[str, Any]:
    readable = isinstance(frame, str) and len(frame) <= MAX_FRAME
    try:
        data = orjson.loads(frame) if readable else None
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise Invalid("frame_invalid")
    return data


async def _write(page: Socket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the page disconnected while we were sending
        while True:
            event = await page.client.queue.get()
            if event["event"] == "closing":
                await page.websocket.close(GOING_AWAY)
                return
            await page.client.trusted.wait()
            if event["event"] == "user_activity":
                event = await _named(page, event)
            if event.get("user_id") != str(page.principal.user_id):
                await page.websocket.send_text(orjson.dumps(event).decode())


async def _named(page: Socket, event: Event) -> Event:
    """The notification has only ids; the team's pages show the colleague's name."""
    names = page.state.names
    user_id = parse_id(str(event.get("user_id", "")))
    if user_id is not None and user_id not in names:
        async with page.state.reads() as session:
            names.update(await users.names(session, [user_id]))
    name = names.get(user_id, "") if user_id is not None else ""
    return {**event, "user": name}


async def _guard(page: Socket) -> None:
    """Close the socket when the session ends or loses its rights; renew presence until then."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(page.client.doubted.wait(), GUARD_S)
        if not await looked_again(page):
            return
        rooms = [room for room in page.client.rooms if _shows_presence(room)]
        with suppress(*AWAY):  # it is checked again in a moment
            await _announce(page, rooms, "viewing")
            for room in rooms:  # its person may have been merged into another
                thread = await thread_of(page, room)
                if room in page.client.rooms:
                    page.state.hub.join(page.client, room, thread)


def _shows_presence(room: str) -> bool:
    return room.startswith("conversation:")


async def _announce(page: Socket, rooms: list[str], activity: str) -> None:
    """Tell every process what this person is doing in these rooms."""
    if not rooms:
        return
    async with page.state.sessions.begin() as session:
        await presence.show(session, page.principal.user_id, rooms, activity)


def _room(data: dict[str, Any]) -> str:
    return str(data.get("room") or f"conversation:{data.get('conversation_id')}")


@on(FromPage.JOIN)
async def join(page: Socket, data: dict[str, Any]) -> Event:
    """Receive a room's events: ``{"event": "join", "room": "campaign:<id>", "since"?: "<position>"}``."""
    return await _join(page, _room(data), str(data.get("since") or ""))


async def _join(page: Socket, room: str, since: str) -> Event:
    """``since`` is the position from the page or an answer: later events are sent too."""
    room = entered(page.principal, room)
    if len(page.client.rooms) >= MAX_ROOMS:
        raise Invalid("too_many_rooms", max_rooms=MAX_ROOMS)
    page.state.hub.join(page.client, room, await thread_of(page, room))
    if since:
        await catch_up(page, room, since)
    if _shows_presence(room):
        for user_id, activity in page.state.hub.present(room).items():
            event = {"event": "user_activity", "room": room}
            page.send({**event, "user_id": user_id, "activity": activity})
        await _announce(page, [room], "viewing")
    return {"room": room, "position": str(page.state.hub.position)}


@on(FromPage.JOIN_CONVERSATION)
async def join_conversation(page: Socket, data: dict[str, Any]) -> Event:
    """Receive a conversation's events: ``{"conversation_id": "<id>", "since"?: "<position>"}``."""
    if not isinstance(parse_id(str(data.get("conversation_id"))), UUID):
        raise Invalid("conversation_id_invalid")
    room = Room.CONVERSATION.of(data["conversation_id"])
    return await _join(page, room, str(data.get("since") or ""))


@on(FromPage.LEAVE)
async def leave(page: Socket, data: dict[str, Any]) -> Event:
    """Stop receiving the events of a room."""
    room = _room(data)
    if room in page.client.rooms:
        page.state.hub.leave(page.client, room)
        if _shows_presence(room):
            await _announce(page, [room], "left")
    return {"room": room}


@on(FromPage.TYPING_START)
async def typing_start(page: Socket, data: dict[str, Any]) -> None:
    """Show colleagues in the same conversation that this person is typing."""
    await _typing(page, data, "typing")


@on(FromPage.TYPING_STOP)
async def typing_stop(page: Socket, data: dict[str, Any]) -> None:
    """Show colleagues that this person stopped typing."""
    await _typing(page, data, "viewing")


async def _typing(page: Socket, data: dict[str, Any], activity: str) -> None:
    room = _room(data)
    if room not in page.client.rooms:
        raise Invalid("not_in_room")
    await _announce(page, [room], activity)


@on(FromPage.PING)
async def ping(page: Socket, _data: dict[str, Any]) -> Event:
    """Keep the connection alive through impatient proxies, and get its position."""
    return {"pong": True, "position": str(page.state.hub.position)}
