"""External pictures: only from the open internet, only pictures, size-limited, no redirects."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from whatsapp import hosts, pictures

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def answering(content: bytes, status: int = 200, **headers: str) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers))


@pytest.fixture(autouse=True)
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name resolution: ``inside.example`` is on the local network, others are public."""

    async def resolve(host: str) -> list[str]:
        found = "10.0.0.7" if host.startswith("inside") else "93.184.216.34"
        return hosts.only_public(host, [found])

    monkeypatch.setattr(hosts, "resolve", resolve)


@pytest.mark.fault("B11")
@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example/a.png", "https://127.0.0.1/a.png", "https://10.0.0.7/a.png",
        "https://inside.example/a.png", "https://cdn.example:8443/a.png", "https://localhost/a.png",
        "https://user@cdn.example/a.png", "file:///etc/passwd", "https://[::1]/a.png",
        "https://2130706433/a.png", "https:///a.png", "gopher://cdn.example/",
    ],
)  # fmt: skip
async def test_nothing_is_fetched_from_inside(url: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was called")

    assert await pictures.fetch(url, [], httpx.MockTransport(refuse)) is None


@pytest.mark.fault("B11")
async def test_the_address_that_was_looked_at_is_the_one_that_is_called() -> None:
    called: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(200, content=PNG)

    found = await pictures.fetch("https://cdn.example/ä b.png?x=1", [], httpx.MockTransport(answer))
    assert found == (PNG, "image/png")
    assert str(called[0].url) == "https://93.184.216.34/%C3%A4%20b.png?x=1"
    assert called[0].headers["host"] == "cdn.example"
    assert called[0].extensions["sni_hostname"] == "cdn.example"
    assert "authorization" not in called[0].headers


@pytest.mark.fault("B11")
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<svg onload='alert(1)'/>", 200),
        (b"<html>", 200),
        (PNG, 404),
        (PNG, 302),
        (PNG + b"\x00" * pictures.MAX_BYTES, 200),
        (b"", 200),
    ],
)
async def test_only_pictures_of_a_fair_size_are_taken(content: bytes, status: int) -> None:
    transport = answering(content, status, location="https://cdn.example/b.png")
    assert await pictures.fetch("https://cdn.example/a.png", [], transport) is None


@pytest.mark.fault("C4")
async def test_no_picture_is_unpacked() -> None:
    asked: list[httpx.Request] = []

    async def packed() -> AsyncIterator[bytes]:
        yield gzip.compress(PNG + b"\x00" * 1_000_000)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=packed(), headers={"Content-Encoding": "gzip"})

    assert (
        await pictures.fetch("https://cdn.example/a.png", [], httpx.MockTransport(answer)) is None
    )
    assert asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.fault("C4")
async def test_a_picture_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LONGEST_S", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        yield PNG
        while True:
            await asyncio.sleep(0.005)
            yield b"\x00"

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=trickle()))
    assert await pictures.fetch("https://cdn.example/a.png", [], transport) is None


async def test_the_simulators_pictures_are_fetched_where_it_is_the_api() -> None:
    own = ["http://127.0.0.1:9000"]
    found = await pictures.fetch("http://127.0.0.1:9000/s.png", own, answering(PNG))
    assert found == (PNG, "image/png")


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_pictures_are_known_by_their_bytes(kind: str) -> None:
    beginnings = {
        "png": PNG, "jpeg": b"\xff\xd8\xff\xe0", "gif": b"GIF89a", "webp": b"RIFF\x00\x00\x00\x00WEBP",
    }  # fmt: skip
    assert pictures.kind_of(beginnings[kind]) == f"image/{kind}"
