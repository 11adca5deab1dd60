"""The Cloud API over HTTP: one client per process, one ``Account`` per call.

CloudApiError   Meta answered with an error object: definitely not done
CallUnanswered  the request was sent but no usable answer came: may have been done
CallNotMade     the request was never sent: definitely not done
"""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from typing_extensions import override

from domain.error_codes import LARGEST_CODE
from whatsapp import bodies, downloads, hosts, leases, shapes
from whatsapp.hosts import AddressRefused

CALL_TIMEOUT = timedelta(seconds=20)
CONNECT_TIMEOUT = timedelta(seconds=5)
TOO_FAST = 130429
GAVE_UP_WAITING = (408, 499)
"""Statuses below 500 that do not tell whether the request was accepted."""

LARGEST_ANSWER = 8 * 1024 * 1024
"""An answer larger than this, unpacked, is not Meta's: a page of a hundred templates is a megabyte."""

PINNED_S = 300.0
"""How long a non-Meta host's addresses are used before its name is resolved again."""


@dataclass(frozen=True, slots=True)
class Account:
    """The API address and credentials, decrypted, so kept in memory only."""

    api_url: str
    api_version: str
    access_token: str
    phone_number_id: str
    waba_id: str

    def url(self, path: str, version: str | None = None) -> str:
        """The address of a node or edge, with a version other than the account's own if given."""
        return f"{self.api_url}/{version or self.api_version}/{path.lstrip('/')}"

    @override
    def __repr__(self) -> str:
        """Without the token, so that a stray log line gives nothing away."""
        return f"Account({self.phone_number_id})"


class CloudApiError(Exception):
    """Meta's own error object; ``code`` decides what it means (``domain.error_codes``)."""

    def __init__(self, code: int, message: str, detail: str = "", status: int = 400) -> None:
        super().__init__(f"({code}) {detail or message}")
        self.code = code
        self.message = message
        self.detail = detail or message
        self.status = status


class CallUnanswered(Exception):
    """The request may have taken effect: a timeout or broken connection after it was sent, or a bare 5xx."""


class CallNotMade(Exception):
    """The request was never sent."""


class CallTurnedAway(CallNotMade):
    """Something in between, such as a proxy, answered in Meta's place and forwarded nothing."""


class ClaimExpired(CallNotMade):
    """The request's deadline for sending has passed, so it was not sent."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one host is reached, and until when that is valid."""

    client: Client | None
    transport: httpx.AsyncBaseTransport
    until: float = float("inf")


