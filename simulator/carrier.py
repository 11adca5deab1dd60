"""How webhooks are sent: a tiny HTTP port, and the fast client behind it in production."""

from datetime import timedelta
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError

POST_TIMEOUT = timedelta(seconds=10)


class Answer(NamedTuple):
    """A receiver's answer; `status` 0 means there was none and `error` says why."""

    status: int
    text: str = ""
    error: str | None = None


class Carrier(Protocol):
    """Carries requests to receivers; never raises for a receiver that is down."""

    async def post(self, url: str, body: bytes, signature: str) -> Answer:
        """One webhook."""
        ...

    async def get(self, url: str, parameters: dict[str, str]) -> Answer:
        """One handshake."""
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...


class HttpCarrier:
    """Keeps connections open; uses a third of a full-featured client's CPU per POST."""

    def __init__(self) -> None:
        self._client: Client | None = None

    def _open(self) -> Client:
        if self._client is None:
            builder = ClientBuilder().no_proxy().follow_redirects(False).timeout(POST_TIMEOUT)
            self._client = builder.user_agent("facebookexternalua").build()
        return self._client

    async def post(self, url: str, body: bytes, signature: str) -> Answer:
        """Sends the exact bytes with their signature."""
        try:
            request = self._open().post(url).header("content-type", "application/json")
            request = request.header("x-hub-signature-256", signature).body_bytes(body)
            response = await request.build().send()
        except (PyreqwestError, ValueError) as error:  # ValueError: not an address at all
            return Answer(0, error=type(error).__name__)
        return Answer(response.status)

    async def get(self, url: str, parameters: dict[str, str]) -> Answer:
        """Requests with query parameters; reads only as much text as a challenge may have."""
        separator = "&" if "?" in url else "?"
        try:
            address = f"{url}{separator}{urlencode(parameters)}"
            response = await self._open().get(address).build().send()
            text = await response.text()
        except (PyreqwestError, ValueError) as error:
            return Answer(0, error=type(error).__name__)
        return Answer(response.status, text[:1_000])

    async def close(self) -> None:
        """Closes the client."""
        if self._client is not None:
            await self._client.close()
            self._client = None


class TransportCarrier:
    """The same over any httpx transport, so that tests keep webhooks within their process."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._client = httpx.AsyncClient(transport=transport)

    async def post(self, url: str, body: bytes, signature: str) -> Answer:
        """Sends the exact bytes with their signature."""
        headers = {"content-type": "application/json", "x-hub-signature-256": signature}
        try:
            response = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return Answer(0, error=type(error).__name__)
        return Answer(response.status_code)

    async def get(self, url: str, parameters: dict[str, str]) -> Answer:
        """Requests with query parameters."""
        try:
            response = await self._client.get(url, params=parameters)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(0, error=type(error).__name__)
        return Answer(response.status_code, response.text[:1_000])

    async def close(self) -> None:
        """Closes the client."""
        await self._client.aclose()
