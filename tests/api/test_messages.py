"""The message endpoints of the API and the socket events that share their path."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.security import Principal
from api.state import AppState
from api.websocket import CLIENT_EVENTS, Socket
from domain.actors import Actor
from domain.errors import DomainError
from domain.permissions import GRANTS, Role
from store import conversations
from store.tables.channels import ChannelRow
from store.tables.contacts import ContactRow
from store.tables.messages import MessageRow
from tests import factories, threads
from tests.conftest import LoginAs, TokenFor
from tests.noted import noted
from tests.simulated import served, upload
from tests.threads import Thread
from whatsapp.client import Account, CloudApi

Send = dict[str, Any]


QUEUED = "message.queued"


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation with an open window, committed."""
    made = await threads.only_thread(session, state.vault)
    await session.commit()
    return made


@pytest.fixture
async def program(client: httpx.AsyncClient, token_for: TokenFor) -> httpx.AsyncClient:
    """A client with an API token of a manager."""
    client.headers["Authorization"] = f"Bearer {await token_for(Role.MANAGER)}"
    return client


def words(on: Thread, text: str = "Hello", **changes: Any) -> Send:
    """The body of a text message."""
    return {"contact_id": str(on.contact_id), "type": "text", "text": {"body": text}, **changes}


async def count(session: AsyncSession) -> int:
    """How many messages there are."""
    return await session.scalar(select(func.count()).select_from(MessageRow)) or 0


async def test_a_message_is_kept_then_handed_on(
    program: httpx.AsyncClient, thread: Thread, state: AppState
) -> None:
    response = await program.post("/api/messages/send", json=words(thread))
    assert response.status_code == 202, response.text
    body = response.json()
    assert (body["state"], body["type"], body["origin"]) == ("queued", "text", "api")
    assert await noted(state, QUEUED) == [UUID(body["id"])]
    shown = await program.get(f"/api/messages/{body['id']}")
    assert shown.json() == body


async def test_one_idempotency_key_is_one_message(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread, state: AppState
) -> None:
    for _ in range(2):
        response = await program.post(
            "/api/messages/send", json=words(thread), headers={"Idempotency-Key": "order-1"}
        )
        assert response.status_code == 202
    assert await count(session) == 1
    assert len(await noted(state, QUEUED)) == 1


async def test_one_client_id_is_one_message_even_at_the_same_time(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread, state: AppState
) -> None:
    body = words(thread, client_id="c1")
    answers = await asyncio.gather(
        *(program.post("/api/messages/send", json=body) for _ in range(2))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(session) == 1
    assert len(set(await noted(state, QUEUED))) == 1


async def test_a_phone_number_nobody_has_becomes_a_contact(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread, state: AppState
) -> None:
    template_id = await threads.template(session)
    await session.commit()
    body = {
        "to": "+34 600 33 44 55",
        "type": "template",
        "template": {"id": str(template_id), "variables": {"body.1": "Ana"}},
    }
    first = await program.post("/api/messages/send", json=body)
    again = await program.post("/api/messages/send", json=body | {"to": "+34600334455"})
    assert first.json()["text"] == "Hi Ana, your order is ready."
    assert first.json()["contact_id"] == again.json()["contact_id"]
    assert first.json()["contact_id"] != str(thread.contact_id)
    contact = await session.get(ContactRow, UUID(first.json()["contact_id"]))
    assert contact is not None
    assert (contact.phone, contact.source) == ("+34600334455", "api")
    assert len(await noted(state, QUEUED)) == 2


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"text": {"body": " "}}, "text_empty", 422),
        ({"text": None}, "invalid", 422),
        ({"to": "+34600334455"}, "invalid", 422),
        ({"contact_id": None, "to": "12"}, "phone_country", 422),
        ({"contact_id": str(uuid4())}, "contact_not_found", 404),
        ({"channel_id": str(uuid4())}, "channel_not_found", 404),
        ({"type": "image", "media": {"link": "file:///etc/passwd"}}, "media_link", 422),
        ({"type": "fax"}, "invalid", 422),
        ({"text": {"body": "a\x00b"}}, "", 202),
    ],
)
async def test_bad_messages_get_a_clear_answer(
    program: httpx.AsyncClient,
    thread: Thread,
    state: AppState,
    changes: Send,
    code: str,
    status: int,
) -> None:
    response = await program.post("/api/messages/send", json=words(thread) | changes)
    assert response.status_code == status, response.text
    assert response.json().get("code", "") == code
    assert len(await noted(state, QUEUED)) == (status == 202)


async def test_a_closed_window_is_a_conflict(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread, state: AppState
) -> None:
    closed = await threads.thread(session, thread.channel_id, window=None)
    await session.commit()
    response = await program.post("/api/messages/send", json=words(closed))
    assert (response.status_code, response.json()["code"]) == (409, "window_closed")
    assert await noted(state, QUEUED) == []
    assert await count(session) == 0


async def test_two_numbers_must_be_told_apart(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread, state: AppState
) -> None:
    row = await session.get(ChannelRow, thread.channel_id)
    assert row is not None
    second = {
        column.name: getattr(row, column.name)
        for column in row.__table__.columns
        if column.name not in ("id", "phone_number_id")
    }
    session.add(ChannelRow(phone_number_id="42", **second))
    await session.commit()
    response = await program.post("/api/messages/send", json=words(thread))
    assert response.json()["code"] == "channel_needed"
    named = await program.post(
        "/api/messages/send", json=words(thread, channel_id=str(thread.channel_id))
    )
    assert named.status_code == 202


