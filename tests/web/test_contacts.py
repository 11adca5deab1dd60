"""Pages of contacts: what a person sees and can do, by accessible names."""

import re

import httpx

from api.state import AppState
from domain.actors import SYSTEM
from domain.contacts import ContactFilter, Selection
from domain.permissions import Role
from services.contacts import groups, search, write
from services.contacts.write import ContactChange
from tests.conftest import LoginAs


async def _people(state: AppState, number: int = 3) -> list[str]:
    names = ("Ana Souza", "Bia Lima", "Caio Dias")
    async with state.sessions.begin() as session:
        made = [
            await write.create(
                session,
                SYSTEM,
                ContactChange(phone=f"+551198765{i:04}", name=names[i % 3] if i < 3 else ""),
            )
            for i in range(number)
        ]
    return [str(contact.id) for contact in made]


async def _count(state: AppState) -> int:
    async with state.sessions() as session:
        return await search.count(session, Selection())


async def test_a_newcomer_is_led_to_an_import(login_as: LoginAs) -> None:
    page = await (await login_as(Role.MANAGER)).get("/contacts")
    assert "No contacts yet" in page.text
    assert 'href="/contacts/import"' in page.text
    agent = await (await login_as(Role.AGENT)).get("/contacts")
    assert 'href="/contacts/import"' not in agent.text


async def test_the_list_searches_filters_and_pages(login_as: LoginAs, state: AppState) -> None:
    client = await login_as()
    await _people(state, 60)
    page = await client.get("/contacts")
    assert "60 contacts" in page.text
    assert page.text.count("row-link") == 50
    following = re.search(
        r'href="(/contacts\?cursor=[^"]+)" rel="next"|rel="next" href="([^"]+)"', page.text
    )
    address = re.search(r"/contacts\?cursor=[\w=-]+", page.text)
    assert following or address
    assert address is not None
    assert (await client.get(address.group())).text.count("row-link") == 10
    found = await client.get("/contacts?q=souza", headers={"HX-Request": "true"})
    assert found.text.lstrip().startswith("<section")
    assert "Ana Souza" in found.text
    assert "Bia Lima" not in found.text
    assert "Nobody matches" in (await client.get("/contacts?q=zzz")).text
    assert (await client.get("/contacts?cursor=broken")).status_code == 303
    assert (await client.get("/contacts?group=x&consent=y&sort=z")).status_code == 200


async def test_add_edit_and_delete_by_forms(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    wrong = await client.post("/contacts", data={"phone": "12", "name": "Ana"})
    assert wrong.status_code == 422
    assert "The country is not clear" in wrong.text
    assert 'value="Ana"' in wrong.text
    made = await client.post("/contacts", data={"phone": "+5511987654321", "name": "<b>Ana</b>"})
    assert made.status_code == 303
    detail = await client.get(made.headers["location"])
    assert "&lt;b&gt;Ana" in detail.text
    assert "+55 11 98765-4321" in detail.text
    twice = await client.post("/contacts", data={"phone": "+55 11 8765-4321"})
    assert (twice.status_code, "Another contact already has" in twice.text) == (409, True)
    path = made.headers["location"]
    assert (await client.post(path, data={"phone": "+5511987654321", "name": "Ana"})).is_redirect
    assert (await client.post(f"{path}/state", data={"state": "opt_out"})).is_redirect
    assert "Opted out" in (await client.get(path)).text
    assert (await client.post(f"{path}/delete")).is_redirect
    assert (await client.get(path)).status_code == 404
    assert await _count(state) == 0


async def _ask(client: httpx.AsyncClient, **form: object) -> httpx.Response:
    return await client.post("/contacts/selection", data=form, headers={"HX-Request": "true"})


async def test_bulk_actions_ask_with_the_number_and_act_on_all(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as()
    ids = await _people(state, 60)
    nobody = await _ask(client, action="delete")
    assert (nobody.status_code, "Tick at least one" in nobody.text) == (422, True)
    assert (
        "Add 2 contacts to a group" in (await _ask(client, action="add_to_group", ids=ids[:2])).text
    )
    form = {"action": "add_to_group", "ids": ids[:2], "new_group": "VIP"}
    assert (await client.post("/contacts/bulk", data=form)).is_redirect
    async with state.sessions() as session:
        group = (await groups.every(session))[0]
        assert (group.name, group.members) == ("VIP", 2)

    everything = await _ask(client, action="delete", all="1", ids=ids[:1])
    assert "Delete 60 contacts?" in everything.text
    stale = {"action": "delete", "all": "1", "expected": "59"}
    assert (await client.post("/contacts/bulk", data=stale)).status_code == 409
    assert await _count(state) == 60
    agreed = {"action": "delete", "all": "1", "q": "Bia", "expected": "1"}
    assert (await client.post("/contacts/bulk", data=agreed)).is_redirect
    assert await _count(state) == 59
    async with state.sessions() as session:
        assert (await search.page(session, ContactFilter(search="Bia"))).items == []


async def test_csv_is_what_the_list_shows(login_as: LoginAs, state: AppState) -> None:
    client = await login_as()
    await _people(state)
    answer = await client.get("/contacts/export.csv?q=ana")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 2


async def test_groups_and_fields_are_managed(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    assert (await client.post("/contacts/groups", data={"name": "VIP"})).is_redirect
    again = await client.post("/contacts/groups", data={"name": "vip"})
    assert (again.status_code, "already a group named" in again.text) == (422, True)
    choices = {"label": "Plan", "kind": "enum", "options": "Gold\nSilver"}
    assert (await client.post("/contacts/fields", data=choices)).is_redirect
    empty = await client.post("/contacts/fields", data={"label": "Size", "kind": "enum"})
    assert (empty.status_code, "List between 1 and" in empty.text) == (422, True)
    page = await client.get("/contacts/fields")
    assert "Gold, Silver" in page.text
    form = await client.get("/contacts/new")
    assert '<option value="Gold"' in form.text
    assert "VIP" in form.text
    assert (
        await client.post("/contacts/fields/plan", data={"label": "Tier", "options": "A"})
    ).is_redirect
    assert (await client.post("/contacts/fields/plan/delete")).is_redirect
    assert (await client.post("/contacts/fields/plan/delete")).status_code == 404


async def test_agents_see_and_do_not_change(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.AGENT)
    ids = await _people(state)
    page = await client.get("/contacts")
    assert "Ana Souza" in page.text
    assert "Select Ana Souza" not in page.text
    assert (await client.get(f"/contacts/{ids[0]}")).status_code == 200
    assert (await client.post(f"/contacts/{ids[0]}/delete")).status_code == 403
    assert (await client.get("/contacts/import")).status_code == 403
