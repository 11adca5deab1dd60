"""Groups, reactions, the Business app and ticks, as a person sees them in the inbox."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.ids import new_id
from domain.permissions import Role
from store import conversations
from tests import factories, threads
from tests.conftest import LoginAs
from tests.threads import Thread

HTMX = {"HX-Request": "true"}


def texts(html: str) -> str:
    """The page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
async def agent(login_as: LoginAs) -> httpx.AsyncClient:
    return await login_as(Role.AGENT)


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    made = await threads.only_thread(session, state.vault)
    await session.commit()
    return made


@pytest.mark.fault("A7")
async def test_a_group_is_labelled_and_cannot_be_written_to(
    agent: httpx.AsyncClient, session: AsyncSession, state: AppState
) -> None:
    channel_id = await factories.channel(session, state.vault)
    group_id = new_id()
    await session.execute(
        text("""INSERT INTO conversations (id, channel_id, group_id, group_name, preview)
        VALUES (:id, :channel, 'G1', 'Climbers', 'hi all')"""),
        {"id": group_id, "channel": channel_id},
    )
    await threads.message(
        session, Thread(group_id, channel_id, group_id), body="hi all", author_name="Mara V"
    )
    await session.commit()
    rows = texts((await agent.get("/inbox")).text)
    assert "Climbers" in rows
    assert "Group" in rows
    assert "Climbers" in texts((await agent.get("/inbox?q=climb")).text)
    page = await agent.get(f"/inbox/{group_id}")
    assert page.status_code == 200
    assert "This is a WhatsApp group" in texts(page.text)
    assert "Mara V" in texts(page.text)
    assert "<textarea" not in page.text
    for part in ("head", "composer", "window", "messages"):
        assert (await agent.get(f"/inbox/{group_id}/{part}")).status_code in (200, 204)
    answer = await agent.post(
        f"/inbox/{group_id}/messages", data={"text": "x", "client_id": "c"}, headers=HTMX
    )
    assert answer.status_code == 409
    assert (await agent.get(f"/inbox/{group_id}/templates")).status_code == 409
    assert await session.scalar(text("SELECT count(*) FROM messages WHERE direction = 'out'")) == 0
    api = (await agent.get(f"/api/messages?conversation_id={group_id}")).json()
    assert [item["author_name"] for item in api["items"]] == ["Mara V"]


@pytest.mark.fault("B9")
@pytest.mark.fault("A8")
async def test_reactions_stand_on_their_bubble_and_the_business_app_is_named(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    await threads.message(session, thread, body="hello", wamid="w1")
    await threads.sent(
        session, thread, "sent", body="From my phone", wamid="w2", origin="business_app"
    )
    await session.execute(
        text("""INSERT INTO message_reactions (channel_id, wamid, author_id, contact_id, emoji, at)
        VALUES (:channel, 'w1', :channel, NULL, '🙏', now()),
            (:channel, 'w2', :contact, :contact, '🎉', now())"""),
        {"channel": thread.channel_id, "contact": thread.contact_id},
    )
    await session.commit()
    page = (await agent.get(f"/inbox/{thread.id}")).text
    assert page.index("hello") < page.index("🙏") < page.index("From my phone") < page.index("🎉")
    assert "Written in the WhatsApp Business app" in texts(page)
    items = (await agent.get(f"/api/messages?conversation_id={thread.id}")).json()["items"]
    assert [item["reactions"] for item in items] == [
        [{"emoji": "🎉", "ours": False}],
        [{"emoji": "🙏", "ours": True}],
    ]


@pytest.mark.fault("B10")
async def test_ticks_stand_only_before_our_own_words(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    theirs = await threads.message(session, thread, body="Thanks!")
    await conversations.change(
        session, thread.id, preview="Thanks!", last_message_id=theirs,
        last_message_at=datetime.now(UTC),
    )  # fmt: skip
    # A campaign that writes later moves no preview, so its ticks say nothing about it.
    await threads.sent(session, thread, "read", campaign_id=new_id(), seq=1)
    await session.commit()

    async def row() -> str:
        page = (await agent.get("/inbox/list")).text
        return page[page.index("conversation-preview") :][:300]

    assert "tick" not in await row()
    ours = await threads.sent(session, thread, "read", body="You are welcome")
    await conversations.change(session, thread.id, preview="You are welcome", last_message_id=ours)
    await session.commit()
    assert "tick" in await row()


@pytest.mark.fault("B8")
@pytest.mark.parametrize(
    "kind", ["interactive", "button", "order", "unknown", "unsupported", "system"]
)
async def test_the_list_names_what_has_no_words(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread, kind: str
) -> None:
    """A message without words is kept as its kind, which the list never shows as it is."""
    theirs = await threads.message(session, thread, body="")
    await conversations.change(
        session, thread.id, preview=f"[{kind}]", last_message_id=theirs,
        last_message_at=datetime.now(UTC),
    )  # fmt: skip
    await session.commit()
    assert f"[{kind}]" not in (await agent.get("/inbox/list")).text


@pytest.mark.fault("A7")
async def test_groups_without_a_name_are_told_apart_and_say_who_wrote(
    agent: httpx.AsyncClient, session: AsyncSession, state: AppState
) -> None:
    channel_id = await factories.channel(session, state.vault)
    id_ = new_id()
    for group, writer in (("Y2FwaV9ncm91cA1234==", "Mara V"), ("1203-5678@g.us", "+34611000106")):
        id_ = new_id()
        await session.execute(
            text("""INSERT INTO conversations (id, channel_id, group_id, preview)
            VALUES (:id, :channel, :group, 'hi all')"""),
            {"id": id_, "channel": channel_id, "group": group},
        )
        await threads.message(
            session, Thread(id_, channel_id, id_), body="hi all", author_name=writer
        )
    await session.commit()
    rows = texts((await agent.get("/inbox")).text)
    for said in ("WhatsApp group …1234", "WhatsApp group …5678", "Mara V: hi all",
                 "+34 611 00 01 06: hi all"):  # fmt: skip
        assert said in rows
    page = texts((await agent.get(f"/inbox/{id_}")).text)
    assert "WhatsApp group …5678" in page
    assert page.count("+34 611 00 01 06") >= 2, "in the row and in the bubble"


@pytest.mark.fault("B8")
@pytest.mark.parametrize("body", ["changed from", "", "User A changed from 1 to 2"])
async def test_a_notice_of_a_new_number_is_a_sentence(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread, body: str
) -> None:
    system = {"type": "user_changed_number", "body": body, "wa_id": "34611000107"}
    payload = {"type": "system", "system": system}
    await threads.message(session, thread, kind="system", body=body, payload=payload)
    await session.commit()
    page = texts((await agent.get(f"/inbox/{thread.id}")).text)
    assert "new WhatsApp number is +34 611 00 01 07." in page.replace("&#39;", "'")
