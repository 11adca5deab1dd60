"""The pages of the inbox, asserted by what a person sees."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from store import conversations
from tests import factories, threads
from tests.conftest import LoginAs
from tests.threads import Statements, Thread

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation with an unread question and an open window, committed."""
    made = await threads.only_thread(session, state.vault)
    await threads.message(session, made, body="Is it *<b>really</b>* blue?")
    await conversations.change(session, made.id, unread=1, preview="Is it blue?")
    await session.commit()
    return made


@pytest.fixture
async def agent(login_as: LoginAs) -> httpx.AsyncClient:
    """An agent."""
    return await login_as(Role.AGENT)


def texts(html: str) -> str:
    """The page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_an_empty_inbox_says_what_will_happen(agent: httpx.AsyncClient) -> None:
    page = await agent.get("/inbox")
    assert page.status_code == 200
    assert "No open conversations" in texts(page.text)
    filtered = await agent.get("/inbox?view=mine&status=resolved&unread=1")
    assert "No conversation matches these filters" in texts(filtered.text)
    assert (await agent.get("/inbox?view=x&status=y&shown=99999999")).status_code == 200


async def test_the_list_shows_who_wrote_what_and_what_is_unread(
    agent: httpx.AsyncClient, thread: Thread
) -> None:
    page = texts((await agent.get("/inbox?q=ana")).text)
    assert "Ana Ruiz" in page
    assert "Is it blue?" in page
    assert "19 h left" in page
    assert "Main line" in page


async def test_a_thread_shows_messages_safely_and_is_then_read(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    page = await agent.get(f"/inbox/{thread.id}")
    assert "<strong>&lt;b&gt;really&lt;/b&gt;</strong> blue?" in page.text
    up_to = re.search(r'name="up_to" value="([0-9a-f-]+)"', page.text)
    assert up_to is not None
    answer = await agent.post(f"/inbox/{thread.id}/read", data={"up_to": up_to[1]})
    assert answer.status_code == 204
    assert "up_to" not in (await agent.get(f"/inbox/{thread.id}/messages")).text


async def test_a_reply_answers_with_its_bubble_once(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    url, data = f"/inbox/{thread.id}/messages", {"text": "Yes, it is", "client_id": "c-1"}
    first = await agent.post(url, data=data, headers=HTMX)
    again = await agent.post(url, data=data, headers=HTMX)
    assert first.status_code == again.status_code == 200
    assert 'data-client-id="c-1"' in first.text
    assert "Yes, it is" in texts(first.text)
    ids = {re.search(r'id="(message-[0-9a-f-]+)"', answer.text) for answer in (first, again)}
    assert len({found[1] for found in ids if found}) == 1
    assert await session.scalar(text("SELECT count(*) FROM messages WHERE direction = 'out'")) == 1


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"text": "", "client_id": "c"}, 422),
        ({"text": "Hi"}, 422),
        ({"text": "x" * 5000, "client_id": "c"}, 422),
    ],
)
async def test_a_bad_reply_is_a_sentence(
    agent: httpx.AsyncClient, thread: Thread, data: dict[str, str], status: int
) -> None:
    answer = await agent.post(f"/inbox/{thread.id}/messages", data=data, headers=HTMX)
    assert answer.status_code == status
    assert "data-error-message" in answer.text


async def test_the_composer_follows_the_window(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    own = f"/inbox/{thread.id}"
    assert "<textarea" in (await agent.get(f"{own}/composer")).text
    # Typing keeps the composer as long as it is the right one.
    assert (await agent.get(f"{own}/composer?shown=open")).status_code == 204
    assert "Window" not in (await agent.get(f"{own}/window")).headers.get("hx-retarget", "")
    await conversations.change(
        session, thread.id, window_expires_at=factories.NOW - timedelta(days=1)
    )
    await session.commit()
    closed = await agent.get(f"{own}/composer?shown=open")
    assert "The 24-hour window is closed" in texts(closed.text)
    assert "<textarea" not in closed.text
    assert (await agent.get(f"{own}/composer?shown=closed")).status_code == 204
    line = await agent.get(f"{own}/window")
    assert line.headers["hx-retarget"] == f"#composer-{thread.id}"
    late = await agent.post(f"{own}/messages", data={"text": "Hi", "client_id": "c"}, headers=HTMX)
    assert late.status_code == 409
    assert "Send a template" in texts(late.text)


async def test_every_kind_of_message_is_shown(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    parts: dict[str, Any] = {
        "image": {"id": "1", "caption": "A dent"},
        "location": {
            "latitude": 37.9,
            "longitude": 23.7,
            "name": "Coffee",
            "address": "Forest Ave",
        },
        "contacts": [
            {"name": {"formatted_name": "Barbara"}, "phones": [{"phone": "+16505559999"}]}
        ],
        "interactive": {"type": "button_reply", "button_reply": {"title": "Yes"}},
        "sticker": {"id": "2"},
        "audio": {"id": "3"},
        "unsupported": {},
        "system": {"body": "changed number"},
    }
    for kind, part in parts.items():
        payload = {"type": kind, kind: part}
        await threads.message(session, thread, kind=kind, body="", payload=payload)
    asked = await threads.sent(session, thread, "read", body="Shall I?", wamid="wamid.q")
    await threads.message(
        session, thread, kind="reaction", body="👍", payload={"reaction": {"message_id": "wamid.q"}}
    )
    await threads.sent(session, thread, "failed", body="Lost", error_code=131026)
    await threads.sent(session, thread, "unknown", body="Maybe")
    await session.commit()
    html = (await agent.get(f"/inbox/{thread.id}/messages")).text
    page = texts(html)
    for words in (
        "A dent", "Coffee", "Forest Ave", "Barbara", "+1 650-555-9999", "Reacted to: Shall I?",
        "WhatsApp does not pass this on: an unknown kind of message", "Not reachable on WhatsApp", "Retry",
        "Outcome unknown",
    ):  # fmt: skip
        assert words in page, words
    assert html.count("/api/media/") >= 3
    assert f"message-{asked}" in html


@pytest.mark.fault("B8")
async def test_orders_forms_and_where_they_came_from_are_shown(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    lines = [{"product_retailer_id": "sku1", "quantity": 2, "item_price": 30.1, "currency": "USD"}]
    answers = '{"flow_token": "secret", "email": "mara@shop.example"}'
    form = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answers}}
    row = {"type": "list_reply", "list_reply": {"title": "Express", "description": "1-2 days"}}
    call = {"type": "call_permission_reply", "call_permission_reply": {"response": "reject"}}
    poll = {
        "unsupported": {"type": "poll_creation"},
        "errors": [{"code": 131051, "title": "Unknown type"}],
    }
    referral = {"headline": "Summer sale", "source_url": "https://fb.me/x", "source_type": "ad"}
    for kind, payload in (
        ("order", {"order": {"product_items": lines, "text": "gift-wrap"}, "referral": referral}),
        ("interactive", {"interactive": form}),
        ("interactive", {"interactive": row}),
        ("interactive", {"interactive": call}),
        ("unsupported", poll),
        ("contacts", {"contacts": [{"phones": None, "org": {"company": "Lumen"}}]}),
        ("text", {"text": {"body": "look"}, "context": {"forwarded": True}}),
    ):
        await threads.message(
            session, thread, kind=kind, body="", payload={"type": kind, **payload}
        )
    await session.commit()
    page = texts((await agent.get(f"/inbox/{thread.id}/messages")).text)
    for words in (
        "Order with 1 item", "sku1", "$60.20", "gift-wrap", "From an ad", "Summer sale",
        "Form answered", "mara@shop.example", "Express", "1-2 days", "Does not allow calls", "a poll",
        "Unknown type", "Lumen", "Forwarded",
    ):  # fmt: skip
        assert words in page, words
    assert "secret" not in page


async def test_retry_shows_the_old_and_the_new_bubble(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    failed = await threads.sent(session, thread, "failed", body="Once more", error_code=131026)
    await session.commit()
    for _ in range(2):
        answer = await agent.post(f"/inbox/messages/{failed}/retry", headers=HTMX)
        assert answer.status_code == 200
        assert answer.text.count("Once more") == 2
    assert await session.scalar(text("SELECT count(*) FROM messages WHERE body = 'Once more'")) == 2


async def test_older_messages_come_in_pages(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    for n in range(70):
        await threads.message(session, thread, body=f"number {n}")
    await session.commit()
    page = await agent.get(f"/inbox/{thread.id}")
    found = re.search(r'hx-get="([^"]+before=[^"]+)"', page.text)
    assert found is not None
    assert page.text.count('class="bubble-row"') == 51  # one is the sender's own template
    older = await agent.get(found[1].replace("&amp;", "&"), headers=HTMX)
    assert older.text.count('class="bubble-row"') == 21
    assert "before=" not in older.text


async def test_assign_resolve_and_undo(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    me = (await agent.get("/api/auth/me")).json()
    own = f"/inbox/{thread.id}"
    head = await agent.post(f"{own}/assign", data={"assignee": me["id"]}, headers=HTMX)
    assert me["name"] in texts(head.text)
    head = await agent.post(f"{own}/assign", headers=HTMX)
    assert "Assign to me" in texts(head.text)
    done = await agent.post(f"{own}/status", data={"status": "resolved"}, headers=HTMX)
    assert "Reopen" in texts(done.text)
    assert f"{own}/status/open" in done.headers["hx-trigger"]
    assert (await agent.post(f"{own}/status/open")).status_code == 204
    assert "Resolve" in texts((await agent.get(f"{own}/head")).text)
    assert (await agent.post(f"{own}/status", data={"status": "x"})).status_code == 422


async def test_a_template_is_chosen_filled_and_sent(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    template_id = await threads.template(session)
    other = await threads.template(session, "spring_offer", "MARKETING")
    await session.execute(
        text("UPDATE templates SET status = 'PAUSED' WHERE id = :id"), {"id": other}
    )
    await session.commit()
    own = f"/inbox/{thread.id}/templates"
    choices = texts((await agent.get(own)).text)
    assert "order_ready" in choices
    assert "WhatsApp paused this template" in choices
    assert "spring_offer" not in texts((await agent.get(f"{own}?q=order_&part=options")).text)
    form = (await agent.get(f"{own}/{template_id}")).text
    # A preview that comes late takes the place of another preview, never of the message on its way.
    assert 'hx-sync="#template-preview:replace"' in form
    assert "closest form" not in form
    assert 'value="Ana"' in form  # the first name, from the contact
    client_id = re.search(r'name="client_id" value="([^"]+)"', form)
    assert client_id is not None
    preview = await agent.post(f"{own}/{template_id}/preview", data={"value.body.1": "Bob"})
    assert "Hi Bob, your order is ready." in texts(preview.text)
    empty = await agent.post(
        f"{own}/{template_id}", data={"client_id": client_id[1], "value.body.1": ""}, headers=HTMX
    )
    assert empty.status_code == 422
    assert "is empty" in texts(empty.text)
    for _ in range(2):
        sent = await agent.post(
            f"{own}/{template_id}",
            data={"client_id": client_id[1], "value.body.1": "Bob"},
            headers=HTMX,
        )
        assert (sent.status_code, sent.text) == (200, "")
    assert await session.scalar(text("SELECT count(*) FROM messages WHERE kind = 'template'")) == 1
    shown = texts((await agent.get(f"/inbox/{thread.id}/messages")).text)
    assert "Hi Bob, your order is ready." in shown


async def test_a_new_chat_with_a_contact(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    await session.execute(text("DELETE FROM conversations"))
    await session.commit()
    found = await agent.get("/inbox/new?q=ana&part=found")
    assert str(thread.contact_id) in found.text
    assert "No contact found" in texts((await agent.get("/inbox/new?q=zzz&part=found")).text)
    started = await agent.post(
        "/inbox/new",
        data={"contact_id": str(thread.contact_id), "channel_id": str(thread.channel_id)},
    )
    assert started.status_code == 303
    page = texts((await agent.get(started.headers["location"])).text)
    assert "This customer has not written yet" in page
    assert "Choose a template" in page


async def test_a_page_costs_the_same_statements_however_many_rows(
    agent: httpx.AsyncClient, session: AsyncSession, state: AppState, thread: Thread
) -> None:
    counted = []
    for size in (2, 30):
        for n in range(size):
            made = await threads.thread(session, thread.channel_id, f"Person {size}-{n}")
            await threads.message(session, made)
            await threads.message(session, thread, body=str(n))
        await session.commit()
        seen = []
        for _ in range(3):  # what is asked once in a while, for all pages, falls on one of them
            with Statements(state.engine.sync_engine) as statements:
                assert (await agent.get(f"/inbox/{thread.id}")).status_code == 200
            seen.append(statements.count)
        counted.append(min(seen))
    assert counted[0] == counted[1]
    assert counted[0] < 25


async def test_blocked_people_and_strangers(
    agent: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    await threads.block(session, thread.contact_id, "blocked_at")
    await session.commit()
    assert "This contact is blocked" in texts((await agent.get(f"/inbox/{thread.id}")).text)
    assert (await agent.get(f"/inbox/{uuid4()}")).status_code == 404
    assert (await client.get("/inbox")).headers["location"].startswith("/login")


async def test_the_page_of_a_contact_shows_the_last_messages(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    part = f"/inbox/contacts/{thread.contact_id}/messages"
    assert part in (await agent.get(f"/contacts/{thread.contact_id}")).text
    shown = await agent.get(part)
    assert "really" in texts(shown.text)
    assert f"/inbox/{thread.id}" in shown.text
    await session.execute(text("DELETE FROM conversations"))
    await session.execute(text("DELETE FROM messages"))
    await session.commit()
    assert "Write a message" in texts((await agent.get(part)).text)


@pytest.mark.fault("8B4")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?status=all",
        "?status=resolved",
        "?unread=1",
        "?q=ana",
        "?q=zzz",
        "?status=all&unread=1",
    ],
)
async def test_the_counters_say_how_many_the_list_shows_and_come_with_its_rows(
    session: AsyncSession, state: AppState, agent: httpx.AsyncClient, query: str
) -> None:
    channel = await factories.channel(session, state.vault)
    me = (await agent.get("/api/auth/me")).json()["id"]
    for name, columns in (
        ("Ana", {"assignee_id": me}), ("Ana B", {"unread": 2}), ("Caio", {"status": "resolved", "unread": 1}),
        ("Dora", {"status": "pending", "assignee_id": me, "unread": 1}),
    ):  # fmt: skip
        await threads.thread(session, channel, name, **columns)
    await session.commit()
    answer = (await agent.get(f"/inbox/list{query}", headers=HTMX)).text
    assert '<div id="inbox-views" hx-swap-oob="true">' in answer
    counted = dict(re.findall(r">(All|Mine|Unassigned)<span[^>]*>(\d+)<", answer))
    for view, label in (("all", "All"), ("mine", "Mine"), ("unassigned", "Unassigned")):
        rows = await agent.get(
            f"/inbox/list{query}{'&' if query else '?'}view={view}", headers=HTMX
        )
        assert rows.text.count("data-conversation-row") == int(counted[label]), (view, counted)


async def test_a_thread_says_that_older_messages_have_gone(
    agent: httpx.AsyncClient, thread: Thread, session: AsyncSession
) -> None:
    gone = "Older messages are no longer kept."
    assert gone not in texts((await agent.get(f"/inbox/{thread.id}")).text)
    await session.execute(text("UPDATE conversations SET older_gone = true"))
    await session.commit()
    page = texts((await agent.get(f"/inbox/{thread.id}")).text)
    assert page.index(gone) < page.index("really")
    await session.execute(text("DELETE FROM messages"))
    await session.commit()
    page = texts((await agent.get(f"/inbox/{thread.id}")).text)
    assert gone in page
    assert "No messages yet." not in page
