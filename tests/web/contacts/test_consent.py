"""People see who allowed or stopped marketing, and agents can stop it from the thread."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.permissions import Role
from services.vault import Vault, new_key
from tests import factories, threads
from tests.conftest import LoginAs
from tests.threads import Thread

pytestmark = pytest.mark.fault("A5")


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    made = await threads.thread(session, await factories.channel(session, Vault([new_key()])))
    stop = await threads.message(session, made, body="STOP")
    await session.execute(
        text("""INSERT INTO consents (contact_id, action, source, keepers, at, message_id, words)
            VALUES (:contact, 'agree', 'agent', '{team,person}', now() - interval '1 h', NULL, 'by phone'),
                (:contact, 'stop', 'keyword', '{person}', now() - interval '2 h', :message, 'STOP')"""),
        {"contact": made.contact_id, "message": stop},
    )  # fmt: skip
    await session.commit()
    return made


def seen(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text[:300]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def test_an_agent_stops_marketing_from_the_thread_and_takes_it_back(
    session: AsyncSession, login_as: LoginAs, thread: Thread
) -> None:
    agent = await login_as(Role.AGENT)
    page = await agent.get(f"/inbox/{thread.id}")
    assert "Stop marketing" in seen(page)
    assert "opted out of marketing" in seen(page)  # the mark on the message
    assert "Wrote “STOP”" in seen(page)
    answer = await agent.post(f"/inbox/{thread.id}/marketing/stop", headers={"HX-Request": "true"})
    assert "Opted out since" in seen(answer)
    assert f"/inbox/{thread.id}/marketing/undo" in str(answer.headers)
    undone = await agent.post(f"/inbox/{thread.id}/marketing/undo")
    assert undone.status_code == 204
    stopped = text("SELECT marketing_opt_out_at FROM contacts WHERE id = :id")
    assert await session.scalar(stopped, {"id": thread.contact_id}) is None
    assert (await agent.post(f"/inbox/{thread.id}/marketing/undo")).status_code == 409
    # Open threads are told, and the pane next to it refreshes itself.
    assert f'data-live="conversation:{thread.id} contact:{thread.contact_id}"' in answer.text
    assert f'hx-get="/inbox/{thread.id}/panel"' in answer.text
    pane = await agent.get(f"/inbox/{thread.id}/panel", headers={"HX-Request": "true"})
    assert pane.text.lstrip().startswith(f'<aside class="inbox-panel" id="panel-{thread.id}"')
    assert "Opted out since" not in seen(pane)


async def test_allowing_again_needs_a_right_and_a_reason(login_as: LoginAs, thread: Thread) -> None:
    agent, manager = await login_as(Role.AGENT), await login_as(Role.MANAGER)
    path = f"/contacts/{thread.contact_id}"
    await agent.post(f"/inbox/{thread.id}/marketing/stop")
    assert (await agent.post(f"{path}/state", data={"state": "opt_in"})).status_code == 403
    assert (await manager.post(f"{path}/state", data={"state": "opt_in"})).status_code == 422
    page = seen(await manager.get(path))
    assert "Opted out" in page
    assert "Stopped by" in page
    form = {"state": "opt_in", "note": "asked for it in the shop"}
    assert (await manager.post(f"{path}/state", data=form)).status_code == 303
    assert "asked for it in the shop" in seen(await manager.get(path))


async def test_the_list_tells_people_never_asked_from_people_who_agreed(
    session: AsyncSession, login_as: LoginAs, thread: Thread
) -> None:
    await session.execute(text("UPDATE contacts SET marketing_agreed_at = now()"))
    await threads.thread(session, thread.channel_id, "Never Asked")
    await session.commit()
    manager = await login_as(Role.MANAGER)
    for consent, there, absent in (
        ("agreed", "Ana Ruiz", "Never Asked"), ("never", "Never Asked", "Ana Ruiz"),
    ):  # fmt: skip
        rows = re.sub(r"(?s)<form[^>]*contact-filters.*?</form>", "", (
            await manager.get("/contacts", params={"consent": consent})).text)  # fmt: skip
        assert there in rows
        assert f">{absent}<" not in re.sub(r"\s*([<>])\s*", r"\1", rows).replace("Never asked", "")


async def test_programs_read_and_change_consent(login_as: LoginAs, thread: Thread) -> None:
    manager = await login_as(Role.MANAGER)
    path = f"/api/contacts/{thread.contact_id}/consent"
    stopped: Any = (await manager.post(f"{path}/stop", json={"note": "complained"})).json()
    assert stopped["consent"] == "stopped"
    refused = await manager.post(f"{path}/allow", json={"note": " "})
    assert (refused.status_code, refused.json()["code"]) == (422, "consent_note")
    allowed = (await manager.post(f"{path}/allow", json={"note": "signed the form"})).json()
    assert allowed["consent"] == "agreed"
    told = (await manager.get(path)).json()
    assert [item["action"] for item in told[:2]] == ["agree", "stop"]
    assert told[0]["detail"] == "signed the form"
    found = (await manager.get("/api/contacts", params={"consent": "agreed"})).json()
    assert len(found["items"]) == 1
