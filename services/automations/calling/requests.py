"""Make the request of a node: to a checked address, for a limited time, and with an answer of limited size."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import httpx

from domain.automations import picking
from domain.automations.nodes import Pick
from domain.automations.reasons import Reason
from domain.automations.states import Value
from services.automations.calling import addresses
from services.automations.calling.addresses import Place
from services.automations.calling.failures import CallFailed

LARGEST_ANSWER = 1024 * 1024
LONGEST_S = 60
MOST_REDIRECTS = 3
CONNECT_S = 5.0
ANSWERED = range(200, 300)
AGAIN = (408, 425, 429)
REDIRECTS = (301, 302, 303, 307, 308)
KEPT_METHOD = (307, 308)
OURS = frozenset(
    {
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer",
        "proxy-authorization", "proxy-connection", "accept-encoding", "expect",
    }
)  # fmt: skip
"""Headers that belong to the connection, not to its author."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request with its secrets in place, so it is never stored or logged."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: str
    timeout_s: int
    key: str
    """The same for every try of a step: whoever is called can tell a repetition."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


async def make(call: Call, *, allow_local: bool) -> Answer:
    """Call, and follow redirects; raises CallFailed."""
    request = replace(call, headers=_headers(call))
    try:
        async with asyncio.timeout(min(max(call.timeout_s, 1), LONGEST_S)):
            async with httpx.AsyncClient(
                verify=_certificates(), trust_env=False, follow_redirects=False, timeout=LONGEST_S
            ) as client:
                return await _follow(client, request, allow_local=allow_local)
    except TimeoutError:
        raise CallFailed(Reason.HTTP_TIMEOUT, again=True) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError):
        raise CallFailed(Reason.HTTP_ADDRESS) from None
    except (httpx.HTTPError, ssl.SSLError, OSError):
        raise CallFailed(Reason.HTTP_UNREACHABLE, again=True) from None


def picked(answer: Answer, picks: tuple[Pick, ...]) -> dict[str, Value]:
    """The values wanted from an answer; raises CallFailed if values are wanted and it is not JSON."""
    if not picks:
        return {}
    try:
        found = picking.read(answer.body)
    except ValueError:
        raise CallFailed(Reason.HTTP_ANSWER, status=answer.status) from None
    return picking.picked(found, picks)


async def _follow(client: httpx.AsyncClient, call: Call, *, allow_local: bool) -> Answer:
    place = await addresses.check(call.url, allow_local=allow_local)
    for _ in range(MOST_REDIRECTS + 1):
        response = await _sent(client, call, place)
        try:
            target = response.headers.get("location")
            if response.status_code not in REDIRECTS or not target:
                return await _answer(response)
        finally:
            await response.aclose()
        there = await addresses.check(place.url.join(target), allow_local=allow_local)
        call, place = _redirected(call, response.status_code, place, there), there
    raise CallFailed(Reason.HTTP_STATUS, status=httpx.codes.LOOP_DETECTED)


async def _sent(client: httpx.AsyncClient, call: Call, place: Place) -> httpx.Response:
    """The answer's head. The connection goes to the address that was checked; the name is only said."""
    url = place.url
    headers = {**call.headers, "Host": url.netloc.decode("ascii")}
    request = client.build_request(
        call.method,
        url.copy_with(host=place.address),
        headers={name.encode(): value.encode() for name, value in headers.items()},
        content=call.body.encode() if call.body and call.method != "GET" else None,
        extensions={
            "sni_hostname": url.raw_host.decode("ascii"),
            "timeout": dict.fromkeys(("connect", "pool"), CONNECT_S),
        },
    )
    return await client.send(request, stream=True)


async def _answer(response: httpx.Response) -> Answer:
    status = response.status_code
    if status not in ANSWERED:
        again = status >= httpx.codes.INTERNAL_SERVER_ERROR or status in AGAIN
        raise CallFailed(Reason.HTTP_STATUS, again=again, status=status)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise CallFailed(Reason.HTTP_ANSWER, status=status)  # it was asked not to pack it
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise CallFailed(Reason.HTTP_ANSWER, status=status)
    return Answer(status, bytes(body))


def _redirected(call: Call, status: int, before: Place, after: Place) -> Call:
    """The request for the next place: secrets are only for the one they were meant for."""
    was, now = before.url, after.url
    same = (was.scheme, was.host, was.port) == (now.scheme, now.host, now.port)
    kept = (
        dict(call.headers) if same else {"Accept-Encoding": "identity", "Idempotency-Key": call.key}
    )
    method = call.method if status in KEPT_METHOD else "GET"
    body = call.body if status in KEPT_METHOD and same else ""
    return replace(call, headers=kept, method=method, body=body)


def _headers(call: Call) -> dict[str, str]:
    named = {
        name.strip(): value.strip()
        for name, value in call.headers.items()
        if name.strip() and name.strip().lower() not in OURS
    }
    given = {name.lower() for name in named}
    ours = {"Accept-Encoding": "identity", "User-Agent": "WhatsWay"}
    if call.body and "content-type" not in given:
        packed = call.body.lstrip().startswith(("{", "["))
        ours["Content-Type"] = "application/json" if packed else "text/plain; charset=utf-8"
    if "accept" not in given:
        ours["Accept"] = "application/json, */*;q=0.5"
    return {**ours, **named, "Idempotency-Key": call.key}


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()
