"""Automations, notes and labels in a conversation: what stands in the thread, and who acts."""

from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import Role
from services.conversations import labels, notes
from tests import threads
from tests.conftest import LoginAs
from tests.threads import Statements, Thread
from tests.web.automations import following
from tests.web.automations.following import Follow
from tests.web.test_inbox import texts

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def follow(session: AsyncSession, state: AppState) -> Follow:
    """A conversation in which an automation waits for a reply."""
    return await following.at_question(session, state.vault)


@pytest.fixture
async def thread(session: AsyncSession, state: AppState) -> Thread:
    """A conversation without automations."""
    made = await threads.only_thread(session, state.vault)
    await session.commit()
    return made


@pytest.fixture
async def agent(login_as: LoginAs) -> httpx.AsyncClient:
    """An agent."""
    return await login_as(Role.AGENT)


async def test_the_thread_says_which_automation_acts_and_somebody_takes_over(
    agent: httpx.AsyncClient, follow: Follow
) -> None:
    own = f"/inbox/{follow.who.conversation_id}"
    page = texts((await agent.get(own)).text)
    assert "Automation active Shop · at “which” · waits for a reply until" in page
    assert "Entered the automation Shop" in page
    taken = texts((await agent.post(f"{own}/take", headers=HTMX)).text)
    assert (
        "took over Automations leave this conversation alone. Shop · at “which” · on hold" in taken
    )
    assert "Give back" in taken
    page = texts((await agent.get(own)).text)
    assert "took over from automations ·" in page
    back = texts((await agent.post(f"{own}/give-back", headers=HTMX)).text)
    assert "Take over" in back
    assert "gave it back to automations" in texts((await agent.get(f"{own}/messages")).text)


async def test_runs_and_their_ends_stand_where_they_happened(
    session: AsyncSession, agent: httpx.AsyncClient, follow: Follow
) -> None:
    await threads.message(session, follow.thread, body="Hello?")
    await follow.tap("Blue")
    await session.commit()
    page = texts((await agent.get(f"/inbox/{follow.who.conversation_id}")).text)
    order = ["Entered the automation Shop", "Which color?", "Hello?", "Shop: Goal reached"]
    assert sorted(order, key=page.index) == order
    assert "Automation active" not in page
    panel = page[page.index("Automations Open") if "Automations Open" in page else 0 :]
    assert "Goal reached" in panel


async def test_a_note_is_the_teams_and_written_once(
    session: AsyncSession, login_as: LoginAs, agent: httpx.AsyncClient, thread: Thread
) -> None:
    own, client_id = f"/inbox/{thread.id}", str(uuid4())
    sent = {"text": "Call *tomorrow* <b>", "client_id": client_id}
    first = await agent.post(f"{own}/notes", data=sent)
    again = await agent.post(f"{own}/notes", data=sent)
    assert first.text == again.text
    assert 'data-direction="note"' in first.text
    assert "&lt;b&gt;" in first.text
    (note_id,) = (await session.scalars(text("SELECT id FROM notes"))).all()
    assert await session.scalar(text("SELECT count(*) FROM messages")) == 0
    other = await login_as(Role.AGENT)
    shown = await other.get(own)
    assert f'id="note-{note_id}"' in shown.text
    assert f"/inbox/notes/{note_id}/delete" not in shown.text
    assert (await other.post(f"/inbox/notes/{note_id}/delete")).status_code == 403
    assert f"/inbox/notes/{note_id}/delete" in (await agent.get(own)).text
    assert (await agent.post(f"/inbox/notes/{note_id}/delete")).text == ""
    assert f"note-{note_id}" not in (await agent.get(own)).text
    assert (await agent.post(f"{own}/notes", data={"text": "x"})).status_code == 422
    assert (await agent.post(f"{own}/notes", data=sent | {"text": ""})).status_code >= 400


async def test_notes_stay_between_the_messages_they_were_written_between(
    session: AsyncSession, agent: httpx.AsyncClient, thread: Thread
) -> None:
    async def note(said: str) -> None:
        await notes.write(session, SYSTEM, thread.id, said)

    await note("Note zero")
    written: list[UUID] = []
    for number in range(60):
        written.append(await threads.message(session, thread, body=f"line {number}."))
        if number in (3, 55):
            await note(f"Note {number}")
    await session.commit()
    own = f"/inbox/{thread.id}"
    page = texts((await agent.get(own)).text)
    assert page.index("line 55.") < page.index("Note 55") < page.index("line 56.")
    assert "Note 3" not in page
    oldest = written[10]
    older = texts((await agent.get(f"{own}/messages?before={oldest}")).text)
    assert older.index("Note zero") < older.index("line 3.") < older.index("Note 3")
    assert older.index("Note 3") < older.index("line 4.")
    assert "Note 55" not in older
    fresh = texts((await agent.get(f"{own}/messages?since={oldest}")).text)
    assert "Note 55" in fresh
    assert "Note 3" not in fresh
    whole = texts((await agent.get(f"{own}/messages?since={written[0]}&whole=1")).text)
    assert "Note zero" in whole


async def test_the_composer_has_a_mode_for_notes(
    agent: httpx.AsyncClient, session: AsyncSession, thread: Thread
) -> None:
    own = f"/inbox/{thread.id}"
    reply = (await agent.get(f"{own}/composer")).text
    assert 'data-key="alt+p"' in reply
    assert f'data-composer="{own}/messages"' in reply
    note = (await agent.get(f"{own}/composer?mode=note")).text
    assert f'data-composer="{own}/notes" data-mode="note"' in note
    assert f'data-composer="{own}/messages"' not in note
    await session.execute(text("UPDATE conversations SET window_expires_at = now()"))
    await session.commit()
    closed = (await agent.get(f"{own}/composer")).text
    assert "The 24-hour window is closed" in closed
    assert 'data-key="alt+p"' in closed


async def test_labels_are_put_on_and_taken_off_and_stand_in_the_list(
    session: AsyncSession, agent: httpx.AsyncClient, thread: Thread
) -> None:
    vip = await labels.create(session, SYSTEM, "VIP", "purple")
    await session.commit()
    own = f"/inbox/{thread.id}"
    put = await agent.post(f"{own}/labels/{vip.id}", data={"on": "1"}, headers=HTMX)
    assert 'class="label-chip" data-color="purple"' in put.text
    assert 'class="label-chip" data-color="purple"' in (await agent.get("/inbox/list")).text
    gone = await agent.post(f"{own}/labels/{vip.id}", data={"on": "0"}, headers=HTMX)
    assert "label-chip" not in gone.text
    activity = await agent.get(f"/contacts/{thread.contact_id}/activity")
    assert "added the label “VIP”" in texts(activity.text)


async def test_more_rows_cost_no_more_statements(
    session: AsyncSession, agent: httpx.AsyncClient, state: AppState, thread: Thread
) -> None:
    with Statements(state.engine.sync_engine) as few:
        await agent.get("/inbox/list")
    for number in range(10):
        await threads.thread(session, thread.channel_id, f"Person {number}")
    await session.commit()
    with Statements(state.engine.sync_engine) as many:
        await agent.get("/inbox/list")
    assert many.count == few.count
