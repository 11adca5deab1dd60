"""Pictures that templates were approved with, fetched for previews: Meta's hosts only, no token."""

import httpx

from domain.links import parts_of
from whatsapp.client import Account

MAX_BYTES = 5 * 1024 * 1024
TIMEOUT_S = 5.0
HOSTS = (".whatsapp.net", ".fbcdn.net", ".fbsbx.com")


def may_fetch(account: Account, url: str) -> bool:
    """Whether the address belongs to Meta, or to the API host this channel uses anyway."""
    parts = parts_of(url)
    if parts.netloc and parts.netloc == parts_of(account.api_url).netloc:
        return True
    return parts.scheme == "https" and (parts.hostname or "").endswith(HOSTS)


async def fetch(account: Account, url: str) -> tuple[bytes, str] | None:
    """The picture and its type; None when it is gone, too large, no picture or somewhere else."""
    if not may_fetch(account, url):
        return None
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", url) as response,
        ):
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != httpx.codes.OK or not kind.startswith("image/"):
                return None
            if kind == "image/svg+xml":  # may hold scripts
                return None
            return await _limited(response), kind
    except (httpx.HTTPError, ValueError):
        return None


async def _limited(response: httpx.Response) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_BYTES:
            raise ValueError("too large")
    return bytes(data)
