"""Which addresses may be called as WhatsApp's API: public hosts, by name, over https, checked at use."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from domain.sentences import Sentence, Value

META = frozenset({"graph.facebook.com", "lookaside.fbsbx.com"})
"""Meta's own hosts: their certificates prove who answers, so their addresses need no check."""

PORT = 443
RESOLVE_S = 5.0

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._\-:\[\]@%]+(/[A-Za-z0-9._~\-/]*)?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
# Addresses that embed another one, which a network may translate to an internal one.
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
# Not the open internet, though Python's own list allows some of them (depending on its version): protocol assignments
# with a cloud's metadata among them, relays, Azure's host agent, site-local, documentation, segment routing.
_INSIDE = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "168.63.129.16/32",
            "fec0::/10",
            "3fff::/20",
            "5f00::/16",
        ),
    )
)
_ISATAP = (0x5EFE, 0x0200_5EFE)


class AddressRefused(Exception):
    """An address that must not be called, and why."""

    def __init__(self, key: str, **params: Value) -> None:
        super().__init__(key)
        self.sentence = Sentence(key, **params)


def check_form(url: str, *, allow_local: bool) -> str:
    """The host of a well-formed address; raises AddressRefused saying what is wrong.

    ``allow_local`` allows plain http, any port and any host, for the simulator.
    """
    parts = _parts(url)
    host = (parts.hostname or "").lower()
    if allow_local:
        return host
    if parts.scheme != "https":
        raise AddressRefused("address_scheme")
    if parts.port not in (None, PORT):
        raise AddressRefused("address_port")
    _check_name("[" if "[" in parts.netloc else host)
    return host


def _parts(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused("address_characters")
    if "?" in url or "#" in url:
        raise AddressRefused("address_query")
    try:
        parts = urlsplit(url)
        usable = parts.port != 0 and bool(parts.hostname) and _ADDRESS.fullmatch(url) is not None
    except ValueError:  # an unbalanced bracket, a port that is not a number
        parts, usable = SplitResult("", "", "", "", ""), False
    if usable and "@" in parts.netloc:
        raise AddressRefused("address_user")
    if not usable or "%" in parts.netloc or ".." in parts.path or "//" in parts.path:
        raise AddressRefused("address_scheme")
    return parts


def _check_name(host: str) -> None:
    """Whether it is a full name whose last part is not a number: 127.1, 0x7f.1 and 2130706433 are addresses too."""
    labels = host.split(".")
    named = len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) and len(host) <= 253
    if not named or not labels[-1][0].isalpha() or labels[-1].startswith("0x"):
        raise AddressRefused("address_name")


def is_public(address: str) -> bool:
    """Whether an IP address is on the open internet and embeds no other address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = _hidden(ip)
        if hidden:
            return all(is_public(str(inner)) for inner in hidden)
    if any(ip in network for network in _INSIDE):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _hidden(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if ip.ipv4_mapped:
        return [ip.ipv4_mapped]
    if ip.sixtofour:
        return [ip.sixtofour]
    if ip.teredo:
        return list(ip.teredo)
    low = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip in network for network in _NAT64) or int(ip) >> 32 == 0:
        return [low]
    if int(ip) >> 32 & 0xFFFFFFFF in _ISATAP:
        return [low]
    return []


async def resolve(host: str) -> list[str]:
    """Every address of a name, all public; raises AddressRefused if one is not, or there is none."""
    try:
        async with asyncio.timeout(RESOLVE_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, PORT, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError, TimeoutError):
        raise AddressRefused("address_unknown", host=host) from None
    return only_public(host, (str(entry[4][0]) for entry in found))


def only_public(host: str, addresses: Iterable[str]) -> list[str]:
    """The addresses, IPv4 first; raises AddressRefused if there is none or one is not public."""
    known = sorted(set(addresses), key=lambda address: (":" in address, address))
    if not known or not all(map(is_public, known)):
        raise AddressRefused("address_inside", host=host)
    return known


def same_place(url: str, api_url: str) -> bool:
    """Whether an address may get an account's token: its own API host, or Meta's file host."""
    try:
        given, own = urlsplit(url), urlsplit(api_url)
        place = (given.scheme, given.hostname, given.port or PORT)
        here = (own.scheme, own.hostname, own.port or PORT)
    except ValueError:
        return False
    if "@" in given.netloc or not url.isprintable():
        return False
    return place in (here, ("https", "lookaside.fbsbx.com", PORT))
