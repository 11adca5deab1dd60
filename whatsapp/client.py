"""The Cloud API over HTTP: one client per process, one ``Account`` per call.

CloudApiError   Meta answered with an error object: definitely not done
CallUnanswered  the request left and no usable answer came: may have been done
CallNotMade     the request never left: definitely not done
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Self

import httpx
import orjson
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from typing_extensions import override

from whatsapp import bodies

CALL_TIMEOUT = timedelta(seconds=20)
CONNECT_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to call: decrypted, so it lives in memory only."""

    api_url: str
    api_version: str
    access_token: str
    phone_number_id: str
    waba_id: str

    def url(self, path: str) -> str:
        """The versioned address of a node or edge."""
        return f"{self.api_url}/{self.api_version}/{path.lstrip('/')}"

    @override
    def __repr__(self) -> str:
        """Without the token, so that a stray log line gives nothing away."""
        return f"Account({self.phone_number_id})"


class CloudApiError(Exception):
    """Meta's own error object; ``code`` decides what it means (``whatsapp.errors``)."""

    def __init__(self, code: int, message: str, detail: str = "", status: int = 400) -> None:
        super().__init__(f"({code}) {detail or message}")
        self.code = code
        self.message = message
        self.detail = detail or message
        self.status = status


class CallUnanswered(Exception):
    """The request may have taken effect: time-out or broken connection after it left, or a bare 5xx."""


class CallNotMade(Exception):
    """The request never left this machine."""


class CloudApi:
    """Calls the Cloud API; share one per process. Tests pass their own ``transport``."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # CPU of a request at 100 connections: httpx's own pool 7 ms, pyreqwest as its transport
        # 0.42 ms, pyreqwest itself 0.18 ms. Sends, which are many, take the last way.
        self._client = None if transport else _client()
        self._transport = transport or HttpxTransport(self._client)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def get(
        self, account: Account, path: str, params: Mapping[str, str] | None = None
    ) -> Any:
        """GET a node or edge; ``path`` may be a full ``paging.next`` address of the same host."""
        url = path if path.startswith(account.api_url) else account.url(path)
        return await self._call(account, "GET", url, params=params)

    async def post(self, account: Account, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """POST a JSON body to a node or edge."""
        content = orjson.dumps(body) if body is not None else b""
        return await self._call(account, "POST", account.url(path), content=content)

    async def delete(
        self, account: Account, path: str, params: Mapping[str, str] | None = None
    ) -> Any:
        """DELETE a node or edge."""
        return await self._call(account, "DELETE", account.url(path), params=params)

    async def upload_media(self, account: Account, name: str, mime_type: str, data: bytes) -> str:
        """Upload a file for sending; returns its media id (lives 30 days)."""
        answer = await self._call(
            account,
            "POST",
            account.url(f"{account.phone_number_id}/media"),
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": (name, data, mime_type)},
        )
        return str(answer["id"])

    async def download(self, account: Account, url: str) -> bytes:
        """The bytes behind a media address; only Meta's hosts ever see the token."""
        response = await self._request(account, "GET", url)
        if response.status_code != httpx.codes.OK:
            raise CloudApiError(131052, "Media could not be fetched", status=response.status_code)
        return response.content

    async def send(self, account: Account, message: Mapping[str, Any]) -> str:
        """POST one message; returns the wamid. 200 means accepted, nothing more."""
        return await self.send_bytes(account, orjson.dumps(message))

    async def send_bytes(self, account: Account, content: bytes, edge: str = "messages") -> str:
        """POST one message already encoded; returns the wamid."""
        url = account.url(f"{account.phone_number_id}/{edge}")
        if self._client is None:
            answer = await self._call(account, "POST", url, content=content)
        else:
            answer = _parsed_answer(*await _post(self._client, account, url, content))
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise CallUnanswered("the answer holds no message id") from None

    async def _call(self, account: Account, method: str, url: str, **parts: Any) -> Any:
        response = await self._request(account, method, url, **parts)
        return _parsed_answer(response.status_code, response.content)

    async def _request(
        self, account: Account, method: str, url: str, **parts: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {account.access_token}"}
        if "content" in parts:
            headers["Content-Type"] = "application/json"
        request = httpx.Request(method, _parsed(url), headers=headers, **parts)
        try:
            response = await self._transport.handle_async_request(request)
            await response.aread()
        except httpx.HTTPError as error:
            if _never_left(error):
                raise CallNotMade(type(error).__name__) from error
            raise CallUnanswered(type(error).__name__) from error
        return response


async def _post(
    client: Client, account: Account, url: str, content: bytes
) -> tuple[int, memoryview]:
    headers = (
        ("Authorization", f"Bearer {account.access_token}"),
        ("Content-Type", "application/json"),
    )
    try:
        response = await client.post(url).headers(headers).body_bytes(content).build().send()
        return response.status, memoryview(await response.bytes())
    except PyreqwestError as error:
        if _never_connected(error):
            raise CallNotMade(type(error).__name__) from error
        raise CallUnanswered(type(error).__name__) from error


def _parsed_answer(status: int, content: bytes | memoryview) -> Any:
    """Meta's answer; an error object, or something that is no answer, is raised."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            # Half an emoji in one template must not hide all others.
            answer = bodies.read(bytes(content))
        except (ValueError, RecursionError):
            raise CallUnanswered(f"HTTP {status} without JSON") from None
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        raise _api_error(answer["error"], status)
    if status >= httpx.codes.BAD_REQUEST:
        raise CallUnanswered(f"HTTP {status} without an error object")
    return answer


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


CONNECTING = "client error (Connect)"


def _never_left(error: httpx.HTTPError) -> bool:
    """Whether the request certainly stayed here; anything doubtful is no."""
    if isinstance(error.__cause__, PyreqwestError):
        return _never_connected(error.__cause__)
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol)


def _never_connected(error: PyreqwestError) -> bool:
    """Whether no connection was made for the request.

    A connection that broke under a sent request is called ConnectError too, and a lost answer
    ConnectTimeoutError: only the causes tell.
    """
    if not isinstance(error, DetailedPyreqwestError):
        return False
    causes = error.details["causes"] or []
    return any(cause["message"] == CONNECTING for cause in causes)


def _client() -> Client:
    return (
        ClientBuilder()
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(timedelta(seconds=30))
        .max_connections(None)
        .error_for_status(False)
        .build()
    )


def _api_error(error: Mapping[str, Any], status: int) -> CloudApiError:
    data = error.get("error_data")
    detail = data.get("details", "") if isinstance(data, dict) else str(data or "")
    detail = detail or str(error.get("error_user_msg") or "")
    return CloudApiError(
        int(error.get("code", 1)), str(error.get("message", "")), str(detail), status
    )
