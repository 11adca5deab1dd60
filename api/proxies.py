"""Whether a proxy in front hides where people come from, so that they all look alike."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.deps import address_of

FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def hides_clients(connection: HTTPConnection, public_url: str) -> bool:
    """Whether this request came through an untrusted proxy.

    Either the proxy names the client but is not in FORWARDED_ALLOW_IPS, or it does not: with https there is always one,
    because we do not terminate TLS ourselves.
    """
    said = [value for name in FORWARDED for value in connection.headers.getlist(name)]
    ip = address_of(connection)
    if said:
        return bool(ip) and ip not in " ".join(said)
    return urlsplit(public_url).scheme == "https" and _is_loopback(ip)


def _is_loopback(ip: str) -> bool:
    try:
        return ip_address(ip).is_loopback
    except ValueError:
        return False
