"""A page gets what happened between loading and joining, and what it missed while disconnected."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from api.live import REMEMBERED
from api.positions import Position
from api.state import AppState
from domain.actors import SYSTEM
from domain.conversations import ConversationStatus
from domain.ids import new_id
from domain.journal.campaigns import CampaignPaused
from domain.journal.conversations import MessageReceived
from domain.live import Event, Room, thread_of
from domain.permissions import Role
from services import journal
from services.conversations import change
from store import live
from tests import factories, threads
from tests.api.test_live import open_page
from tests.conftest import LoginAs
from tests.databases import hang_up
from tests.eventually import eventually
from tests.threads import Thread

__all__ = ["open_page"]

OpenPage = Callable[..., Any]


@pytest.fixture
async def thread(state: AppState) -> Thread:
    async with state.sessions.begin() as session:
        channel_id = await factories.channel(session, state.vault)
        return await threads.thread(session, channel_id, "Ana Ruiz")


async def received(state: AppState, thread: Thread) -> None:
    async with state.sessions.begin() as session:
        message_id = await threads.message(session, thread, body="Hello")
        fact = MessageReceived(
            conversation_id=thread.id, contact_id=thread.contact_id, message_id=message_id
        )
        await journal.note(session, SYSTEM, fact)


async def position(state: AppState) -> Position:
    """The position of a page loaded now, once this process has heard everything so far."""
    client = state.hub.attach(new_id())
    state.hub.join(client, "inbox")
    async with state.sessions.begin() as session:
        await live.tick(session, "inbox", Event.CONVERSATION_UPDATE)
    await client.queue.get()
    state.hub.detach(client)
    return state.hub.position


async def test_what_happens_before_a_page_joins_is_told(
    open_page: OpenPage, state: AppState, thread: Thread
) -> None:
    async with open_page(Role.AGENT) as page:
        since = await position(state)
        await received(state, thread)
        await position(state)
        room = Room.CONVERSATION.of(thread.id)
        await page.send(event="join", room=room, since=str(since), ref="1")
        heard = await page.until("ack")
        assert [event["event"] for event in heard if "id" in event] == ["new_message"]
        await page.send(event="join", room=room, since=str(state.hub.position), ref="2")
        assert [event for event in await page.until("ack") if "id" in event] == []


@pytest.mark.parametrize("ticked", [False, True])
async def test_another_process_finds_it_in_the_journal(
    open_page: OpenPage, state: AppState, thread: Thread, ticked: bool
) -> None:
    """The page was read from a process that is gone since, or from another replica."""
    await received(state, thread)
    since = replace(await position(state), hub="another")
    await received(state, thread)
    if ticked:
        await position(state)
    async with open_page(Role.AGENT) as page:
        room = Room.CONVERSATION.of(thread.id)
        await page.send(event="join", room=room, since=str(since), ref="1")
        heard = [event["event"] for event in await page.until("ack")]
        assert "new_message" in heard
        assert "message_status" in heard  # what streams is not in the journal: it is read anew
        assert "resync" not in heard


async def test_ticks_of_a_conversation_nobody_is_in_are_remembered(
    open_page: OpenPage, state: AppState, thread: Thread
) -> None:
    room = Room.CONVERSATION.of(thread.id)
    async with open_page(Role.AGENT) as page:
        await page.ask(event="join", room=room)
    since = await position(state)
    async with state.sessions.begin() as session:
        ends = thread_of(thread.channel_id, thread.contact_id)
        await live.tick(session, ends, Event.MESSAGE_STATUS)
    await position(state)
    async with open_page(Role.AGENT) as page:
        await page.send(event="join", room=room, since=str(since), ref="1")
        heard = [one for one in await page.until("ack") if one["event"] == "message_status"]
        assert [(one["room"], one["conversation_id"]) for one in heard] == [(room, str(thread.id))]


async def test_what_came_while_the_process_did_not_listen_is_in_the_journal(
    open_page: OpenPage, state: AppState, thread: Thread
) -> None:
    since = await position(state)
    await hang_up(state.sessions)
    await received(state, thread)
    await eventually(
        lambda: state.hub.listening.is_set() and state.hub.position.hub != since.hub,
        "the process listens again",
    )
    async with open_page(Role.AGENT) as page:
        room = Room.CONVERSATION.of(thread.id)
        await page.send(event="join", room=room, since=str(since), ref="1")
        assert "new_message" in [event["event"] for event in await page.until("ack")]


@pytest.mark.parametrize("written", [str.upper, lambda one: one.replace("-", "")])
async def test_a_room_has_one_name(
    open_page: OpenPage, state: AppState, thread: Thread, written: Callable[[str], str]
) -> None:
    async with open_page(Role.AGENT) as page:
        await page.send(event="join_conversation", conversation_id=written(str(thread.id)), ref="1")
        answer = (await page.until("ack"))[-1]
        assert answer["room"] == Room.CONVERSATION.of(thread.id)
        await received(state, thread)
        assert (await page.heard("new_message"))["room"] == answer["room"]


@pytest.mark.parametrize(
    "since",
    ["x", "a.b.c", "..", "hub.1.0", "hub.-1.5", "9" * 300, f"hub.1.{2**64}", f"hub.1.{10**17}"],
)
async def test_what_nobody_knows_is_read_anew(open_page: OpenPage, since: str) -> None:
    async with open_page(Role.AGENT) as page:
        await page.send(event="join", room="inbox", since=since, ref="1")
        assert "resync" in [event["event"] for event in await page.until("ack")]


async def test_more_than_is_remembered_comes_from_the_journal(
    open_page: OpenPage, state: AppState
) -> None:
    since, campaign = await position(state), new_id()
    async with state.sessions.begin() as session:
        await journal.note(session, SYSTEM, CampaignPaused(campaign_id=campaign))
    await position(state)
    for number in range(REMEMBERED):
        state.hub.publish({"event": "new_message", "room": "inbox", "number": number})
    async with open_page(Role.MANAGER) as page:
        room = Room.CAMPAIGN.of(campaign)
        await page.send(event="join", room=room, since=str(since), ref="1")
        assert "campaign_update" in [event["event"] for event in await page.until("ack")]


async def test_every_page_says_where_it_stands(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.AGENT)
    page = await client.get("/inbox")
    assert f'<meta name="live-position" content="{state.hub.position}">' in page.text


async def test_a_client_that_knows_only_the_specification(
    open_page: OpenPage, state: AppState, thread: Thread
) -> None:
    """Its nine names and nothing else: five that it says, four that it hears."""
    async with open_page(Role.AGENT) as page, open_page(Role.AGENT) as colleague:
        for one in (page, colleague):
            await one.send(event="join_conversation", conversation_id=str(thread.id), ref="joined")
            await one.until("ack")
        await received(state, thread)
        assert (await page.heard("new_message"))["conversation_id"] == str(thread.id)
        async with state.sessions.begin() as session:
            room = thread_of(thread.channel_id, thread.contact_id)
            await live.tick(session, room, Event.MESSAGE_STATUS)
        assert (await page.heard("message_status"))["conversation_id"] == str(thread.id)
        for name, activity in (("typing_start", "typing"), ("typing_stop", "viewing")):
            await colleague.send(event=name, conversation_id=str(thread.id))
            while (seen := await page.heard("user_activity"))["activity"] != activity:
                pass
            assert seen["conversation_id"] == str(thread.id)
        await colleague.send(
            event="send_message", conversation_id=str(thread.id), text="Hi", client_id="c1", ref="s"
        )
        await colleague.until("ack")
        assert (await page.heard("new_message"))["message_id"]
        await colleague.send(event="mark_read", conversation_id=str(thread.id), ref="r")
        await colleague.until("ack")
        async with state.sessions.begin() as session:
            await change.set_status(session, SYSTEM, thread.id, ConversationStatus.RESOLVED)
        assert (await page.heard("conversation_update"))["conversation_id"] == str(thread.id)
