"""Cloud API addresses: hostile ones are refused, redirects are not followed, tokens are not leaked."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.words import words_of
from whatsapp import hosts, pictures
from whatsapp.client import Account, CallNotMade, CallTurnedAway, CloudApi
from whatsapp.hosts import AddressRefused, check_form, is_public, only_public, same_place

pytestmark = pytest.mark.fault("C4")

HOSTILE = [
    "", "http://graph.facebook.com", "ftp://graph.facebook.com", "https://", "https:///x",
    "http://[::1", "https://[::1]", "https://[::ffff:127.0.0.1]", "https://[64:ff9b::7f00:1]",
    "https://127.0.0.1", "https://127.1", "https://0x7f.1", "https://0x7f000001", "https://0177.0.0.1",
    "https://2130706433", "https://017700000001", "https://10.0.0.1", "https://169.254.169.254/latest",
    "https://localhost", "https://localhost.", "https://graph.facebook.com.", "https://intranet",
    "https://graph.facebook.com:8443", "https://graph.facebook.com:80", "https://graph.facebook.com:0",
    "https://graph.facebook.com:99999", "https://graph.facebook.com:x", "https://me:pw@graph.facebook.com",
    "https://graph.facebook.com@evil.example", "https://graph.facebook.com#x", "https://a.example/?x=1",
    "https://a.example/\r\nHost: b", "https://a.example\n", "https://a.exa\tmple", "https://a b.example",
    "https://gr\u0430ph.facebook.com", "https://ⓖraph.example", "https://a。example", "https://a%2eexample.com",
    "https://a.example/../b", "https://a.example//b", "https://-a.example", "https://a..example",
    "https://a.example\\@b.example", "javascript:alert(1)", "//a.example", "a.example", "https:a.example",
    "https://a.example/\x00", "https://[v1.a]", "https://[vf.graph.example]", f"https://{'a' * 64}.example", f"https://{'a.' * 140}example",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_form(url, allow_local=False)
    assert words_of(caught.value.sentence).endswith(".")


@pytest.mark.parametrize(
    "url",
    ["https://graph.facebook.com", "https://graph.facebook.com:443", "https://a.example/waba-1"],
)
def test_ordinary_addresses_pass(url: str) -> None:
    assert check_form(url, allow_local=False) in {"graph.facebook.com", "a.example"}


def test_the_simulator_passes_only_where_it_is_allowed() -> None:
    assert check_form("http://127.0.0.1:8090", allow_local=True) == "127.0.0.1"
    with pytest.raises(AddressRefused, match="address_user"):
        check_form("http://me:pw@127.0.0.1:8090", allow_local=True)


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}", f"https://a.example{text}"):
        try:
            host = check_form(url, allow_local=False)
        except AddressRefused:
            continue
        assert host.isascii()
        assert not any(character.isspace() for character in url)


NETWORKS = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::1/128",
    "::/128", "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32", "192.0.0.0/24", "192.88.99.0/24",
    "168.63.129.16/32", "fec0::/10", "3fff::/20", "5f00::/16",
]  # fmt: skip


@st.composite
def inner_addresses(draw: st.DrawFn) -> Any:
    network = ipaddress.ip_network(draw(st.sampled_from(NETWORKS)))
    return network[draw(st.integers(0, network.num_addresses - 1))]


@pytest.mark.fault("C4")
@given(inner_addresses())
def test_no_address_of_an_inner_network_is_public_in_any_dress(address: Any) -> None:
    dressed = [str(address)]
    if address.version == 4:
        number = int(address)
        dressed += [
            str(ipaddress.IPv6Address(prefix | number << shift))
            for prefix, shift in (
                (0xFFFF << 32, 0),
                (0x0064FF9B << 96, 0),
                (0x0064FF9B0001 << 80, 0),
                (0, 0),
                (0x2002 << 112, 80),
                (0x2A00_1450 << 96 | 0x5EFE << 32, 0),  # ISATAP
                (0x2A00_1450 << 96 | 0x0200_5EFE << 32, 0),
            )
        ]
    assert [one for one in dressed if is_public(one)] == []


def test_public_addresses_are_public_and_words_are_not() -> None:
    assert is_public("157.240.0.1")
    assert is_public("2a03:2880:f003::1")
    assert not is_public("graph.facebook.com")
    assert not is_public("fe80::1%eth0")


def test_one_inner_address_spoils_a_name() -> None:
    with pytest.raises(AddressRefused, match="address_inside"):
        only_public("a.example", ["157.240.0.1", "10.0.0.1"])
    assert only_public("a.example", ["2a03:2880::1", "157.240.0.1"]) == [
        "157.240.0.1",
        "2a03:2880::1",
    ]


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://a.example/media/1", True),
        ("https://lookaside.fbsbx.com/x?y=1", True),
        ("http://lookaside.fbsbx.com/x", False),
        ("http://a.example/x", False),
        ("https://a.example:8443/x", False),
        ("https://a.example.evil.example/x", False),
        ("https://a.example@evil.example/x", False),
        ("https://me@a.example/x", False),
        ("https://lookaside.fbsbx.com.evil.example/x", False),
        ("https://evil.example/lookaside.fbsbx.com", False),
        ("https://[::1/x", False),
        ("", False),
    ],
)
def test_the_token_goes_to_its_own_host_and_metas_file_host_only(url: str, same: bool) -> None:
    assert same_place(url, "https://a.example") is same


FINE = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def listening(answer: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives one answer to everything and keeps what it was asked."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.read(4096)).decode())
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def account(url: str) -> Account:
    return Account(url, "v23.0", "EAAtoken", "12345678", "87654321")


async def dropped(_: bytes) -> None:
    """Where the bytes of a file go here."""


async def test_redirects_are_not_followed() -> None:
    async with listening(FINE) as (other, stolen):
        body = '{"messages":[{"id":"wamid.X"}]}'
        away = (
            f"HTTP/1.1 307 Away\r\nLocation: {other}/\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        async with listening(away) as (url, asked), CloudApi() as api:
            for call in (
                api.send(account(url), {"to": "x"}),
                api.get(account(url), "1"),
                api.post(account(url), "1", {}),
            ):
                with pytest.raises(CallTurnedAway):
                    await call
            assert await pictures.fetch(f"{url}/picture", [url]) is None
            with pytest.raises(Exception, match="Media"):
                await api.download(account(url), f"{url}/media", dropped, 100)
    assert len(asked) == 5
    assert stolen == []


async def test_media_addresses_of_other_hosts_get_no_token() -> None:
    async with listening(FINE) as (url, asked), CloudApi() as api:
        with pytest.raises(CallNotMade):
            await api.download(account("https://graph.facebook.com"), f"{url}/media", dropped, 100)
    assert asked == []


async def test_a_public_only_client_never_connects_inside() -> None:
    async with listening(FINE) as (url, asked), CloudApi(public_only=True) as api:
        for place in (url, "https://127.0.0.1", "https://localhost.localdomain", "https://[::1]"):
            for call in (api.send(account(place), {}), api.get(account(place), "1")):
                with pytest.raises(CallNotMade):
                    await call
    assert asked == []


async def test_a_name_that_turns_inside_later_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first lookup returns a public address, the second an internal one; the one checked is used."""
    answers = iter(["157.240.0.1", "127.0.0.1", "127.0.0.1"])

    async def look(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (next(answers), 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look)
    assert await hosts.resolve("rebind.example") == ["157.240.0.1"]
    async with CloudApi(public_only=True) as api:
        with pytest.raises(CallNotMade, match="address_inside"):
            await api.get(account("https://rebind.example"), "1")


def test_every_client_of_the_product_says_whether_it_may_call_inside() -> None:
    root = Path(__file__).parents[2]
    folders = ("api", "web", "services", "activities", "workflows", "cli")
    files = [root / "worker.py", *(f for name in folders for f in (root / name).rglob("*.py"))]
    silent = [str(file) for file in files if "CloudApi()" in file.read_text("utf-8")]
    assert silent == []
