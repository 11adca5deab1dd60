"""The contacts API: paths of the specification, cursors, bulk, CSV, bad input."""

import csv
from uuid import uuid4

import httpx
import pytest

from domain.permissions import Role
from tests.conftest import LoginAs

ANA = {"phone": "+55 11 98765-4321", "name": "Ana Souza"}


async def _add(client: httpx.AsyncClient, **body: object) -> dict[str, object]:
    answer = await client.post("/api/contacts", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


async def test_create_read_change_delete(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    made = await _add(client, **ANA)
    assert made["phone"] == "+5511987654321"
    path = f"/api/contacts/{made['id']}"
    assert (await client.get(path)).json() == made

    changed = await client.put(path, json={"language": "pt-br"})
    assert changed.status_code == 200
    assert (changed.json()["language"], changed.json()["name"]) == ("pt_BR", "Ana Souza")

    assert (await client.delete(path)).status_code == 204
    gone = await client.get(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "contact_not_found")


async def test_variants_of_a_number_are_one_contact(login_as: LoginAs) -> None:
    client = await login_as()
    await _add(client, phone="+5511987654321")
    again = await client.post("/api/contacts", json={"phone": "+55 11 8765 4321"})
    assert (again.status_code, again.json()["code"]) == (409, "phone_taken")
    other = await _add(client, phone="+5215512345678")
    clash = await client.put(f"/api/contacts/{other['id']}", json={"phone": "+5511987654321"})
    assert clash.status_code == 409


async def test_a_repeated_create_with_a_key_answers_the_same(login_as: LoginAs) -> None:
    client = await login_as()
    headers = {"Idempotency-Key": "one"}
    first = await client.post("/api/contacts", json=ANA, headers=headers)
    again = await client.post("/api/contacts", json=ANA, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()


async def test_pages_cover_everybody_once_in_both_directions(login_as: LoginAs) -> None:
    client = await login_as()
    for number in range(7):
        await _add(client, phone=f"+551198765432{number}", name=f"Person {number % 3}")
    for sort in ("newest", "name"):
        seen: list[str] = []
        cursor = None
        pages = []
        while True:
            query = {"limit": "3", "sort": sort} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/contacts", params=query)).json()
            pages.append([item["id"] for item in page["items"]])
            seen += pages[-1]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 7
        back = {"limit": "3", "sort": sort, "cursor": page["previous_cursor"]}
        previous = (await client.get("/api/contacts", params=back)).json()
        assert [item["id"] for item in previous["items"]] == pages[-2]


@pytest.mark.parametrize(
    ("search", "found"),
    [("98765-43", 2), ("souza", 1), ("SOUZA", 1), ("11 9", 2), ("100%", 0), ("_", 0), ("x", 0)],
)
async def test_search_by_parts(login_as: LoginAs, search: str, found: int) -> None:
    client = await login_as()
    await _add(client, **ANA)
    await _add(client, phone="+5511987654322", name="Bia")
    page = await client.get("/api/contacts", params={"search": search, "total": "true"})
    assert (len(page.json()["items"]), page.json()["total"]) == (found, found)


async def test_groups_fields_and_bulk(login_as: LoginAs) -> None:
    client = await login_as()
    group = (await client.post("/api/groups", json={"name": "VIP"})).json()
    field = await client.post(
        "/api/fields", json={"label": "Plan", "type": "enum", "options": ["Gold", "Silver"]}
    )
    assert field.json()["key"] == "plan"
    ana = await _add(client, **ANA, fields={"plan": "gold"}, group_ids=[group["id"]])
    assert ana["fields"] == {"plan": "Gold"}
    await _add(client, phone="+5511987654322", name="Bia")

    add = {"action": "add_to_group", "filter": {}, "group_id": group["id"]}
    assert (await client.post("/api/contacts/bulk", json=add)).json() == {"changed": 1}
    assert (await client.get("/api/groups")).json()[0]["members"] == 2
    take = {"action": "remove_from_group", "ids": [ana["id"]], "group_id": group["id"]}
    assert (await client.post("/api/contacts/bulk", json=take)).json() == {"changed": 1}
    in_group = await client.get("/api/contacts", params={"group_id": group["id"]})
    assert [item["name"] for item in in_group.json()["items"]] == ["Bia"]

    stop = {"action": "opt_out", "filter": {"search": "bia"}}
    assert (await client.post("/api/contacts/bulk", json=stop)).json() == {"changed": 1}
    out = await client.get("/api/contacts", params={"opted_out": "true"})
    assert [item["name"] for item in out.json()["items"]] == ["Bia"]

    wrong = {"action": "delete", "filter": {}, "expected": 5}
    refused = await client.post("/api/contacts/bulk", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (409, "selection_changed")
    right = {"action": "delete", "filter": {}, "expected": 2}
    assert (await client.post("/api/contacts/bulk", json=right)).json() == {"changed": 2}

    assert (await client.delete("/api/fields/plan")).status_code == 204
    assert (await client.delete(f"/api/groups/{group['id']}")).status_code == 204
    assert (await client.get("/api/groups")).json() == []


async def test_csv_holds_what_is_shown_and_no_formula(login_as: LoginAs) -> None:
    client = await login_as()
    await client.post("/api/fields", json={"label": "=Note"})
    await _add(client, **ANA, fields={"note": "@SUM(A1)"})
    await _add(client, phone="+5511987654322", name='=HYPERLINK("http://x")')
    answer = await client.get("/api/contacts/export", params={"sort": "name"})
    rows = list(csv.reader(answer.text.removeprefix("\ufeff").splitlines()))
    assert rows[0][-1] == "'=Note"
    assert rows[1][:2] == ["+5511987654322", '\'=HYPERLINK("http://x")']
    assert rows[2][-1] == "'@SUM(A1)"
    only = await client.get("/api/contacts/export", params={"search": "ana"})
    assert len(only.text.splitlines()) == 2


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 422, "phone"),
        ({"phone": "nobody"}, 422, "phone"),
        ({"phone": "+5511987654321", "fields": {"gone": 1}}, 422, "fields.gone"),
        ({"phone": "+5511987654321", "group_ids": [str(uuid4())]}, 422, "group_ids"),
        ({"phone": "+5511987654321", "timezone": "Mars"}, 422, "timezone"),
        ({"phone": "+5511987654321", "admin": True}, 422, "admin"),
        ({"phone": "+5511987654321", "name": "x" * 500}, 422, "name"),
        ({"phone": "\x00"}, 422, "phone"),
    ],
)
async def test_bad_bodies_name_what_is_wrong(
    login_as: LoginAs, body: dict[str, object], status: int, named: str
) -> None:
    client = await login_as()
    answer = await client.post("/api/contacts", json=body)
    assert answer.status_code == status
    assert named in answer.json()["fields"]


async def test_nul_characters_and_broken_surrogates_do_no_harm(login_as: LoginAs) -> None:
    client = await login_as()
    made = await _add(client, phone="+5511987654321", name="A\x00na")
    assert made["name"] == "Ana"
    raw = b'{"phone": "+5511987654322", "name": "B\\ud800ia"}'
    answer = await client.post(
        "/api/contacts", content=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {201, 422}
    assert (await client.get("/api/contacts?search=%00")).status_code == 422


@pytest.mark.parametrize(
    "query",
    ["cursor=nonsense", "cursor=e30", "limit=201", "limit=0", "sort=password", "group_id=1"],
)
async def test_bad_queries_are_refused(login_as: LoginAs, query: str) -> None:
    client = await login_as()
    assert (await client.get(f"/api/contacts?{query}")).status_code == 422


async def test_agents_read_and_do_not_write(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    assert (await client.get("/api/contacts")).status_code == 200
    for answer in (
        await client.post("/api/contacts", json=ANA),
        await client.post("/api/contacts/bulk", json={"action": "delete", "filter": {}}),
        await client.post("/api/groups", json={"name": "x"}),
        await client.post("/api/contacts/import", files={"file": b"Phone\n1"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_activity_of_a_contact_page_by_page(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    made = await _add(client, **ANA)
    path = f"/api/contacts/{made['id']}"
    await client.put(path, json={"name": "Ana Ruiz"})
    await client.put(path, json={"opted_out": True})
    first = (await client.get(f"{path}/activity?limit=2")).json()
    assert [item["text"][0] for item in first["items"]] == [
        "Test Manager stopped marketing", "Test Manager changed Name from Ana Souza to Ana Ruiz",
    ]  # fmt: skip
    assert {item["kind"] for item in first["items"]} == {"contact.updated"}
    rest = await client.get(f"{path}/activity", params={"cursor": first["next_cursor"]})
    assert [item["kind"] for item in rest.json()["items"]] == ["contact.created"]
    assert rest.json()["next_cursor"] is None
    gone = await client.get(f"/api/contacts/{uuid4()}/activity")
    assert (gone.status_code, gone.json()["code"]) == (404, "contact_not_found")
    for bad in ("cursor=x", "limit=0", "limit=999", "conversation_id=x"):
        assert (await client.get(f"{path}/activity?{bad}")).status_code == 422
