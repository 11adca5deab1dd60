"""Bulk actions: the selection is stated, the filter survives, and deletions can be undone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from activities.deletions import sweep
from api.state import AppState
from domain.actors import SYSTEM
from domain.contacts import ContactFilter, FieldType, Selection
from domain.permissions import Role
from services import deletions
from services.campaigns.drafts import write
from services.contacts import fields, groups, search
from tests import factories, threads
from tests.conftest import LoginAs
from tests.web.test_contacts import _people

pytestmark = pytest.mark.fault("8B6")

BACK = re.compile(r'data-toast-undo="(/deletions/[^"]+/undo)"')


async def count(state: AppState, q: str = "") -> int:
    async with state.sessions() as session:
        return await search.count(session, Selection(filter=ContactFilter(search=q)))


async def in_time(state: AppState) -> None:
    """The time to take something back is over, and the worker looked."""
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE deletions SET due_at = now() - interval '1 s'"))
    await sweep(state.sessions)


async def rows(state: AppState, table: str) -> int:
    async with state.sessions() as session:
        return await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


@pytest.mark.parametrize(
    "action", ["opt_out", "opt_in", "delete", "add_to_group", "remove_from_group"]
)
async def test_the_filter_survives_whatever_is_done_to_some(
    login_as: LoginAs, state: AppState, action: str
) -> None:
    client, ids = await login_as(Role.MANAGER), await _people(state)
    listed = {"q": "ana", "consent": "never", "sort": "name"}
    chosen = {"action": action, "ids": ids[0], **listed}
    page = (await client.get("/contacts", params=listed)).text
    for name, value in listed.items():
        assert f'name="{name}" value="{value}"' in page
    dialog = (await client.post("/contacts/selection", data=chosen)).text
    for name, value in listed.items():
        assert f'name="{name}" value="{value}"' in dialog
    more = {"expected": "1", "new_group": "VIP" if action == "add_to_group" else ""}
    if action == "remove_from_group":
        async with state.sessions.begin() as session:
            made = await groups.create(session, SYSTEM, "Old")
        more["group_id"] = str(made.id)
    done = await client.post("/contacts/bulk", data=chosen | more)
    assert done.headers["location"] == "/contacts?q=ana&consent=never&sort=name"


async def test_what_is_chosen_and_how_many_are_said_by_the_page(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    await _people(state, 60)
    page = (await client.get("/contacts")).text
    assert 'data-selected="ids" data-all="60"' in page
    assert "{count} selected" in page
    assert "All 60 that match" in page


@pytest.mark.parametrize("everything", [False, True])
async def test_deleted_contacts_are_out_of_sight_and_come_back(
    login_as: LoginAs, state: AppState, everything: bool
) -> None:
    client, ids = await login_as(Role.MANAGER), await _people(state)
    chosen = {"all": "1"} if everything else {"ids": ids}
    gone = {"action": "delete", "expected": "3", **chosen}
    done = await client.post("/contacts/bulk", data=gone)
    assert done.is_redirect
    assert (await count(state), await rows(state, "contacts")) == (0, 3)
    back = BACK.search((await client.get(done.headers["location"])).text)
    assert back
    undone = await client.post(back[1], headers={"HX-Request": "true"})
    assert (undone.status_code, undone.headers["hx-refresh"]) == (204, "true")
    assert await count(state) == 3
    await in_time(state)
    assert await rows(state, "contacts") == 3
    late = await client.post(back[1], headers={"HX-Request": "true"})
    assert (late.status_code, "too late to undo" in late.text) == (409, True)


async def test_nobody_took_it_back(login_as: LoginAs, state: AppState) -> None:
    client, ids = await login_as(Role.MANAGER), await _people(state)
    assert (await client.post(f"/contacts/{ids[0]}/delete")).is_redirect
    assert (await count(state), await rows(state, "contacts")) == (2, 3)
    await in_time(state)
    assert (await rows(state, "contacts"), await rows(state, "leaving")) == (2, 0)


async def test_whoever_is_about_to_go_gets_no_new_campaign_and_makes_room_for_their_number(
    login_as: LoginAs, state: AppState
) -> None:
    client, ids = await login_as(Role.MANAGER), await _people(state)
    await client.post("/contacts/bulk", data={"action": "delete", "expected": "2", "ids": ids[:2]})
    async with state.sessions.begin() as session:
        audience = "SELECT count(*) FROM contacts c WHERE NOT EXISTS (SELECT FROM leaving l WHERE l.contact_id = c.id)"
        assert await session.scalar(text(audience)) == 1
        phone = await session.scalar(
            text("SELECT phone FROM contacts WHERE id = :id"), {"id": ids[0]}
        )
    again = await client.post("/contacts", data={"phone": phone, "name": "Somebody new"})
    assert again.is_redirect
    await in_time(state)
    assert (await count(state), await rows(state, "contacts")) == (2, 2)
    assert await count(state, "somebody new") == 1


async def test_nobody_answers_whoever_is_about_to_go(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        thread = await threads.only_thread(session, state.vault, unread=1)
        await threads.message(session, thread)
    assert "Ana Ruiz" in (await client.get("/inbox")).text
    await client.post(f"/contacts/{thread.contact_id}/delete")
    page = (await client.get("/inbox")).text
    back = BACK.search(page)
    assert back
    assert "Ana Ruiz" not in page
    assert (await client.get(f"/inbox/{thread.id}")).status_code == 404
    said = await client.post(
        f"/inbox/{thread.id}/messages", data={"text": "Hello", "client_id": "c1"}
    )
    assert said.status_code == 404
    again = await client.post(f"/contacts/{thread.contact_id}/delete")
    assert again.status_code == 404
    assert (await client.post(back[1])).is_redirect
    assert "Ana Ruiz" in (await client.get("/inbox")).text


async def test_whose_contact_was_added_anew_is_said_when_the_rest_comes_back(
    login_as: LoginAs, state: AppState
) -> None:
    client, ids = await login_as(Role.MANAGER), await _people(state)
    async with state.sessions() as session:
        phone = await session.scalar(
            text("SELECT phone FROM contacts WHERE id = :id"), {"id": ids[0]}
        )
    gone = await client.post(
        "/contacts/bulk", data={"action": "delete", "expected": "3", "ids": ids}
    )
    back = BACK.search((await client.get(gone.headers["location"])).text)
    assert back
    await client.post("/contacts", data={"phone": phone, "name": "Somebody new"})
    assert (await client.post(back[1])).is_redirect
    page = (await client.get("/contacts")).text
    assert "except for 1 contact that has been added again" in page
    assert await count(state) == 3


async def test_groups_fields_and_drafts_come_back_too(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        group = await groups.create(session, SYSTEM, "VIP")
        field = await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
        campaign = await write.create(session, SYSTEM, "Spring")
    things = {
        f"/contacts/groups/{group.id}/delete": ("/contacts/groups", "VIP", "groups"),
        f"/contacts/fields/{field.key}/delete": ("/contacts/fields", "City", "custom_fields"),
        f"/campaigns/{campaign.id}/delete": ("/campaigns", "Spring", "campaigns"),
    }
    for address, (shown, name, table) in things.items():
        cell = f">{name}<"
        assert cell in (await client.get(shown)).text
        assert (await client.post(address)).is_redirect
        page = (await client.get(shown)).text
        back = BACK.search(page)
        assert back
        assert cell not in page
        assert (await client.post(back[1])).is_redirect
        assert cell in (await client.get(shown)).text
        await client.post(address)
        await in_time(state)
        assert await rows(state, table) == 0, table


async def test_the_name_of_a_group_that_goes_is_free(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    for _ in range(2):
        assert (await client.post("/contacts/groups", data={"name": "VIP"})).is_redirect
        async with state.sessions() as session:
            (group,) = await groups.every(session)
        await client.post(f"/contacts/groups/{group.id}/delete")
    await in_time(state)
    assert await rows(state, "groups") == 0


async def test_a_draft_that_was_launched_meanwhile_stays(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        campaign = await write.create(session, SYSTEM, "Spring")
    await client.post(f"/campaigns/{campaign.id}/delete")
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET status = 'running'"))
    await in_time(state)
    assert (await rows(state, "campaigns"), await rows(state, "leaving")) == (1, 0)


def test_the_bar_is_shorter_than_the_time() -> None:
    assert timedelta(seconds=10) < deletions.UNDO


EXPORTS = (
    ("/contacts/export.csv", 2), ("/contacts/export.csv?q=zzzz", 0), ("/api/contacts/export", 2),
    ("/campaigns/{id}/recipients.csv", 2), ("/campaigns/{id}/recipients.csv?q=zzzz", 0),
    ("/api/campaigns/{id}/recipients?format=csv&state=failed", 0),
)  # fmt: skip


@pytest.mark.parametrize(("address", "written"), EXPORTS)
async def test_files_of_people_need_a_permission_of_their_own_and_are_audited(
    login_as: LoginAs, state: AppState, address: str, written: int
) -> None:
    async with state.sessions.begin() as session:
        made = await factories.campaign(session, state.vault, 2)
    url = address.format(id=made.id)
    assert (await (await login_as(Role.AGENT)).get(url)).status_code == 403
    manager = await login_as(Role.MANAGER)
    assert (await manager.get(url)).status_code == 200
    async with state.sessions() as session:
        noted = text("SELECT kind, data FROM journal WHERE kind LIKE '%.exported'")
        ((action, after),) = (await session.execute(noted)).all()
    assert action in {"contacts.exported", "campaign_recipients.exported"}
    assert after["rows"] == written
