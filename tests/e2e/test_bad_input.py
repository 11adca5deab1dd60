"""Bad input, by mistake or on purpose: a clear answer with a stable code, and nothing lost."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.stage import Stage
from tests.e2e.stories import ask, draft, ended, items, refused, talk, template
from tests.eventually import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODY = "01a207ac-0000-7000-8000-000000000000"
MEGABYTE = 1024 * 1024


# Files


HEADER = "Name,Mobile\r\n"
TWO = HEADER + "José Müller,+491713923001\r\nZoë Łuk,+491713923002\r\n"

READABLE: dict[str, bytes] = {
    "utf-8 with a mark": ("\ufeff" + TWO).encode(),
    "utf-16": TWO.encode("utf-16"),
    "windows-1252": TWO.replace("Ł", "L").encode("cp1252"),
    "semicolons and old line ends": TWO.replace(",", ";").replace("\r\n", "\r").encode(),
    "nul characters": TWO.replace("Müller", "Mül\x00ler").encode(),
    "ragged rows": (TWO + "one,two,three,four\r\n\r\n,\r\n").encode(),
    "an open quote": (TWO + '"never closed,+49171392300').encode(),
}

UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "only spaces": b"  \r\n \r\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "a broken workbook": b"PK\x03\x04" + b"\x00" * 500,
    "a header alone": HEADER.encode(),
}


async def upload(program: httpx.AsyncClient, data: bytes, **form: str) -> httpx.Response:
    """Send a file to be counted, not stored."""
    files = {"file": ("table.csv", data)}
    return await program.post("/api/contacts/import", files=files, data={"dry_run": "true", **form})


async def counted(program: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The import once the worker has counted it."""

    async def checked() -> dict[str, Any] | None:
        found: dict[str, Any] = (await program.get(url)).json()
        return None if found["status"] == "checking" else found

    found: dict[str, Any] = await eventually(checked, "the file is counted")
    assert found["status"] == "previewed", found
    return found


@pytest.mark.parametrize("name", READABLE)
async def test_files_as_people_have_them_are_read(program: httpx.AsyncClient, name: str) -> None:
    answer = await upload(program, READABLE[name])
    assert answer.status_code == 202, answer.text
    counts = (await counted(program, answer.json()["url"]))["counts"]
    assert counts["new"] == 2
    assert counts["rows"] == counts["new"] + counts["invalid"]


@pytest.mark.parametrize("name", UNREADABLE)
async def test_files_that_are_no_tables_are_refused(program: httpx.AsyncClient, name: str) -> None:
    assert refused(await upload(program, UNREADABLE[name]), 422).startswith("import_")


@pytest.mark.parametrize(
    "form",
    [
        {"mapping": "{"}, {"mapping": '{"Nope": "phone"}'}, {"mapping": '["phone", "phone"]'},
        {"mapping": '["name", "name"]'}, {"options": "7"}, {"options": '{"delimiter": "ab"}'},
        {"options": '{"encoding": "klingon"}'}, {"options": '{"default_region": "ZZ"}'},
        {"options": '{"policy": "eat"}'}, {"options": f'{{"group_ids": ["{NOBODY}"]}}'},
    ],
    ids=str,
)  # fmt: skip
async def test_bad_import_options_are_refused(
    program: httpx.AsyncClient, form: dict[str, str]
) -> None:
    assert refused(await upload(program, TWO.encode(), **form), 404, 422)


async def test_an_oversized_upload_is_refused(program: httpx.AsyncClient, stage: Stage) -> None:
    data = b"x" * (stage.stack.settings.upload_max_bytes + 1)
    assert refused(await upload(program, data), 422) == "import_too_large"


async def test_a_file_beyond_all_bounds_is_refused_before_it_is_sent(
    stage: Stage, program: httpx.AsyncClient
) -> None:
    token = f"Authorization: {program.headers['Authorization']}\r\n".encode()
    assert await refused_at_once(stage, token) == b"413"
    assert await refused_at_once(stage, b"") == b"401"  # strangers are not told what we take


async def refused_at_once(stage: Stage, headers: bytes) -> bytes:
    """The status for a file of which nothing but its size is sent."""
    url = httpx.URL(stage.stack.urls.app)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        b"POST /api/contacts/import HTTP/1.1\r\nHost: localhost\r\n" + headers
        + b"Content-Length: 999999999999\r\n\r\n"
    )  # fmt: skip
    status = (await asyncio.wait_for(reader.readline(), 10)).split()[1]
    writer.close()
    await writer.wait_closed()
    return status


