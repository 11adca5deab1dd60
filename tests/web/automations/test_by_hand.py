"""Starting an automation by hand: from a contact's page, and for those selected in the list."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.automations.triggers import ManualTrigger
from domain.permissions import Role
from tests import factories, runs
from tests.conftest import LoginAs
from tests.graphs import graph, say
from tests.runs import Cast
from tests.web.automations.test_run import texts

CHOOSE, START = "/automations/start/choose", "/automations/start"


@pytest.fixture
async def who(session: AsyncSession, state: AppState) -> Cast:
    """Somebody who wrote to a number."""
    who = await runs.cast(session, state.vault)
    await session.commit()
    return who


async def greeting(session: AsyncSession) -> str:
    """A live automation that is started by hand."""
    drawn = graph({"n": say("Hi")}, triggers={"hand": ManualTrigger()})
    automation_id = await runs.live(session, drawn, "Greeting")
    await session.commit()
    return str(automation_id)


async def started(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT count(*) FROM automation_runs")) or 0)


async def test_a_contact_is_started_from_their_page_and_refused_with_the_reason(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    client = await login_as(Role.MANAGER)
    page = f"/contacts/{who.contact_id}"
    chosen: dict[str, Any] = {"ids": str(who.contact_id), "back": "contact"}
    assert CHOOSE in (await client.get(page)).text
    none = await client.post(CHOOSE, data=chosen)
    assert "No live automation can be started by hand." in texts(none.text)
    automation_id = await greeting(session)
    assert f'value="{automation_id}"' in (await client.post(CHOOSE, data=chosen)).text
    chosen |= {"automation_id": automation_id}
    for key, said in (("a", "Started."), ("b", "Not started. This contact was here before")):
        done = await client.post(START, data=chosen | {"key": key})
        assert done.headers["location"] == page
        assert said in texts((await client.get(page)).text)
    assert await started(session) == 1


async def test_the_selected_are_started_and_the_others_counted_by_reason(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    client = await login_as(Role.MANAGER)
    automation_id = await greeting(session)
    await factories.people(session, 3)
    await session.commit()
    people = list(await session.scalars(text("SELECT id::text FROM contacts")))
    chosen = {"ids": people, "q": "", "sort": "name", "automation_id": automation_id}
    assert "for 3 contacts" in texts((await client.post(CHOOSE, data=chosen)).text)
    await client.post(START, data=chosen | {"ids": str(who.contact_id)})
    done = await client.post(START, data=chosen)
    assert done.headers["location"] == "/contacts?sort=name"
    shown = texts((await client.get("/contacts")).text)
    assert "2 contacts started. 1 not started: This contact was here before" in shown
    everybody = (await client.post(CHOOSE, data={"all": "1"})).text
    assert "for 3 contacts" in texts(everybody)
    found = re.search(r'name="ids" value="([^"]+)"', everybody)
    assert found is not None
    assert set(found[1].split()) == set(people)


async def test_who_is_gone_and_what_is_too_much_is_refused(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    client = await login_as(Role.MANAGER)
    most = (
        (0, "Tick at least one contact."),
        (1000, "for 1,000 contacts"),
        (1001, "Start at most 1,000 contacts"),
    )
    for count, said in most:
        asked = await client.post(
            CHOOSE, data={"ids": " ".join(str(uuid4()) for _ in range(count))}
        )
        assert said in texts(asked.text)
    for automation_id in (str(uuid4()), "", "x"):
        chosen = {"ids": str(who.contact_id), "automation_id": automation_id}
        assert (await client.post(START, data=chosen)).status_code == 303
        assert "There is no such automation." in texts((await client.get("/contacts")).text)
    assert await started(session) == 0


async def test_only_who_may_run_automations_starts_them(login_as: LoginAs, who: Cast) -> None:
    client = await login_as(Role.AGENT)
    assert CHOOSE not in (await client.get(f"/contacts/{who.contact_id}")).text
    chosen = {"ids": str(who.contact_id)}
    assert (await client.post(CHOOSE, data=chosen)).status_code == 403
    assert (await client.post(START, data=chosen)).status_code == 403
