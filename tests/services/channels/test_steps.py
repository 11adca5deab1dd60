"""What a live check says of a number by Meta's own description of it: a table of states."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from domain.first_channel import FIELD
from domain.sentences import PLAIN
from services.channels import hindrances, steps
from services.channels.steps import Check, Step
from whatsapp.client import Account, CallNotMade, CloudApi
from whatsapp.management import NEEDED_SCOPES


@pytest.fixture
async def api() -> AsyncIterator[CloudApi]:
    async with CloudApi() as made:
        yield made


def check(api: CloudApi, url: str = "https://graph.facebook.com", **more: Any) -> Check:
    account = Account(url, "v23.0", "1", "2", "token")
    given: dict[str, Any] = {
        "app_secret": "",
        "verify_token": "",
        "callback": "http://plain.example",
        "webhook_seen": False,
    }
    return Check(api, account, **(given | more))


def unwell(**entity: Any) -> Mapping[str, Any]:
    fine = {"can_send_message": "AVAILABLE", "errors": [{"error_description": "none of it"}]}
    return {
        "can_send_message": "BLOCKED",
        "entities": [fine, {"can_send_message": "BLOCKED", **entity}],
    }


@pytest.mark.parametrize(
    ("number", "state", "said", "advice", "reason"),
    [
        ({}, "ok", "check_sending", None, ""),
        ({"status": "connected"}, "ok", "check_sending", None, ""),
        ({"status": "PENDING"}, "failed", "check_sending.status", "check_sending.step", "not_registered"),
        ({"status": "MIGRATED"}, "failed", "check_sending.status", "check_sending.step", "not_registered"),
        ({"status": "BANNED"}, "failed", "check_sending.status", "check_sending.step", "policy"),
        ({"status": "FLAGGED"}, "warning", "check_sending.limited", None, ""),
        ({"health_status": {"can_send_message": "LIMITED"}}, "warning", "check_sending.limited", None, ""),
        ({"health_status": unwell()}, "failed", "check_sending.status", "check_sending.step", "policy"),
        (
            {"health_status": unwell(errors=[{"error_description": "No card", "possible_solution": "Add one"}])},
            "failed", PLAIN, PLAIN, "policy",
        ),
        ({"health_status": unwell(errors=[{}])}, "failed", "check_sending.status", "check_sending.step", "policy"),
        (
            {"health_status": unwell(additional_info=["Your display name was refused"])},
            "failed", PLAIN, "check_sending.step", "policy",
        ),
    ],
)  # fmt: skip
async def test_whether_a_number_may_send(
    api: CloudApi, number: dict[str, Any], state: str, said: str, advice: str | None, reason: str
) -> None:
    step = await steps.run(check(api, number=number), "sending")
    assert (step.state, step.reason) == (state, reason)
    assert step.detail is not None
    assert step.detail.key == said
    assert (step.next_step.key if step.next_step else None) == advice
    assert step.as_dict()["ok"] is (state != "failed")


@pytest.mark.parametrize(
    ("number", "speed"),
    [
        ({}, 80),
        ({"throughput": {"level": "HIGH"}}, 1000),
        ({"throughput": {"level": "of next year"}}, 80),
        ({"throughput": None}, 80),
        ({"throughput": {"level": "HIGH"}, "is_on_biz_app": True}, 20),
    ],
)
def test_how_fast_a_number_is(number: dict[str, Any], speed: int) -> None:
    assert steps.throughput(number) == speed


@pytest.mark.parametrize(
    ("key", "more", "state", "said"),
    [
        ("number", {"number": {"display_phone_number": "+34 611 555 010"}}, "ok", "check_number.nameless"),
        ("number", {"number": {"display_phone_number": "1", "verified_name": "Lumen"}}, "ok", "check_number"),
        ("webhook", {"webhook_seen": True}, "ok", "check_webhook.seen"),
        ("webhook", {}, "waiting", "check_webhook"),
        ("subscription", {}, "failed", "check_subscription.address"),  # Meta calls only https
        ("permissions", {}, "failed", "check_permissions.unproven"),
        ("permissions", {"app_secret": "s"}, "warning", "check_permissions.secret"),
    ],
)  # fmt: skip
async def test_steps_that_ask_nobody(
    api: CloudApi, key: str, more: dict[str, Any], state: str, said: str
) -> None:
    step = await steps.run(check(api, **more), key)
    assert step.detail is not None
    assert (step.key, step.state, step.detail.key) == (key, state, said)


@pytest.mark.parametrize("key", ["token", "number", "templates", "subscription"])
async def test_an_address_that_nobody_answers_is_said_and_blocks_nothing(
    api: CloudApi, key: str
) -> None:
    asked = check(api, "http://127.0.0.1:1", callback="https://example.com")
    step: Step = await steps.run(asked, key)
    assert (step.state, step.reason) == ("failed", "")
    assert step.detail is not None
    assert step.detail.key.startswith("check_")


def answering(status: int = 200, **answer: Any) -> CloudApi:
    """Meta always answers this."""
    return CloudApi(httpx.MockTransport(lambda _: httpx.Response(status, json=answer)))


@pytest.mark.parametrize(
    ("token", "state", "said"),
    [
        ({"scopes": [], "expires_at": 0}, "failed", "check_permissions.missing"),
        ({"scopes": [*NEEDED_SCOPES], "expires_at": 0}, "ok", "check_permissions"),
        (
            {"scopes": [*NEEDED_SCOPES], "expires_at": 1_800_000_000},
            "warning",
            "check_permissions.ending",
        ),
    ],
)
async def test_what_a_token_may_do_and_how_long(
    token: dict[str, Any], state: str, said: str
) -> None:
    async with answering(data=token) as meta:
        step = await steps.run(check(meta, app_secret="s", app_ids=["1"]), "permissions")
    assert step.detail is not None
    assert (step.state, step.detail.key) == (state, said)


async def test_an_app_that_may_not_ask_about_the_token_proves_no_secret() -> None:
    async with answering(400, error={"code": 190, "message": "Invalid OAuth"}) as meta:
        step = await steps.run(check(meta, app_secret="s", app_ids=["1"]), "permissions")
    assert step.detail is not None
    assert (step.state, step.detail.key) == ("warning", "check_permissions.secret")


@pytest.mark.parametrize(
    ("code", "key", "said"),
    [
        (190, "number", "check_refused_token"),
        (10, "templates", "check_refused_rights"),
        (200, "subscription", "check_refused_rights"),
        (100, "number", "check_unknown.number"),
        (33, "templates", "check_unknown.account"),
        (2200, "subscription", "check_unverified"),
        (1, "templates", "check_answered"),
    ],
)
async def test_what_meta_refuses_is_said_by_its_code(code: int, key: str, said: str) -> None:
    async with answering(400, error={"code": code, "message": "No"}) as meta:
        step = await steps.run(check(meta, callback="https://example.com"), key)
    assert step.detail is not None
    assert (step.state, step.detail.key) == ("failed", said)


async def test_an_address_that_must_not_be_called_is_no_lack_of_a_network() -> None:
    async with CloudApi(public_only=True) as guarded:
        step = await steps.run(check(guarded, "http://127.0.0.1:1"), "token")
        assert step.next_step is not None
        assert (step.state, step.next_step.key) == ("failed", "check_address_step")
        account = Account("http://127.0.0.1:1", "v23.0", "1", "2", "token")
        with pytest.raises(CallNotMade) as refused:
            await guarded.get(account, "me", {})
    assert hindrances.reason(refused.value) == f"{FIELD}api_url"
    assert hindrances.reason(RuntimeError("of ours")) == ""
