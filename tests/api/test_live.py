"""Live events: who may listen, what arrives, and what happens to slow pages and lost connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api import websocket
from api.cookies import SESSION
from api.live import QUEUE, RESYNC, Client, Hub
from api.positions import Position
from api.state import AppState
from domain.actors import SYSTEM
from domain.contacts import Selection
from domain.errors import Conflict
from domain.journal.people import ContactMerged
from domain.live import Event as Name
from domain.live import Room, thread_of
from domain.permissions import Role
from services import deletions, sessions
from services.contacts import bulk
from services.contacts.bulk import Bulk, BulkAction
from services.receiving import people
from store import live
from store.listen import notifications
from tests import threads
from tests.conftest import MakeUser
from tests.databases import hang_up
from tests.eventually import eventually, never

Event = dict[str, Any]


class Page:
    """A page's end of the socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **frame: object) -> None:
        await self.connection.send(json.dumps(frame))

    async def read(self, patience: float = 20.0) -> Event:
        event: Event = json.loads(await asyncio.wait_for(self.connection.recv(), patience))
        return event

    async def ask(self, **frame: object) -> Event:
        await self.send(**frame, ref=1)
        while True:
            event = await self.read()
            if event.get("ref") == 1:
                return event

    async def until(self, name: str) -> list[Event]:
        """Everything up to the next event of this name, with it."""
        heard = [await self.read()]
        while heard[-1]["event"] != name:
            heard.append(await self.read())
        return heard

    async def heard(self, name: str) -> Event:
        """The next event of this name."""
        return (await self.until(name))[-1]

    async def silent(self) -> bool:
        try:
            await self.read(0.3)
        except TimeoutError:
            return True
        return False


@pytest.fixture
def open_page(address: str, state: AppState, make_user: MakeUser) -> Callable[..., Any]:
    """``async with open_page(Role.AGENT) as page``."""

    @asynccontextmanager
    async def opened(role: Role, **options: Any) -> AsyncIterator[Page]:
        user = await make_user(role, name=options.pop("name", ""))
        async with state.sessions.begin() as session:
            token = await sessions.start(
                session, user.id, now=datetime.now(UTC), hours=1, ip="", user_agent=""
            )
        headers = {"Cookie": f"{SESSION}={token}"}
        origin = options.pop("origin", address)
        uri = f"{address.replace('http', 'ws')}/ws"
        async with connect(uri, additional_headers=headers, origin=origin) as connection:
            await state.hub.listening.wait()
            yield Page(connection)

    return opened


async def test_events_reach_the_pages_in_the_room(
    open_page: Callable[..., Any], state: AppState
) -> None:
    campaign = f"campaign:{uuid4()}"
    async with open_page(Role.MANAGER) as inside, open_page(Role.MANAGER) as outside:
        assert (await inside.ask(event="join", room=campaign))["event"] == "ack"
        async with state.sessions.begin() as session:
            await live.tick(session, campaign, Name.CAMPAIGN_PROGRESS)
            assert await inside.silent()  # nothing leaves before the commit
        event = await inside.read()
        assert (event["event"], event["room"]) == ("campaign_progress", campaign)
        assert await outside.silent()
        await inside.ask(event="leave", room=campaign)
        async with state.sessions.begin() as session:
            await live.tick(session, campaign, Name.CAMPAIGN_PROGRESS)
        assert await inside.silent()


async def test_strangers_and_other_sites_are_turned_away(
    open_page: Callable[..., Any], address: str
) -> None:
    uri = f"{address.replace('http', 'ws')}/ws"
    async with connect(uri) as connection:
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == websocket.SIGNED_OUT
    with pytest.raises(InvalidStatus):
        async with open_page(Role.ADMIN, origin="https://evil.example"):
            pass


@pytest.mark.parametrize(
    "room",
    [
        "campaign:0199a1b2-1234-7123-8123-123456789012",
        "webhooks",
        "import:0199a1b2-1234-7123-8123-123456789012",
        "nonsense",
        "campaign:x",
        "conversation:",
        "dashboard:0199a1b2-1234-7123-8123-123456789012",
        "",
    ],
)
async def test_an_agent_hears_only_what_the_role_may_see(
    open_page: Callable[..., Any], room: str
) -> None:
    async with open_page(Role.AGENT) as page:
        refused = await page.ask(event="join", room=room)
        assert refused["event"] == "error"
        assert refused["code"] in ("forbidden", "room_unknown")
        assert (await page.ask(event="join", room="inbox"))["event"] == "ack"


