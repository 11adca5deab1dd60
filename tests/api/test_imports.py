"""Imports over the API: upload, follow, download the rows that were left out."""

import errno
import json
import tempfile
from uuid import UUID, uuid4

import httpx
import pytest

from api.state import AppState
from domain.permissions import Role
from services.imports import run, upload
from tests.conftest import LoginAs
from tests.noted import noted
from tests.work import work

FILE = b"Customer,WhatsApp No,City\nAna,+5511987654321,Rio\nBia,11 98765-4322,\nNobody,12,\n"


async def _send(client: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await client.post(
        "/api/contacts/import", files={"file": ("people.csv", FILE, "text/csv")}, data=form
    )


@pytest.mark.fault("C8")
@pytest.mark.fault("D2")
@pytest.mark.parametrize("where", ["on its way", "stored"])
async def test_a_full_disk_is_said(
    login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    client = await login_as(Role.MANAGER)
    for path in ("/api/contacts/import", "/contacts/import"):
        with monkeypatch.context() as full:
            if where == "stored":
                full.setattr(upload, "_copy", no_room)
            else:
                full.setattr(tempfile.SpooledTemporaryFile, "rollover", no_room)
            file = {"file": ("people.csv", FILE + b"x" * 2_000_000, "text/csv")}
            answer = await client.post(path, files=file)
        assert answer.status_code == 503
        assert "is full" in answer.text
    assert not [*(state.data_dir / "imports").glob("*")]


@pytest.mark.fault("C3")
@pytest.mark.parametrize(
    "form",
    [
        {"mapping": '{"WhatsApp No": "nonsense"}'},
        {"mapping": '{"Nowhere": "phone"}'},
        {"mapping": '{"Customer": "name"}'},
        {"options": '{"default_region": "ZZ"}'},
        {"options": '{"header_line": 90}'},
        {"options": '{"new_group": "' + "g" * 81 + '"}'},
        {
            "options": '{"encoding": "utf-16", "group_ids": ["01a21cae-193d-7d44-9b0f-7e88e4e0ac27"]}'
        },
    ],
)
async def test_a_refused_upload_leaves_no_file(
    login_as: LoginAs, state: AppState, form: dict[str, str]
) -> None:
    client = await login_as(Role.MANAGER)
    assert (await _send(client, **form)).status_code == 422
    assert not [*(state.data_dir / "imports").glob("*")]
    assert (await _send(client)).status_code == 202
    assert len([*(state.data_dir / "imports").glob("*")]) == 1
    assert len(await noted(state, "import.started")) == 1


async def test_an_import_starts_runs_and_reports(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    answer = await _send(
        client,
        mapping=json.dumps({"Customer": "name", "WhatsApp No": "phone", "2": "new:text"}),
        options=json.dumps({"default_region": "BR", "new_group": "June"}),
    )
    assert answer.status_code == 202, answer.text
    sent = answer.json()
    assert (sent["status"], sent["file_name"]) == ("running", "people.csv")
    assert await noted(state, "import.started") == [UUID(sent["id"])]

    async with state.sessions.begin() as session:
        await run.run(session, UUID(sent["id"]), data_dir=state.data_dir)
    done = (await client.get(sent["url"])).json()
    assert done["status"] == "completed"
    assert {name: done["counts"][name] for name in ("rows", "new", "invalid", "grouped")} == {
        "rows": 3,
        "new": 2,
        "invalid": 1,
        "grouped": 2,
    }
    total = (await client.get("/api/contacts?total=true")).json()["total"]
    assert total == done["counts"]["new"]
    left_out = await client.get(sent["errors_url"])
    assert left_out.text.splitlines()[1].startswith("Nobody,12,,4,")
    assert [item["id"] for item in (await client.get("/api/contacts/import")).json()["items"]] == [
        sent["id"]
    ]
    again = await client.post(f"{sent['url']}/start")
    assert again.json()["status"] == "completed"


async def test_a_dry_run_counts_and_can_be_started(login_as: LoginAs, state: AppState) -> None:
    client = await login_as()
    mapping = json.dumps(["name", "phone", ""])
    sent = await _send(client, mapping=mapping, dry_run="true")
    assert (sent.status_code, sent.json()["status"]) == (202, "checking")
    assert await noted(state, "import.check_asked") == [UUID(sent.json()["id"])]
    await work(state)
    tried = (await client.get(sent.json()["url"])).json()
    assert (tried["status"], tried["dry_run"], tried["counts"]["new"]) == ("previewed", True, 1)
    assert await noted(state, "import.started") == []
    started = await client.post(f"{tried['url']}/start")
    assert (started.status_code, started.json()["status"]) == (202, "running")
    assert await noted(state, "import.started") == [UUID(tried["id"])]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"mapping": '{"Nope": "phone"}'}, "mapping_column"),
        ({"mapping": '["name", "", ""]'}, "mapping_phone"),
        ({"mapping": '["phone"]'}, "mapping_width"),
        ({"mapping": '["phone", "phone", ""]'}, "mapping_twice"),
        ({"mapping": '["phone", "drop table", ""]'}, "mapping_target"),
        ({"mapping": "{"}, "mapping_invalid"),
        ({"options": '{"policy": "guess"}'}, "invalid"),
        ({"options": '{"default_region": "ZZ"}'}, "import_region"),
        ({"options": '{"encoding": "rot13"}'}, "import_encoding"),
        ({"options": json.dumps({"group_ids": [str(uuid4())]})}, "import_group"),
    ],
)
async def test_bad_forms_are_refused_and_leave_nothing(
    login_as: LoginAs, state: AppState, form: dict[str, str], code: str
) -> None:
    client = await login_as()
    answer = await _send(client, **form)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await client.get("/api/contacts/import")).json()["items"] == []
    assert await noted(state, "import.started") == []


async def test_files_that_are_none(login_as: LoginAs) -> None:
    client = await login_as()
    missing = await client.post("/api/contacts/import", data={"dry_run": "true"})
    assert missing.status_code == 422
    picture = await client.post("/api/contacts/import", files={"file": b"\x89PNG" + bytes(99)})
    assert (picture.status_code, picture.json()["code"]) == (422, "import_binary")
    unknown = await client.get(f"/api/contacts/import/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "import_not_found")
