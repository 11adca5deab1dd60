"""Webhook intake: a delivery's result is reported once it is certain."""

import asyncio

import pytest
from sqlalchemy import text

from domain.webhooks import Rejection
from services.receiving import intake
from services.receiving.door import Taken, WebhookDoor
from services.vault import Vault, new_key
from tests import factories
from tests.services.receiving.conftest import Sessions, column
from whatsapp.signature import sign

BODY = b'{"object": "whatsapp_business_account", "entry": []}'
SIGNED = sign(factories.APP_SECRET, BODY)


@pytest.fixture
async def door(sessions: Sessions) -> WebhookDoor:
    """A door that knows the secret of the number."""
    vault = Vault([new_key()])
    async with sessions.begin() as session:
        sealed = {"sealed": vault.encrypt(factories.APP_SECRET)}
        await session.execute(text("UPDATE channels SET app_secret = :sealed"), sealed)
    return WebhookDoor(sessions, vault)


async def test_what_our_app_signed_is_committed_before_it_is_called_kept(
    door: WebhookDoor, sessions: Sessions
) -> None:
    assert await door.take(SIGNED, BODY) is Taken.KEPT
    assert await column(sessions, "body FROM webhook_events") == [BODY]


async def test_what_nobody_of_us_signed_is_counted_and_not_kept(
    door: WebhookDoor, sessions: Sessions
) -> None:
    assert await door.take(sign("somebody else's", BODY), BODY) is Taken.UNSIGNED
    assert door.rejections._counts == {Rejection.SIGNATURE_WRONG: 1}
    assert await column(sessions, "body FROM webhook_events") == []


async def test_too_much_at_once_is_told_apart_from_a_database_that_is_away(
    door: WebhookDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await door.take(SIGNED, BODY) is Taken.KEPT
    monkeypatch.setattr(intake, "WAITING", 0)
    assert await door.take(SIGNED, BODY) is Taken.FULL
    monkeypatch.undo()

    async def refuse(*_: object) -> Exception:
        return ConnectionRefusedError()

    monkeypatch.setattr(door.intake, "_store", refuse)
    async with asyncio.timeout(10):
        assert await door.take(SIGNED, BODY) is Taken.AWAY
