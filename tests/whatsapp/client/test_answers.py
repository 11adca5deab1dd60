"""Every result from Meta is one of four: an answer, an error, a doubt, or a call not made."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.channels import steps
from services.templates.sync import fetch
from tests.words import words_of
from whatsapp import management
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError

ACCOUNT = Account("https://graph.example.com", "v23.0", "token", "106540352242922", "1022")
EXPECTED = (CallNotMade, CallUnanswered, CloudApiError)

NAMES = (
    "data", "error", "code", "message", "error_data", "details", "error_user_msg", "messages", "id",
    "paging", "next", "cursors", "after", "name", "language", "status", "components",
    "quality_score", "score", "health_status", "entities", "errors", "can_send_message",
    "additional_info", "throughput", "level", "whatsapp_business_api_data", "expires_at",
    "is_valid", "scopes", "url", "display_phone_number", "verified_name", "override_callback_uri",
    "marketing_messages_onboarding_status", "whatsapp_business_manager_messaging_limit",
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "131030", "BLOCKED", "a\x00b", "x" * 3_000, "9" * 5_000, "NaN", "💥"]),
)  # fmt: skip
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=25,
)
BODIES = st.one_of(
    ANSWERS.map(json.dumps).map(str.encode),
    st.sampled_from([b"", b"<html>Sorry</html>", b"\xff\xfe", b"null", b"[" * 2_000, b'{"a":']),
)

Call = Callable[[CloudApi], Awaitable[Any]]


def a_check(api: CloudApi) -> steps.Check:
    return steps.Check(api, ACCOUNT, "secret", "verify", "https://us.example.com", True)


async def every_step(api: CloudApi) -> None:
    check = a_check(api)
    for key in steps.STEPS:
        step = await steps.run(check, key)
        assert step.state in {"ok", "warning", "failed", "skipped", "waiting"}, step
        json.dumps(step.as_dict()).encode()
        assert "\x00" not in words_of(step.detail)
    steps.throughput(check.number)


CALLS: dict[str, Call] = {
    "send": lambda api: api.send(ACCOUNT, {"type": "text"}),
    "templates": lambda api: fetch(api, ACCOUNT),
    "template": lambda api: management.template(api, ACCOUNT, "1"),
    "number": lambda api: management.number(api, ACCOUNT),
    "count": lambda api: management.can_read_templates(api, ACCOUNT),
    "onboarding": lambda api: management.marketing_onboarding(api, ACCOUNT),
    "subscriptions": lambda api: management.subscriptions(api, ACCOUNT),
    "token": lambda api: management.inspect_token(api, ACCOUNT, "1", "secret"),
    "probe": every_step,
}


@pytest.mark.fault("C8")
@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=60)
@given(status=st.sampled_from([200, 200, 400, 401, 429, 500, 503]), body=BODIES)
async def test_no_answer_is_a_surprise(name: str, status: int, body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    async with CloudApi(transport) as api:
        try:
            answer = await CALLS[name](api)
        except EXPECTED:
            return
    if name == "send":
        assert isinstance(answer, str)
        assert 0 < len(answer) <= 512
        assert answer.isprintable()


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    "error",
    [
        {}, {"code": None}, {"code": "soon"}, {"code": [131030]}, {"code": True}, {"code": 1e30},
        {"code": "9" * 5_000}, {"message": "no code"}, "words only", ["a list"],
    ],
)  # fmt: skip
async def test_an_error_that_says_nothing_is_a_doubt(error: object) -> None:
    answer = httpx.Response(400, json={"error": error})
    async with CloudApi(httpx.MockTransport(lambda _: answer)) as api:
        with pytest.raises(CallUnanswered):
            await api.send(ACCOUNT, {"type": "text"})


@pytest.mark.fault("C8")
async def test_a_code_in_words_is_the_code() -> None:
    answer = httpx.Response(400, json={"error": {"code": "131030", "error_data": "Not allowed"}})
    async with CloudApi(httpx.MockTransport(lambda _: answer)) as api:
        with pytest.raises(CloudApiError) as raised:
            await api.send(ACCOUNT, {"type": "text"})
    assert (raised.value.code, raised.value.detail) == (131030, "Not allowed")
