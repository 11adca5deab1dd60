"""Files for steps: uploaded, shown, refused in words, and carried from one installation to another."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests import drawing
from tests.conftest import LoginAs

PATH = "/api/automations/files"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
async def manager(login_as: LoginAs) -> httpx.AsyncClient:
    return await login_as(Role.MANAGER)


async def upload(
    client: httpx.AsyncClient,
    content: bytes = PNG,
    name: str = "menu.png",
    kind: str = "image",
    declared: str = "image/png",
) -> httpx.Response:
    return await client.post(PATH, data={"kind": kind}, files={"file": (name, content, declared)})


def showing(link: str) -> dict[str, Any]:
    """An automation that sends a picture, and ends."""
    picture = {"kind": "image", "link": link, "caption": "", "filename": ""}
    return drawing.document(
        [drawing.node("start", "manual")],
        [
            drawing.node("say", "custom_reply", messages=[picture]),
            drawing.node("over", "end"),
            drawing.node("sorry", "end"),
        ],
        [
            drawing.edge("start", "say"),
            drawing.edge("say", "over"),
            drawing.edge("say", "sorry", "failed"),
        ],
    )


async def test_a_file_is_kept_named_and_shown(manager: httpx.AsyncClient) -> None:
    answer = await upload(manager, name="Menü {{1}}.png")
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "link": f"file:{made['sha256']}/Men%C3%BC%20%7B%7B1%7D%7D.png", "sha256": made["sha256"],
        "name": "Menü {{1}}.png", "kind": "image", "mime_type": "image/png", "size": len(PNG),
    }  # fmt: skip
    assert (await upload(manager)).json()["sha256"] == made["sha256"], (
        "the same content is one file"
    )
    shown = await manager.get(f"{PATH}/{made['sha256']}")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    body = {"document": showing(made["link"])}
    checked = await manager.post("/api/automations/validate", json=body)
    assert errors(checked.json()) == []


@pytest.mark.parametrize(
    ("content", "name", "kind", "code"),
    [
        (SVG, "a.png", "image", "file_type"),
        (b"<!doctype html><script></script>", "a.jpg", "image", "file_type"),
        (b"MZ" + bytes(99), "a.pdf", "document", "file_type"),
        (PNG, "a.pdf", "document", "file_type"),
        (b"", "a.png", "image", "file_empty"),
        (PNG + bytes(5 * 1024 * 1024), "a.png", "image", "file_large"),
        (PNG, "../../etc/passwd", "image", "file_name"),
    ],
)
async def test_what_whatsapp_would_not_take_is_refused_in_words(
    manager: httpx.AsyncClient, state: AppState, content: bytes, name: str, kind: str, code: str
) -> None:
    answer = await upload(manager, content, name, kind)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, code)
    assert said["detail"].endswith(".")
    assert said["fields"] == {"file": said["detail"]}
    assert not [*(Path(state.data_dir) / "media").glob("*/*")], "nothing stays behind"


async def test_a_document_is_never_a_page(manager: httpx.AsyncClient) -> None:
    made = (await upload(manager, SVG, "notes.txt", "document", "text/html")).json()
    shown = await manager.get(f"{PATH}/{made['sha256']}")
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-disposition"].startswith("attachment")


async def test_even_a_large_file_is_refused_in_words(manager: httpx.AsyncClient) -> None:
    answer = await upload(manager, PNG + bytes(70 * 1024 * 1024))
    assert answer.json()["detail"] == "WhatsApp takes at most 5 MB here. This file has 70.1 MB."


def errors(draft: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in draft["problems"] if one["severity"] == "error"]


async def test_a_file_that_is_not_here_is_a_problem_at_its_step(
    manager: httpx.AsyncClient, state: AppState
) -> None:
    link = (await upload(manager)).json()["link"]
    made = await manager.post("/api/automations", json={"name": "Menu", "document": showing(link)})
    exported = (await manager.get(f"/api/automations/{made.json()['id']}/export")).json()
    assert exported["document"]["nodes"][0]["data"]["messages"][0]["link"] == link
    copied = await manager.post(f"/api/automations/{made.json()['id']}/duplicate", json={})
    assert errors(copied.json()["draft"]) == []
    async with state.sessions.begin() as session:  # as in another installation
        await session.execute(text("DELETE FROM outgoing_files"))
    imported = await manager.post("/api/automations/import", json={"file": exported})
    (problem,) = errors(imported.json()["draft"])
    assert (problem["at"], problem["field"]) == ("say", "messages.0.link")
    assert problem["text"] == "The file “menu.png” is not here. Choose it again."
    assert (await manager.get(f"{PATH}/{'0' * 64}")).status_code == 404
    await upload(manager)
    again = await manager.get(f"/api/automations/{imported.json()['id']}")
    assert errors(again.json()["draft"]) == []


async def test_only_who_may_edit_automations_uploads(login_as: LoginAs) -> None:
    manager = await login_as(Role.MANAGER)
    sha256 = (await upload(manager)).json()["sha256"]
    agent = await login_as(Role.AGENT)
    assert (await upload(agent)).status_code == 403
    may_look = (await agent.get("/api/automations")).status_code
    assert (await agent.get(f"{PATH}/{sha256}")).status_code == may_look
