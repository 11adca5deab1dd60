"""Whether a proxy stands in front that hides where people come from: all of them then look alike."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.deps import address_of

FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def hides_clients(connection: HTTPConnection, public_url: str) -> bool:
    """Whether this request came through a proxy whose word about the client was not taken.

    Either the proxy says who it is for and is not in FORWARDED_ALLOW_IPS, or it says nothing: over
    https there always is one, because we end no TLS ourselves.
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
