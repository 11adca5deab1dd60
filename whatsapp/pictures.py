"""Fetches pictures from other servers for previews: only public hosts over https, never with a token."""

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx

from domain.links import encoded_address
from whatsapp import hosts
from whatsapp.hosts import AddressRefused

MAX_BYTES = 5 * 1024 * 1024
TIMEOUT_S = 5.0
"""The longest silence of the other server."""

LONGEST_S = 20.0
"""The longest time for a whole picture: a server sending occasional bytes must not hold us up."""

META = (".whatsapp.net", ".fbcdn.net", ".fbsbx.com")
"""Meta's file hosts: their certificates prove who answers, so their addresses need no check."""

_AS_IT_IS = {"Accept-Encoding": "identity"}
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


async def fetch(
    url: str, own: Iterable[str], transport: httpx.AsyncBaseTransport | None = None
) -> tuple[bytes, str] | None:
    """The picture and its type; None if it is gone, too large, not a picture or on an internal network.

    ``own`` are the API addresses this installation already uses: in a demo, the simulator's.
    """
    address = encoded_address(url)
    try:
        request = await _request(address, own)
        async with (
            asyncio.timeout(LONGEST_S),
            httpx.AsyncClient(
                timeout=TIMEOUT_S, follow_redirects=False, transport=transport, trust_env=False
            ) as client,
            client.stream(
                "GET", request.url, headers=request.headers, extensions=request.extensions
            ) as response,
        ):
            if response.status_code != httpx.codes.OK:
                return None
            data = await _limited(response)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError, AddressRefused):
        return None
    kind = kind_of(data)
    return (data, kind) if kind else None


def kind_of(data: bytes) -> str:
    """The type of a picture by its first bytes; empty for anything else, especially SVG."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), "")


async def _request(address: str, own: Iterable[str]) -> httpx.Request:
    """A request to the exact address that was checked, so that a name cannot change in between."""
    parts = urlsplit(address)
    if any(hosts.same_place(address, api_url) for api_url in own):
        return httpx.Request("GET", address, headers=_AS_IT_IS)
    if parts.scheme != "https" or parts.port not in (None, hosts.PORT) or "@" in parts.netloc:
        raise AddressRefused("address_public")
    host = (parts.hostname or "").lower()
    if host.endswith(META):
        return httpx.Request("GET", address, headers=_AS_IT_IS)
    hosts.check_form(f"https://{host}", allow_local=False)
    looked_at = (await hosts.resolve(host))[0]
    return httpx.Request(
        "GET",
        httpx.URL(address).copy_with(host=looked_at),
        headers={"Host": host, **_AS_IT_IS},
        extensions={"sni_hostname": host},
    )


async def _limited(response: httpx.Response) -> bytes:
    """The bytes, if not compressed: a small answer could unpack to fill the memory."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ValueError("packed")
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_BYTES:
            raise ValueError("too large")
    return bytes(data)