async def test_nul_characters_are_never_stored(program: httpx.AsyncClient) -> None:
    body = b'{"phone":"+491713923105","name":"a\\u0000b"}'
    headers = {"Content-Type": "application/json"}
    made = await program.post("/api/contacts", content=body, headers=headers)
    assert (made.status_code, made.json()["name"]) == (201, "ab")


# Requests of programs


@pytest.mark.parametrize(
    ("verb", "path", "options"),
    [
        ("POST", "/api/contacts", {"content": b"{"}),
        ("POST", "/api/contacts", {"content": b"\xff\xfe{}"}),
        ("POST", "/api/contacts", {"content": b'{"phone": "+49171"}', "headers": {"Content-Type": "text/plain"}}),
        ("POST", "/api/contacts", {"content": b'{"phone":"+491713923100","name":"\\ud800"}'}),
        ("POST", "/api/contacts", {"content": b"[" * 100_000}),
        ("POST", "/api/contacts", {"content": b'{"x":"' + b"y" * 2 * MEGABYTE + b'"}'}),
        ("POST", "/api/contacts", {"json": {"phone": "12"}}),
        ("POST", "/api/contacts", {"json": {"phone": "+491713923100", "fields": {"nope": 1}}}),
        ("POST", "/api/contacts", {"json": {"phone": "+491713923100", "fields": {"birthday": 1e308}}}),
        ("POST", "/api/contacts", {"data": {"phone": "+491713923100"}}),
        ("POST", "/api/contacts/import", {"json": {}}),
        ("GET", "/api/contacts?limit=-1", {}),
        ("GET", "/api/contacts?limit=0", {}),
        ("GET", "/api/contacts?limit=99999999999999999999", {}),
        ("GET", "/api/contacts?limit=ten", {}),
        ("GET", "/api/contacts?cursor=%21%21", {}),
        ("GET", "/api/contacts?cursor=WyJhIl0", {}),
        ("GET", "/api/contacts?search=a%00b", {}),
        ("GET", "/api/contacts/%00", {}),
        ("GET", "/api/contacts/not-an-id", {}),
        ("GET", f"/api/contacts/{NOBODY}", {}),
        ("GET", "/api/contacts?group_id=7", {}),
        ("GET", "/api/audit?before_id=99999999999999999999", {}),
        ("GET", f"/api/campaigns/{NOBODY}/stats", {}),
        ("GET", f"/api/campaigns/{NOBODY}/recipients?after=99999999999", {}),
        ("GET", "/api/campaigns?cursor=bm9wZQ", {}),
        ("GET", "/api/templates?cursor=WzFd", {}),
        ("GET", "/api/messages?cursor=x", {}),
        ("GET", "/api/conversations?cursor=x", {}),
        ("POST", f"/api/campaigns/{NOBODY}/execute", {}),
        ("POST", "/api/campaigns", {"json": {"name": "x", "throttle": 10**30}}),
        ("POST", "/api/campaigns", {"json": {"name": "x", "scheduled_at": "0000-00-00T00:00:00Z"}}),
        ("POST", "/api/campaigns", {"json": {"name": "x", "audience": {"group_ids": ["7"]}}}),
        ("PUT", f"/api/campaigns/{NOBODY}", {"json": {"revision": -(10**20)}}),
        ("PUT", f"/api/campaigns/{NOBODY}/throttle", {"json": {"per_second": 0}}),
        ("POST", "/api/messages/send", {"json": {"to": "+491713923100"}}),
        ("POST", "/api/messages/send", {"json": {"to": "nobody", "text": {"body": "x"}}}),
        ("POST", "/api/messages/send", {"json": {"to": "+491713923100", "text": {"body": ""}}}),
        ("PUT", f"/api/messages/{NOBODY}/status", {"json": {"status": "read"}}),
        ("PUT", f"/api/templates/{NOBODY}", {"json": {"components": [{}]}}),
        ("DELETE", f"/api/tokens/{NOBODY}", {}),
        ("DELETE", "/api/auth/sessions/zz", {}),
        ("PATCH", "/api/contacts", {}),
        ("GET", "/api/nothing-here", {}),
    ],
)  # fmt: skip
async def test_a_bad_request_is_refused_with_a_code(
    program: httpx.AsyncClient, verb: str, path: str, options: dict[str, Any]
) -> None:
    headers = {"Content-Type": "application/json"} if "content" in options else {}
    given = {**options, "headers": headers | options.get("headers", {})}
    assert refused(await program.request(verb, path, **given))


# People who may not


