"""Secrets at rest: encrypted, readable after a key change, never readable without the key."""

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.errors import Conflict
from domain.ids import new_id
from services import vault
from services.automations import drafts, hooks, secrets
from services.vault import MissingSetting, Vault, new_key
from settings import Settings
from store.automations import hooks as stored_hooks
from tests import drawing
from tests.words import refused_with, words_of


def settings(**secrets: str | None) -> Settings:
    base = Settings.model_validate({"database_url": "postgresql://unused"})
    values = {name: SecretStr(value) if value else None for name, value in secrets.items()}
    return base.model_copy(update=values)


def test_what_is_stored_does_not_show_the_secret() -> None:
    held = Vault([new_key()])
    stored = held.encrypt("EAAG-token-ü")
    assert b"EAAG" not in stored
    assert held.decrypt(stored) == "EAAG-token-ü"
    assert held.encrypt("EAAG-token-ü") != stored


def test_an_old_key_still_reads_and_the_newest_one_writes() -> None:
    old, new = new_key(), new_key()
    stored = Vault([old]).encrypt("secret")
    both = Vault([new, old])
    assert both.decrypt(stored) == "secret"
    assert Vault([new]).decrypt(both.rotate(stored)) == "secret"
    with refused_with(Conflict, "no longer in ENCRYPTION_KEYS"):
        Vault([new]).decrypt(stored)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"encryption_keys": None}, "ENCRYPTION_KEYS is not set"),
        ({"encryption_keys": " , "}, "ENCRYPTION_KEYS is not set"),
        ({"encryption_keys": "not-a-key"}, "ENCRYPTION_KEYS holds a value that is not a key"),
    ],
)
def test_a_missing_key_says_how_to_make_one(given: dict[str, str | None], words: str) -> None:
    with pytest.raises(MissingSetting) as missing:
        Vault.from_settings(settings(**given))
    told = words_of(missing.value.sentence)
    assert words in told
    assert "Fernet.generate_key" in told


@pytest.mark.parametrize("secret", [None, "short"])
def test_a_missing_session_secret_says_how_to_make_one(secret: str | None) -> None:
    with pytest.raises(MissingSetting) as missing:
        vault.session_secret(settings(session_secret=secret))
    told = words_of(missing.value.sentence)
    assert "SESSION_SECRET" in told
    assert "token_urlsafe" in told


async def test_all_channels_are_encrypted_anew(session: AsyncSession) -> None:
    old, new = new_key(), new_key()
    before = Vault([old])
    portfolio = new_id()
    await session.execute(
        text("INSERT INTO portfolios (id, name) VALUES (:id, 'Acme')"), {"id": portfolio}
    )
    count = vault.BATCH + 1
    for number in range(count):
        await session.execute(
            text(
                "INSERT INTO channels (id, portfolio_id, name, phone_number_id, waba_id, api_url,"
                " access_token, app_secret, verify_token)"
                " VALUES (:id, :portfolio, 'Shop', :number, '1', 'https://x', :a, :b, :c)"
            ),
            {
                "id": new_id(),
                "portfolio": portfolio,
                "number": str(number),
                "a": before.encrypt(f"token {number}"),
                "b": before.encrypt("app"),
                "c": before.encrypt("verify"),
            },
        )
    assert await vault.reencrypt_channels(session, Vault([new, old])) == count
    rows = await session.execute(
        text("SELECT phone_number_id, access_token, app_secret, verify_token FROM channels")
    )
    after = Vault([new])
    for number, *sealed in rows:
        assert [after.decrypt(value) for value in sealed] == [f"token {number}", "app", "verify"]


async def test_secrets_and_addresses_of_automations_are_encrypted_anew(
    session: AsyncSession,
) -> None:
    old, new = new_key(), new_key()
    before, both, after = Vault([old]), Vault([new, old]), Vault([new])
    await secrets.put(session, before, SYSTEM, "SHOP_KEY", "s3cr3t")
    await secrets.put(session, before, SYSTEM, "OTHER", "s3cr3t")
    made = await drafts.create(session, SYSTEM, "Orders", document=drawing.waiting("webhook"))
    token = (await hooks.show(session, before, made.item.id, "start")).token
    assert await vault.reencrypt_automations(session, both) == 3
    values = list(await session.scalars(text("SELECT value FROM automation_secrets")))
    assert [after.decrypt(value.encode()) for value in values] == ["s3cr3t", "s3cr3t"]
    assert (await hooks.show(session, after, made.item.id, "start")).token == token
    assert await stored_hooks.by_digest(session, hooks.digest_of(token or "")) is not None
