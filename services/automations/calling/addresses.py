"""Which addresses a request may go to: the open internet, checked by every address that a name stands for."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import httpx

from domain.automations.reasons import Reason
from services.automations.calling.failures import CallFailed
from whatsapp.hosts import is_public

RESOLVE_S = 5.0
SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Place:
    """An address to call, and the IP address that was checked: a name cannot change in between."""

    url: httpx.URL
    address: str


async def check(url: str | httpx.URL, *, allow_local: bool) -> Place:
    """The place of an address; raises CallFailed if it must not be called, or leads nowhere."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise CallFailed(Reason.HTTP_ADDRESS) from None
    if parsed.scheme not in SCHEMES or not parsed.host or parsed.userinfo:
        raise CallFailed(Reason.HTTP_ADDRESS)
    addresses = await _resolved(parsed)
    if not allow_local and not all(map(is_public, addresses)):
        raise CallFailed(Reason.HTTP_ADDRESS)
    return Place(parsed, addresses[0])


async def _resolved(url: httpx.URL) -> list[str]:
    """Every IP address, IPv4 first; raises CallFailed where there is none."""
    host = url.host.partition("%")[0]
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, url.port or 443, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError, TimeoutError):
        raise CallFailed(Reason.HTTP_UNREACHABLE, again=True) from None
    known = {str(entry[4][0]) for entry in found}
    return sorted(known, key=lambda address: (":" in address, address))