async def test_colleagues_see_who_views_and_types(open_page: Callable[..., Any]) -> None:
    conversation = str(uuid4())
    async with open_page(Role.AGENT, name="Ada") as ada:
        await ada.ask(event="join_conversation", conversation_id=conversation)
        async with open_page(Role.AGENT, name="Bob") as bob:
            await bob.send(event="join_conversation", conversation_id=conversation)
            assert (await ada.read())["user"] == "Bob"
            seen = await bob.read()
            assert (seen["user"], seen["activity"]) == ("Ada", "viewing")
            await ada.send(event="typing_start", conversation_id=conversation)
            events = [await bob.read(), await bob.read()]
            assert {"typing"} <= {event.get("activity") for event in events}
            await ada.send(event="typing_stop", room=f"conversation:{conversation}")
            assert (await bob.read())["activity"] == "viewing"
        left = await ada.read()
        assert (left["user"], left["activity"]) == ("Bob", "left")


async def test_registered_events_answer_and_fail_in_words(
    open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(page: websocket.Socket, data: Event) -> Event:
        if data.get("fail"):
            raise Conflict("window_closed")
        if data.get("crash"):
            raise ZeroDivisionError
        return {"message_id": "m1", "by": page.principal.name}

    monkeypatch.setitem(websocket.CLIENT_EVENTS, "send_message", answer)
    async with open_page(Role.AGENT, name="Ada") as page:
        sent = await page.ask(event="send_message")
        assert (sent["event"], sent["message_id"], sent["by"]) == ("ack", "m1", "Ada")
        assert (await page.ask(event="send_message", fail=True))["code"] == "window_closed"
        assert (await page.ask(event="send_message", crash=True))["code"] == "internal"
        assert (await page.ask(event="no_such_event"))["code"] == "event_unknown"
        for nonsense in ("{", "[]", "1", json.dumps({"event": "x" * 70_000})):
            await page.connection.send(nonsense)
            assert (await page.read())["code"] == "frame_invalid"
        assert (await page.ask(event="ping"))["pong"] is True


@pytest.mark.fault("C5")
async def test_a_revoked_session_closes_the_socket(
    open_page: Callable[..., Any], state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "GUARD_S", 0.1)
    async with open_page(Role.AGENT) as page:
        await page.ask(event="ping")
        async with state.sessions.begin() as session:
            await session.execute(text("DELETE FROM sessions"))
        with pytest.raises(ConnectionClosed) as closed:
            await page.read()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == websocket.SIGNED_OUT


async def test_after_a_lost_connection_pages_are_told_to_read_anew(
    open_page: Callable[..., Any], state: AppState
) -> None:
    async with open_page(Role.AGENT) as page:
        await page.ask(event="join", room="inbox")
        await hang_up(state.sessions)
        assert (await page.read(5.0))["event"] == "resync"
        async with state.sessions.begin() as session:
            await live.tick(session, "inbox", Name.CONVERSATION_UPDATE)
        assert (await page.read())["event"] == "conversation_update"


async def test_ticks_of_a_campaign_come_at_most_three_a_second() -> None:
    hub = Hub(partial(notifications, ""))
    client = hub.attach(uuid4())
    hub.join(client, "campaign:1")
    hub.join(client, "inbox")
    for number in range(50):
        hub.publish({"room": "campaign:1", "event": "tick", "number": number})
    assert client.queue.qsize() == 1
    await eventually(lambda: client.queue.qsize() == 2, "the last tick follows")
    client.queue.get_nowait()
    assert client.queue.get_nowait()["number"] == 49
    for _ in range(5):
        hub.publish({"room": "inbox", "event": "new_message"})
    assert client.queue.qsize() == 5
    hub.detach(client)
    await never(lambda: client.queue.qsize() != 5, "something for a page that left", during=0.4)


async def test_a_page_that_cannot_keep_up_gets_one_resync() -> None:
    client = Client(uuid4())
    for number in range(QUEUE + 1):
        client.push({"event": "tick", "number": number})
    assert client.queue.qsize() == 1
    assert client.queue.get_nowait() == RESYNC


async def test_presence_is_forgotten_when_nothing_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = Hub(partial(notifications, ""))
    hub.publish(
        {"room": "conversation:1", "event": "user_activity", "user_id": "u", "activity": "typing"}
    )
    assert hub.present("conversation:1") == {"u": "typing"}
    monkeypatch.setattr("api.live.PRESENCE_S", 0.0)
    assert hub.present("conversation:1") == {}


async def test_unreadable_notifications_are_skipped(state: AppState) -> None:
    await state.hub.listening.wait()
    client = state.hub.attach(uuid4())
    state.hub.join(client, "inbox")
    async with state.sessions.begin() as session:
        await session.execute(text("SELECT pg_notify('live', '{')"))
        await session.execute(text("SELECT pg_notify('live', '[]')"))
        await live.tick(session, "inbox", Name.NEW_MESSAGE)
    event = await asyncio.wait_for(client.queue.get(), 20)
    assert event["event"] == "new_message"


async def test_statuses_follow_a_conversation_to_another_contact_at_once(
    open_page: Callable[..., Any], state: AppState
) -> None:
    """Two contacts turn out to be one; ``GUARD_S`` later would be too late for what WhatsApp says next."""
    async with state.sessions.begin() as session:
        moved = await threads.only_thread(session, state.vault, name="Mara")
        kept = await threads.thread(session, moved.channel_id, "Mara Ruiz")
        await session.execute(text("DELETE FROM conversations WHERE id = :id"), {"id": kept.id})
        joined, gone = [await threads.thread(session, moved.channel_id) for _ in range(2)]
    async with open_page(Role.AGENT) as page:
        for room in (moved.id, gone.id):
            await page.ask(event="join_conversation", conversation_id=str(room))
        async with state.sessions.begin() as session:
            pairs = ((moved, kept), (gone, joined))
            facts = [
                ContactMerged(contact_id=new.contact_id, merged=old.contact_id)
                for old, new in pairs
            ]
            await people._merge(session, facts)
        async with state.sessions.begin() as session:
            for _, new in pairs:
                ends = thread_of(new.channel_id, new.contact_id)
                await live.tick(session, ends, Name.MESSAGE_STATUS)
        heard = {(await page.heard("message_status"))["conversation_id"] for _ in pairs}
        assert heard == {str(moved.id), str(gone.id)}
        async with open_page(
            Role.AGENT
        ) as later:  # by its old address, as one that comes back does
            await later.ask(event="join_conversation", conversation_id=str(gone.id))
            async with state.sessions.begin() as session:
                ends = thread_of(joined.channel_id, joined.contact_id)
                await live.tick(session, ends, Name.MESSAGE_STATUS)
            assert (await later.heard("message_status"))["conversation_id"] == str(gone.id)


async def test_what_is_done_to_many_is_heard_wherever_one_of_them_is_shown(
    open_page: Callable[..., Any], state: AppState
) -> None:
    async with state.sessions.begin() as session:
        thread = await threads.only_thread(session, state.vault)
    contact, room = Room.CONTACT.of(thread.contact_id), Room.CONVERSATION.of(thread.id)
    async with open_page(Role.AGENT) as page:
        since = await page.ask(event="join", room=contact)
        await page.ask(event="join", room=room)
        async with state.sessions.begin() as session:
            selection = Selection(ids=(thread.contact_id,))
            stop = Bulk(BulkAction.OPT_OUT, selection)
            await bulk.apply(session, SYSTEM, stop)
        assert (await page.heard("contact_update"))["room"] == contact
        async with state.sessions.begin() as session:
            deletion = await deletions.contact(session, SYSTEM, thread.contact_id)
            await deletions.undo(session, SYSTEM, deletion)
        heard = [await page.read() for _ in range(4)]
        assert sorted(event["room"] for event in heard) == [contact, contact, room, room]
    before = Position.parse(since["position"])
    assert before is not None
    for position in (since["position"], f"another.1.{before.xmin}"):
        async with open_page(
            Role.AGENT
        ) as page:  # from this process's memory, and from the journal
            await page.send(event="join", room=contact, since=position, ref=1)
            missed = [event for event in await page.until("ack") if "id" in event]
            assert {event["room"] for event in missed} == {contact}
            assert len(missed) >= 3
