"""Channel secrets are safe: another API address requires them again, and a removed channel has none."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.errors import Conflict, Forbidden, Invalid
from services.channels import verify, write
from services.channels.write import ChannelForm
from services.vault import NO_SECRET, Vault, new_key, reencrypt_channels
from store.channels import ChannelRow

pytestmark = pytest.mark.fault("C4")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PERSON = Actor("user")
PROGRAM = Actor("token:ww_abcdef")
FORM = ChannelForm(
    name="Shop",
    phone_number_id="106540352242922",
    waba_id="102290129340398",
    access_token="EAAtoken",
    app_secret="0123456789abcdef",
    verify_token="word",
)
BLANK = replace(FORM, access_token="", app_secret="", verify_token="")


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
async def row(session: AsyncSession, vault: Vault) -> ChannelRow:
    return await write.add(session, vault, FORM, actor=PERSON)


async def test_another_address_asks_for_every_secret(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    moved = replace(BLANK, api_url="http://127.0.0.1:9")
    for partly in (moved, replace(moved, access_token="EAAn"), replace(moved, app_secret="abc")):
        with pytest.raises(Invalid) as caught:
            await write.edit(session, vault, row.id, partly, actor=PERSON, allow_local=True)
        assert set(caught.value.fields) <= {"access_token", "app_secret"}
        assert caught.value.fields
    given = replace(moved, access_token="EAAnew", app_secret="feedface")
    await write.edit(session, vault, row.id, given, actor=PERSON, allow_local=True)
    assert vault.decrypt(row.access_token) == "EAAnew"
    assert vault.decrypt(row.app_secret) == "feedface"
    assert vault.decrypt(row.verify_token) != "word", "the stored word went to the new address"


async def test_a_token_changes_no_address_but_may_rename(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    moved = replace(FORM, api_url="http://127.0.0.1:9")
    with pytest.raises(Forbidden) as caught:
        await write.edit(session, vault, row.id, moved, actor=PROGRAM, allow_local=True)
    assert caught.value.code == "person_needed"
    await write.edit(session, vault, row.id, replace(BLANK, name="Other"), actor=PROGRAM)
    assert row.name == "Other"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9", "https://127.0.0.1", "http://[::1", "https://localhost.localdomain"],
)
async def test_hosts_inside_are_refused_outside_the_demo(
    session: AsyncSession, vault: Vault, url: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await write.add(session, vault, replace(FORM, api_url=url), actor=PERSON)
    assert set(caught.value.fields) == {"api_url"}


@pytest.mark.parametrize("field", ["access_token", "app_secret", "verify_token"])
@pytest.mark.parametrize(
    "value", ["EAA\r\nX-Evil: 1", "EAA\ntwo", "toké", "a b", "a\x00b", "\uff41", "x" * 2001]
)
async def test_secrets_that_fit_no_header_are_refused(
    session: AsyncSession, vault: Vault, field: str, value: str
) -> None:
    given: Any = {field: value}
    form = replace(FORM, **given)
    with pytest.raises(Invalid) as caught:
        await write.add(session, vault, form, actor=PERSON)
    assert set(caught.value.fields) == {field}


async def test_a_removed_channel_loses_its_secrets(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    await write.remove(session, row.id, actor=PERSON, now=NOW)
    kept = (
        await session.execute(text("SELECT access_token, app_secret, verify_token FROM channels"))
    ).one()
    assert [bytes(value) for value in kept] == [NO_SECRET] * 3
    assert not await verify.matches(session, vault, "word")
    assert await verify.secrets(session, vault) == []
    with pytest.raises(Conflict) as caught:
        vault.decrypt(NO_SECRET)
    assert caught.value.code == "secret_removed"
    with pytest.raises(Invalid) as missing:
        await write.add(session, vault, BLANK, actor=PERSON)
    assert {"access_token", "app_secret"} <= set(missing.value.fields)
    again = await write.add(session, vault, FORM, actor=SYSTEM)
    assert again.id == row.id
    assert vault.decrypt(again.access_token) == "EAAtoken"


async def test_keys_rotate_past_removed_channels(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    await write.remove(session, row.id, actor=PERSON, now=NOW)
    await session.execute(text("UPDATE channels SET access_token = 'left by an older release'"))
    assert await reencrypt_channels(session, vault) == 0
    assert await session.scalar(text("SELECT access_token FROM channels")) == NO_SECRET
