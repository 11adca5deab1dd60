"""Files of messages, fetched from the simulator, and what a browser may be shown."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.downloads import file_headers
from domain.errors import Conflict, Invalid, NotFound
from services.messages import media
from services.messages.media import MediaFile, MediaPlace
from services.messages.shelf import Shelf
from services.vault import Vault
from simulator.config import SimulatorConfig
from tests import factories, simulated, threads
from tests.simulated import NOWHERE, URL, account, in_process
from tests.threads import Thread
from whatsapp.client import CloudApi

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


async def upload(api: CloudApi, name: str, kind: str, data: bytes) -> str:
    """Put a file on the simulator."""
    return await simulated.upload(api, account(SimulatorConfig()), name, kind, data)


def place(media_id: str, name: str = "image-1") -> MediaPlace:
    """Where the simulator has a file."""
    return MediaPlace(account(SimulatorConfig()), media_id, name)


async def test_a_picture_is_shown_and_a_document_downloaded(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    async with in_process() as (_, api):
        uploaded = place(await upload(api, "a.png", "image/png", PNG))
        picture = await media.fetch(api, uploaded, shelf)
        text = await upload(api, "a.txt", "text/plain", b"<script>alert(1)</script>")
        document = await media.fetch(api, place(text, "page.html"), shelf)
    assert (picture.mime_type, picture.size) == ("image/png", len(PNG))
    assert shelf.path(picture.name).read_bytes() == PNG
    assert media.safe(picture.mime_type, "image-1") == MediaFile("image/png", "image-1.png", True)
    shown = media.safe(document.mime_type, "page.html")
    assert (shown.content_type, shown.inline) == ("application/octet-stream", False)


async def test_a_file_that_is_gone_or_too_large(tmp_path: Path) -> None:
    async with in_process() as (_, api):
        with pytest.raises(NotFound) as gone:
            await media.fetch(api, place("123456789"), Shelf(tmp_path))
        media_id = await upload(api, "a.png", "image/png", PNG)
        with pytest.raises(Invalid):
            await media.fetch(api, place(media_id), Shelf(tmp_path), max_bytes=5)
    assert gone.value.code == "media_gone"


async def test_the_token_never_goes_to_another_host(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "simulator.test"
        return httpx.Response(200, json={"url": "https://evil.example/a", "file_size": 3})

    async with CloudApi(httpx.MockTransport(answer)) as api:
        with pytest.raises(NotFound):
            await media.fetch(api, place("1"), Shelf(tmp_path))


async def test_whatsapp_does_not_answer(tmp_path: Path) -> None:
    async with CloudApi(NOWHERE) as api:
        with pytest.raises(Conflict) as silent:
            await media.fetch(api, place("1"), Shelf(tmp_path))
    assert silent.value.code == "media_unreachable"


async def test_where_the_file_of_a_message_is(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    payload = {"type": "document", "document": {"id": "77", "filename": "invoice.pdf"}}
    message = await threads.message(session, thread, kind="document", payload=payload)
    found = await media.locate(session, vault, message)
    assert (found.media_id, found.name) == ("77", "invoice.pdf")
    own = replace(found.account, api_url=URL)
    assert own == replace(account(SimulatorConfig()), phone_number_id=factories.PHONE_NUMBER_ID)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("text", {"text": {"body": "x", "id": "1"}}),
        ("image", {"image": {"link": "https://a.example/b.png"}}),
        ("image", {"image": {"id": "../../me"}}),
        ("image", {"image": ["1"]}),
    ],
)
async def test_messages_without_a_file_of_whatsapp(
    session: AsyncSession, vault: Vault, thread: Thread, kind: str, payload: dict[str, object]
) -> None:
    message = await threads.message(session, thread, kind=kind, payload=payload)
    with pytest.raises(NotFound):
        await media.locate(session, vault, message)


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    "name", ['a"; x=y\r\nSet-Cookie: z=1', "half \ud83d.pdf", "../../etc/passwd", "ü\u202egpj.exe"]
)
def test_a_file_name_never_becomes_a_header(name: str) -> None:
    for header in file_headers(media.safe("application/pdf", name)).values():
        assert header.isascii()
        assert header.isprintable()
        assert not set('"/\\') & set(header.partition("UTF-8")[2])