class CloudApi:
    """Calls the Cloud API; share one per process. Tests pass their own ``transport``.

    ``public_only``: refuse anything but public hosts over https (``whatsapp.hosts``), and connect to the exact
    addresses checked, so that a name cannot change in between. ``version``: for every call, instead of the accounts'
    own.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        public_only: bool = False,
        version: str | None = None,
    ) -> None:
        self._version = version
        # CPU per request at 100 connections: httpx's own pool 7 ms, pyreqwest as its transport 0.42 ms, pyreqwest
        # itself 0.18 ms. Sends, which are many, use the last.
        self._client = None if transport else _client()
        self._way = Way(self._client, transport or HttpxTransport(self._client))
        self._public_only = public_only and transport is None
        self._pinned: dict[str, Way] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        for way in (self._way, *self._pinned.values()):
            await way.transport.aclose()
        self._pinned.clear()

    async def get(
        self, account: Account, path: str, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """GET a node or edge."""
        return await self._call(account, "GET", self._url(account, path), params=params)

    async def post(
        self, account: Account, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """POST a JSON body to a node or edge."""
        content = orjson.dumps(body) if body is not None else b""
        return await self._call(account, "POST", self._url(account, path), content=content)

    async def delete(
        self, account: Account, path: str, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """DELETE a node or edge."""
        return await self._call(account, "DELETE", self._url(account, path), params=params)

    async def download(self, account: Account, url: str, write: downloads.Write, most: int) -> int:
        """Stream the content of a media address in chunks; returns the number of bytes.

        Only the account's own host and Meta's get the token. May also raise ``downloads.TooLarge``.
        """
        if not hosts.same_place(url, account.api_url):
            raise CallNotMade("a media address of another host")
        try:
            async with asyncio.timeout(downloads.LONGEST_S):
                async with asyncio.timeout(downloads.IDLE_S):
                    response = await self._open(account, "GET", url, extensions=_WITHOUT_HURRY)
                try:
                    if response.status_code != httpx.codes.OK:
                        status = response.status_code
                        raise CloudApiError(131052, "Media could not be fetched", status=status)
                    with _faults():
                        return await downloads.pour(response, write, most)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise CallUnanswered("the file stopped coming") from error

    async def upload(self, account: Account, path: Path, mime_type: str) -> str:
        """POST a file for messages of this number; returns its media id. Doing it twice does no harm."""
        url = self._url(account, f"{account.phone_number_id}/media")
        fields = {"messaging_product": "whatsapp", "type": mime_type}
        try:
            with path.open("rb") as content:
                async with asyncio.timeout(downloads.LONGEST_S):
                    answer = await self._call(
                        account, "POST", url, data=fields, files={"file": ("file", content, mime_type)},
                        extensions=_WITHOUT_HURRY,
                    )  # fmt: skip
        except TimeoutError as error:
            raise CallUnanswered("the file was not taken in time") from error
        media_id = shapes.text(answer.get("id"))
        if not media_id.isdecimal():
            raise CallUnanswered("the answer holds no media id")
        return media_id

    async def send(self, account: Account, message: Mapping[str, Any]) -> str:
        """POST one message; returns the wamid. 200 means accepted, nothing more."""
        return await self.send_bytes(account, orjson.dumps(message))

    async def send_bytes(
        self,
        account: Account,
        content: bytes,
        edge: str = "messages",
        leave_by: float = math.inf,
    ) -> str:
        """POST one message already encoded; returns the wamid.

        ``leave_by`` is a time of ``whatsapp.leases``, after which nothing is sent.
        """
        url = self._url(account, f"{account.phone_number_id}/{edge}")
        way = await self._way_to(url)
        if way.client is None:
            _require_lease(leave_by)
            answer = await self._call(account, "POST", url, content=content)
        else:
            answer = _parsed_answer(*await _post(way.client, account, url, content, leave_by))
        return _wamid(answer)

    def _url(self, account: Account, path: str) -> str:
        return account.url(path, self._version)

    async def _call(self, account: Account, method: str, url: str, **parts: Any) -> dict[str, Any]:
        response = await self._open(account, method, url, **parts)
        try:
            with _faults():
                content = await _read(response)
        finally:
            await response.aclose()
        return _parsed_answer(response.status_code, content)

    async def _open(self, account: Account, method: str, url: str, **parts: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {account.access_token}"}
        if "content" in parts:
            headers["Content-Type"] = "application/json"
        way = await self._way_to(url)
        with _faults():
            request = httpx.Request(method, _parsed(url), headers=headers, **parts)
            return await way.transport.handle_async_request(request)

    async def _way_to(self, url: str) -> Way:
        """The connections to an address's host; raises CallNotMade if it must not be called."""
        if not self._public_only:
            return self._way
        try:
            host = _host(url)
            if host in hosts.META:
                return self._way
            known = self._pinned.get(host)
            if known is None or known.until < time.monotonic():
                known = self._pinned[host] = _pinned(host, (await hosts.resolve(host))[0])
        except AddressRefused as refused:
            raise CallNotMade(str(refused)) from refused
        return known


_WITHOUT_HURRY = {"timeout": {"total": downloads.LONGEST_S}}
"""Replaces a call's total timeout: a file may be slow, but not silent."""


@contextmanager
def _faults() -> Iterator[None]:
    """Convert what a transport raises, by whether the request was sent."""
    try:
        yield
    except httpx.InvalidURL as error:
        raise CallNotMade(type(error).__name__) from error
    except (httpx.HTTPError, PyreqwestError) as error:
        if _never_left(error):
            raise CallNotMade(type(error).__name__) from error
        raise CallUnanswered(type(error).__name__) from error


async def _read(response: httpx.Response) -> bytes:
    """Read the body in chunks, refusing one that is endless or unpacks to gigabytes."""
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise CallUnanswered("the answer is too large")
    return bytes(content)


@lru_cache(maxsize=256)
def _host(url: str) -> str:
    return hosts.check_form(url.partition("?")[0], allow_local=False)


def _pinned(host: str, address: str) -> Way:
    client = _builder().resolve(host, address, hosts.PORT).build()
    return Way(client, HttpxTransport(client), time.monotonic() + PINNED_S)