async def test_lists_by_conversation_and_cursor(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    written = sorted([await threads.message(session, thread) for _ in range(5)])
    await threads.message(session, await threads.thread(session, thread.channel_id))
    await session.commit()
    seen: list[str] = []
    query: dict[str, Any] = {"conversation_id": str(thread.id), "limit": 2}
    while True:
        page = (await program.get("/api/messages", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [str(message) for message in reversed(written)]
    mismatch = await program.get(
        "/api/messages", params={"conversation_id": str(thread.id), "contact_id": str(uuid4())}
    )
    assert mismatch.json()["code"] == "contact_mismatch"
    assert (await program.get("/api/messages", params={"state": "lost"})).status_code == 422
    assert (await program.get("/api/messages", params={"cursor": "x"})).status_code == 422
    assert len((await program.get("/api/messages")).json()["items"]) == 6


async def test_only_reading_is_for_clients_to_say(
    program: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    inbound = await threads.message(session, thread)
    ours = await threads.sent(session, thread, "sent")
    await session.commit()
    read = await program.put(f"/api/messages/{inbound}/status", json={"status": "read"})
    assert read.json()["read_at"] is not None
    other = await program.put(f"/api/messages/{inbound}/status", json={"status": "delivered"})
    assert (other.status_code, other.json()["code"]) == (422, "status_not_settable")
    own = await program.put(f"/api/messages/{ours}/status", json={"status": "read"})
    assert (own.status_code, own.json()["code"]) == (409, "not_inbound")
    assert (await program.get(f"/api/messages/{uuid4()}")).status_code == 404


async def test_a_token_needs_the_scope(
    client: httpx.AsyncClient, token_for: TokenFor, thread: Thread, state: AppState
) -> None:
    client.headers["Authorization"] = f"Bearer {await token_for(Role.ADMIN, ['contacts:read'])}"
    assert (await client.post("/api/messages/send", json=words(thread))).status_code == 403
    assert (await client.get("/api/messages")).status_code == 403
    assert (await client.get(f"/api/media/{uuid4()}")).status_code == 403
    assert await noted(state, QUEUED) == []


async def test_files_come_from_whatsapp_and_cannot_run(
    login_as: LoginAs, session: AsyncSession, state: AppState
) -> None:
    page = b"<script>alert(1)</script>"
    async with served() as (_, url), CloudApi() as api:
        channel_id = await factories.channel(session, state.vault, api_url=url)
        thread = await threads.thread(session, channel_id)
        account = Account(url, "v23.0", "EAA-simulator-token", factories.PHONE_NUMBER_ID, "1")
        media_id = await upload(api, account, "page.html", "text/plain", page)
        payload = {"type": "document", "document": {"id": media_id, "filename": 'a"\r\n.html'}}
        message = await threads.message(session, thread, kind="document", payload=payload)
        plain = await threads.message(session, thread)
        await session.commit()
        agent = await login_as(Role.AGENT)
        response = await agent.get(f"/api/media/{message}")
        assert (await agent.get(f"/api/media/{plain}")).status_code == 404
    assert response.content == page
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22%0D%0A.html"
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


async def socket(state: AppState, login_as: LoginAs, role: Role = Role.AGENT) -> Socket:
    """A page of somebody with this role, as event handlers see it."""
    person = (await (await login_as(role)).get("/api/auth/me")).json()
    principal = Principal(
        user_id=UUID(person["id"]), role=role, name=person["name"], email=person["email"],
        actor=Actor("user", UUID(person["id"])), permissions=GRANTS[role], timezone="UTC",
        locale="en", via="session",
    )  # fmt: skip
    return Socket(None, principal, state, state.hub.attach(principal.user_id))  # type: ignore[arg-type]


async def test_a_page_may_send_over_its_socket(
    state: AppState, login_as: LoginAs, session: AsyncSession, thread: Thread
) -> None:
    page = await socket(state, login_as)
    data = {"conversation_id": str(thread.id), "text": "Hi", "client_id": "c1"}
    for _ in range(2):
        answer = await CLIENT_EVENTS["send_message"](page, data)
        assert answer is not None
        assert answer["client_id"] == "c1"
        assert answer["message"]["sender_id"] == str(page.principal.user_id)
    assert await count(session) == 1
    for broken in ({}, data | {"client_id": None}, data | {"conversation_id": "x"}):
        with pytest.raises(DomainError):
            await CLIENT_EVENTS["send_message"](page, broken)


async def test_a_page_may_mark_as_read_over_its_socket(
    state: AppState, login_as: LoginAs, session: AsyncSession, thread: Thread
) -> None:
    await conversations.change(session, thread.id, unread=4)
    await session.commit()
    page = await socket(state, login_as)
    await CLIENT_EVENTS["mark_read"](page, {"conversation_id": str(thread.id)})
    shown = await conversations.get(session, thread.id)
    assert shown is not None
    assert shown.unread == 0
    with pytest.raises(DomainError):
        await CLIENT_EVENTS["mark_read"](page, {"conversation_id": "x"})
