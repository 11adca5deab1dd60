"""A simulator in this process, a receiver of its webhooks, and the calls a client makes."""

import hmac
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
from typing_extensions import override

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.engine import Engine
from tests.eventually import eventually

URL = "http://simulator.test"
HOOK = "http://app.test/hook"
CUSTOMER = "+34600000100"
QUICK = {
    "sent_ms": (0, 0),
    "delivered_ms": (1, 1),
    "read_ms": (2, 2),
    "read_probability": 1.0,
    "delivered_skip_probability": 0.0,
    "batch_window_ms": 5,
    "template_review_ms": (0, 0),
    "reply_ms": (0, 0),
    "time_scale": 1_000,
}

Json = dict[str, Any]


class Receiver(httpx.AsyncBaseTransport):
    """The app's webhook: checks signatures, keeps bodies, and is down when `status` is not 200."""

    def __init__(self, secret: str, verify_token: str) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.refused: list[bytes] = []
        self.urls: set[str] = set()
        self._secret = secret.encode()
        self._verify_token = verify_token

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            query = request.url.params
            known = query["hub.verify_token"] == self._verify_token
            return httpx.Response(200 if known else 403, text=query["hub.challenge"])
        body = await request.aread()
        expected = "sha256=" + hmac.digest(self._secret, body, "sha256").hex()
        assert request.headers["x-hub-signature-256"] == expected
        self.urls.add(str(request.url))
        if self.status == 0:
            raise httpx.ConnectError("down")
        (self.bodies if self.status == 200 else self.refused).append(body)
        return httpx.Response(self.status)

    def changes(self) -> Iterator[Json]:
        """Every change of every body, in order of arrival."""
        for body in self.bodies:
            for entry in orjson.loads(body)["entry"]:
                yield from entry["changes"]

    def values(self, key: str) -> list[Json]:
        """All `statuses`, `messages`, `contacts` or whatever else values hold."""
        return [item for change in self.changes() for item in change["value"].get(key, [])]

    def statuses(self, wamid: str | None = None) -> list[Json]:
        """Statuses, of one message when it is named."""
        return [item for item in self.values("statuses") if wamid in (None, item["id"])]

    def fields(self, name: str) -> list[Json]:
        """Values of one webhook field."""
        return [change["value"] for change in self.changes() if change["field"] == name]


class Sim:
    """A started simulator."""

    def __init__(self, engine: Engine, client: httpx.AsyncClient, receiver: Receiver) -> None:
        self.engine = engine
        self.client = client
        self.receiver = receiver
        self.number = engine.world.numbers[0].id
        self.waba = engine.world.config.waba_id

    async def post(self, path: str, body: Any) -> httpx.Response:
        """A Graph POST."""
        return await self.client.post(f"/v23.0/{path}", json=body)

    async def get(self, path: str, **query: Any) -> Json:
        """A Graph or development GET that works."""
        prefix = "" if path.startswith("_sim") else "v23.0/"
        response = await self.client.get(f"/{prefix}{path}", params=query)
        assert response.status_code == 200, response.text
        data: Json = response.json()
        return data

    async def send(self, body: Json, edge: str = "messages") -> httpx.Response:
        """A send from the first number."""
        return await self.post(f"{self.number}/{edge}", body)

    async def accepted(self, body: Json) -> str:
        """The wamid of a send that works."""
        response = await self.send(body)
        assert response.status_code == 200, response.text
        wamid: str = response.json()["messages"][0]["id"]
        return wamid

    async def refusal(self, body: Json, edge: str = "messages") -> tuple[int, int]:
        """HTTP status and code of a send that does not work."""
        response = await self.send(body, edge)
        error = response.json()["error"]
        assert error["fbtrace_id"]
        assert error["message"]
        return response.status_code, error["code"]

    async def knobs(self, **changes: Any) -> None:
        """Turns knobs."""
        response = await self.client.patch("/_sim/knobs", json=changes)
        assert response.status_code == 200, response.text

    async def until(self, condition: Callable[[], Any]) -> None:
        """Waits for something to become true."""
        await eventually(condition, "the simulator has done it")

    async def settled(self) -> Json:
        """The counters once no status is on its way."""
        engine = self.engine
        await self.until(lambda: not (engine.turn.pending + engine.pump.pending_statuses))
        return await self.get("_sim/stats")

    async def write(self, phone: str, kind: str, value: Any, **extra: Any) -> str:
        """A customer writes."""
        body = {"type": kind, kind: value, **extra}
        response = await self.client.post(f"/_sim/customers/{phone}/messages", json=body)
        assert response.status_code == 200, response.text
        wamid: str = response.json()["id"]
        return wamid


@asynccontextmanager
async def simulator(**settings: Any) -> AsyncIterator[Sim]:
    """A simulator that answers at once and calls back a receiver in this process."""
    knobs = {**QUICK, **settings.pop("knobs", {})}
    lookup = settings.pop("lookup", None)
    values = {"latency_ms": 0, "public_url": URL, "webhook_url": HOOK, "seed": 7, **settings}
    config = SimulatorConfig(**values, knobs=knobs)
    receiver = Receiver(config.app_secret, config.verify_token)
    app = create_app(config, receiver, lookup)
    headers = {"authorization": f"Bearer {config.access_tokens[0]}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=URL, headers=headers
        ) as client,
    ):
        yield Sim(app.state.engine, client, receiver)


def text(to: str = CUSTOMER, **extra: Any) -> Json:
    """A text message."""
    body = {"type": "text", "text": {"body": "Hello"}}
    return {"messaging_product": "whatsapp", "to": to, **body, **extra}


def template(
    name: str = "hello_world", language: str = "en_US", *components: Json, **extra: Any
) -> Json:
    """A template message."""
    content: Json = {"name": name, "language": {"code": language}}
    if components:
        content["components"] = list(components)
    message = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "template"}
    return {**message, "template": content, **extra}


def body(*values: str, **named: str) -> Json:
    """Body parameters, by position or by name."""
    parameters: list[Json] = [{"type": "text", "text": value} for value in values]
    parameters += [
        {"type": "text", "parameter_name": name, "text": value} for name, value in named.items()
    ]
    return {"type": "body", "parameters": parameters}


def image(**media: str) -> Json:
    """A header picture."""
    return {"type": "header", "parameters": [{"type": "image", "image": media}]}


def button(kind: str, index: int, parameter: str, value: str) -> Json:
    """One button parameter."""
    parameters = [{"type": parameter, parameter: value}]
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": parameters}


def odd(*values: Any) -> tuple[Any, ...]:
    """Values of every kind, one after the other."""
    return values


PICTURE = "https://pictures.example/spring.png"


def spring(to: str = CUSTOMER, **extra: Any) -> Json:
    """The sample campaign message."""
    parts = (image(link=PICTURE), body("Mara", "20%"), button("url", 2, "text", "mara"))
    return template("spring_sale", "en_US", *parts, **{"to": to, **extra})