async def _post(
    client: Client, account: Account, url: str, content: bytes, leave_by: float
) -> tuple[int, memoryview]:
    headers = (
        ("Authorization", f"Bearer {account.access_token}"),
        ("Content-Type", "application/json"),
    )
    request = client.post(url).headers(headers).body_bytes(content).build_streamed()
    _require_lease(leave_by)  # no code of ours runs between this and the bytes being sent
    try:
        async with request as response:
            # One read gets everything up to the bound, as cheap as reading without one.
            answer = await response.body_reader.read(LARGEST_ANSWER + 1)
            status = response.status
    except PyreqwestError as error:
        if _never_connected(error):
            raise CallNotMade(type(error).__name__) from error
        raise CallUnanswered(type(error).__name__) from error
    if answer is None:
        return status, memoryview(b"")
    if len(answer) > LARGEST_ANSWER:
        raise CallUnanswered("the answer is too large")
    return status, memoryview(answer)


def _wamid(answer: Mapping[str, Any]) -> str:
    sent = answer.get("messages")
    first = sent[0] if isinstance(sent, list) and sent else None
    found = first.get("id") if isinstance(first, dict) else None
    wamid = shapes.answered_id(found) if isinstance(found, str) else None
    if wamid is None:
        raise CallUnanswered("the answer holds no message id")
    return wamid


def _require_lease(leave_by: float) -> None:
    if leases.now() > leave_by:
        raise ClaimExpired


def _parsed_answer(status: int, content: bytes | memoryview) -> dict[str, Any]:
    """Meta's answer, always an object; raises for an error object or anything else."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
        with suppress(
            ValueError, RecursionError
        ):  # half an emoji must not hide the other templates
            answer = bodies.read(bytes(content))
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        raise _api_error(answer["error"], status)
    if isinstance(answer, dict) and answer.get("error"):
        raise CallUnanswered(f"HTTP {status} with an error in words only")
    if not httpx.codes.is_success(status):
        raise _no_answer_of_meta(status)
    if not isinstance(answer, dict):
        raise CallUnanswered(f"HTTP {status} with something that is no object")
    return answer


def _no_answer_of_meta(status: int) -> Exception:
    """An error without Meta's error object comes from something in between, or from Meta's own front end.

    Below 500 nothing was accepted, except for statuses that come after the whole request.
    """
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return CloudApiError(TOO_FAST, "Too many requests", status=status)
    if status < httpx.codes.INTERNAL_SERVER_ERROR and status not in GAVE_UP_WAITING:
        return CallTurnedAway(f"HTTP {status} without an error object")
    return CallUnanswered(f"HTTP {status} without an error object")


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


CONNECTING = "client error (Connect)"


def _never_left(error: httpx.HTTPError | PyreqwestError) -> bool:
    """Whether the request was certainly not sent; False if in doubt."""
    cause = error if isinstance(error, PyreqwestError) else error.__cause__
    if isinstance(cause, PyreqwestError):
        return _never_connected(cause)
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol)


def _never_connected(error: PyreqwestError) -> bool:
    """Whether no connection was made for the request.

    A connection that broke during a sent request raises ConnectError too, and a lost answer ConnectTimeoutError: only
    the causes tell.
    """
    if not isinstance(error, DetailedPyreqwestError):
        return False
    causes = error.details["causes"] or []
    return any(cause["message"] == CONNECTING for cause in causes)


def _client() -> Client:
    return _builder().build()


def _builder() -> ClientBuilder:
    return (
        ClientBuilder()
        .follow_redirects(False)  # Meta never redirects, and the token must go nowhere else
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(timedelta(seconds=30))
        .max_connections(None)
        .error_for_status(False)
    )


def _api_error(error: Mapping[str, Any], status: int) -> CloudApiError | CallUnanswered:
    """Meta's error; without a readable code it is unknown whether it was done."""
    code = shapes.number(error.get("code"))
    if code is None or abs(code) > LARGEST_CODE:
        return CallUnanswered(f"HTTP {status} with an error that has no code")
    data = error.get("error_data")
    detail = shapes.text(shapes.mapping(data).get("details")) or shapes.text(data)
    detail = detail or shapes.text(error.get("error_user_msg"))
    return CloudApiError(code, shapes.text(error.get("message")), detail, status)