async def test_ids_of_other_peoples_things_do_not_exist(
    stage: Stage, program: httpx.AsyncClient
) -> None:
    person = {"email": f"{uuid4().hex[:8]}@example.com", "name": "Mia", "role": "manager"}
    made = (await program.post("/api/users", json=person)).raise_for_status().json()
    own = items(await program.get("/api/tokens"))[0]["id"]
    async with httpx.AsyncClient(base_url=stage.stack.urls.app) as admin:
        login = {"email": stage.email, "password": stage.password}
        (await admin.post("/api/auth/login", json=login)).raise_for_status()
        session = items(await admin.get("/api/auth/sessions"))[0]["id"]
        async with httpx.AsyncClient(base_url=stage.stack.urls.app) as manager:
            login = {"email": person["email"], "password": made["one_time_password"]}
            signed_in = (await manager.post("/api/auth/login", json=login)).raise_for_status()
            manager.headers["X-CSRF-Token"] = signed_in.json()["csrf_token"]
            refused(await manager.delete(f"/api/tokens/{own}"), 404)
            refused(await manager.delete(f"/api/auth/sessions/{session}"), 404)
            refused(await manager.post("/api/users", json=person), 403)
        assert (await admin.get("/api/auth/me")).status_code == 200
    assert (await program.get("/api/auth/me")).status_code == 200


async def test_an_expired_session_asks_to_sign_in_again(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.stack.urls.app) as client:
        login = {"email": stage.email, "password": stage.password}
        signed_in = (await client.post("/api/auth/login", json=login)).raise_for_status()
        ask(
            stage,
            "UPDATE sessions SET expires_at = now() - interval '1 second' "
            "WHERE token_hash = (SELECT token_hash FROM sessions ORDER BY created_at DESC LIMIT 1) "
            "RETURNING 1",
        )
        assert refused(await client.get("/api/auth/me"), 401) == "signed_out"
        page = await client.get("/contacts")
        assert page.status_code in (302, 303)
        assert page.headers["location"].startswith("/login")
        headers = {"X-CSRF-Token": signed_in.json()["csrf_token"]}
        late = await client.post("/api/groups", json={"name": "Too late"}, headers=headers)
        assert refused(late, 401)


@pytest.mark.parametrize("bearer", ["", " x", " ww_" + "0" * 40, " ww_\xff", " " + "a" * 5_000])
async def test_a_bad_token_is_refused(anonymous: httpx.AsyncClient, bearer: str) -> None:
    headers = [(b"Authorization", b"Bearer" + bearer.encode("latin-1"))]
    assert refused(await anonymous.get("/api/contacts", headers=headers), 401)


# Templates that vanish


async def forget(simulator: httpx.AsyncClient, stage: Stage, name: str) -> None:
    """Somebody deletes the template in WhatsApp Manager."""
    token = stage.whatsapp.access_tokens[0]
    answer = await simulator.delete(
        f"/v23.0/{stage.whatsapp.waba_id}/message_templates",
        params={"name": name},
        headers={"Authorization": f"Bearer {token}"},
    )
    answer.raise_for_status()


async def test_a_template_deleted_before_a_sync_cannot_be_launched(
    stage: Stage, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    campaign = await draft(program, "Its template goes first", message="appointment_reminder")
    await forget(simulator, stage, "appointment_reminder")
    (await program.post("/api/templates/sync")).raise_for_status()

    async def noticed() -> Any:
        return (await program.get(f"/api/campaigns/{campaign}/check")).json()["problems"]

    assert "template" in await eventually(noticed, "the check names a problem")
    assert refused(await program.post(f"/api/campaigns/{campaign}/execute"), 409, 422)


async def test_a_template_deleted_behind_our_back_pauses_the_campaign(
    stage: Stage, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    campaign = await draft(program, "Its template goes unseen", message="delivery_update")
    await forget(simulator, stage, "delivery_update")
    assert (await template(program, "delivery_update"))["status"] == "APPROVED"
    (await program.post(f"/api/campaigns/{campaign}/execute")).raise_for_status()
    assert (await ended(program, campaign))["status"] == "paused"

    async def halted() -> Any:
        found = (await program.get(f"/api/campaigns/{campaign}/stats")).json()
        return None if found["counters"]["sending"] else found

    stats = await eventually(halted, "nobody is being sent to any more")
    assert stats["pause"]["key"] == "template"
    assert stats["pause"]["step"]
    # Nobody fails: refused people wait for a template that works.
    assert stats["counters"]["queued"] == stats["counters"]["total"] == 200
    # It is halted, not stuck: an operator can still end it.
    (await program.post(f"/api/campaigns/{campaign}/stop")).raise_for_status()


async def test_what_was_refused_left_nothing_behind(
    program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    for phone in ("+491713923100", "+491713923001"):
        found = items(await program.get("/api/contacts", params={"search": phone}))
        assert found == []
    assert await talk(program, simulator, "491713923999", "Everything still works")
