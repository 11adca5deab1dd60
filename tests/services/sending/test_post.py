"""One request, and what its answer over HTTP, or the lack of one, means in the end."""

from collections.abc import Callable

import httpx
import orjson
import pytest

from domain.error_codes import ErrorKind
from domain.errors import Invalid
from domain.ids import new_id
from domain.messages import MessageState
from services.sending.post import Post, post, unmade
from whatsapp import leases
from whatsapp.client import Account, CloudApi
from whatsapp.edges import MARKETING_MESSAGES, MESSAGES

ACCOUNT = Account("https://graph.example.com", "v23.0", "token", "106540352242922", "1022")
TAKEN = {"messages": [{"id": "wamid.1"}]}
Answer = Callable[[httpx.Request], httpx.Response]


def _post(leave_in_s: float = 30, *, late_again: bool = False) -> Post:
    content = {"to": "+34600000000", "type": "text", "text": {"body": "Hi"}}
    return Post(new_id(), 2, content, leases.now() + leave_in_s, late_again)


def _error(code: int, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No"}})


def _fails(error: type[httpx.RequestError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    return answer


@pytest.mark.parametrize(
    ("answer", "state", "detail"),
    [
        (lambda _: httpx.Response(200, json=TAKEN), "accepted", None),
        (lambda _: httpx.Response(200, json={}), "unknown", "no_answer"),
        (lambda _: httpx.Response(200, content=b"<html>"), "unknown", "no_answer"),
        (lambda _: _error(131026), "rejected", "No"),
        (lambda _: _error(130429), "queued", "No"),
        (lambda _: _error(130429, 500), "queued", "No"),
        (lambda _: _error(131000), "unknown", "No"),
        (lambda _: _error(987_654, 500), "unknown", "No"),
        (lambda _: httpx.Response(500, content=b"Sorry"), "unknown", "no_answer"),
        (lambda _: httpx.Response(408, content=b""), "unknown", "no_answer"),
        (lambda _: httpx.Response(499, content=b""), "unknown", "no_answer"),
        (lambda _: httpx.Response(407, content=b"Proxy"), "queued", "not_reached"),
        (lambda _: httpx.Response(429, content=b"Slow down"), "queued", "Too many requests"),
        (_fails(httpx.ConnectError), "queued", "not_reached"),
        (_fails(httpx.ConnectTimeout), "queued", "not_reached"),
        (_fails(httpx.ReadTimeout), "unknown", "no_answer"),
        (_fails(httpx.WriteTimeout), "unknown", "no_answer"),
        (_fails(httpx.RemoteProtocolError), "unknown", "no_answer"),
    ],
)
async def test_what_comes_over_the_line_means_this(
    answer: Answer, state: str, detail: str | None
) -> None:
    async with CloudApi(httpx.MockTransport(answer)) as api:
        verdict, edge = await post(api, ACCOUNT, MESSAGES, _post(), patient=True)
    assert (verdict.outcome.state, verdict.outcome.detail) == (state, detail)
    assert edge == (MESSAGES if state == "accepted" else None)


async def test_a_request_names_its_attempt_and_says_who_gets_what() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=TAKEN)

    message = _post()
    async with CloudApi(httpx.MockTransport(answer)) as api:
        await post(api, ACCOUNT, MESSAGES, message, patient=True)
    [request] = asked
    assert request.url.path == "/v23.0/106540352242922/messages"
    assert orjson.loads(request.content) == {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+34600000000",
        "type": "text", "text": {"body": "Hi"},
        "biz_opaque_callback_data": f"{message.message_id}:2",
    }  # fmt: skip


async def test_what_the_marketing_api_does_not_take_goes_the_other_way_at_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/marketing_messages"):
            return _error(134102)
        return httpx.Response(200, json=TAKEN)

    async with CloudApi(httpx.MockTransport(answer)) as api:
        verdict, edge = await post(api, ACCOUNT, MARKETING_MESSAGES, _post(), patient=True)
    assert (verdict.outcome.state, edge) == (MessageState.ACCEPTED, MESSAGES)


@pytest.mark.parametrize(
    ("patient", "late_again", "state"),
    [(True, False, "queued"), (False, True, "queued"), (False, False, "rejected")],
)
async def test_past_its_time_nothing_leaves(patient: bool, late_again: bool, state: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=TAKEN)

    async with CloudApi(httpx.MockTransport(answer)) as api:
        late = _post(-1, late_again=late_again)
        verdict, _ = await post(api, ACCOUNT, MESSAGES, late, patient=patient)
    assert (verdict.outcome.state, verdict.outcome.detail) == (state, "claim_expired")
    assert asked == []


def test_a_message_that_cannot_be_made_is_refused_as_whatsapp_would() -> None:
    verdict = unmade(new_id(), 1, Invalid("template_time", text="then"))
    assert (verdict.outcome.state, verdict.outcome.code) == (MessageState.REJECTED, 132012)
    assert verdict.trouble is not None
    assert verdict.trouble.kind is ErrorKind.REQUEST  # nobody else's
