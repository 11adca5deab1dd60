from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from services.channels import account, bootstrap, show, verify, webhooks, write
from services.vault import Vault, new_key
from settings import Settings
from simulator.account import change_account, change_number
from simulator.config import SimulatorConfig
from simulator.world import World
from store import channels
from store.channels import ChannelRow
from tests import simulated
from tests.words import refused_with

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FORM = simulated.form(SimulatorConfig())


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
async def row(session: AsyncSession, vault: Vault) -> ChannelRow:
    return await write.add(session, vault, FORM, actor=SYSTEM)


async def test_secrets_are_sealed_and_open_again(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    stored = (await session.execute(text("SELECT * FROM channels"))).one()
    for secret in (FORM.access_token, FORM.app_secret, FORM.verify_token):
        assert secret.encode() not in b"".join(x for x in stored if isinstance(x, bytes))
    opened = await account.load(session, vault, row.id)
    assert opened.access_token == FORM.access_token
    assert FORM.access_token not in repr(opened)


async def test_the_audit_log_holds_no_secret(session: AsyncSession, row: ChannelRow) -> None:
    entries = (
        (await session.execute(text("SELECT data::text FROM journal WHERE audited")))
        .scalars()
        .all()
    )
    assert entries
    for secret in (FORM.access_token, FORM.app_secret, FORM.verify_token):
        assert not any(secret in entry for entry in entries)


async def test_a_number_connects_once(session: AsyncSession, vault: Vault, row: ChannelRow) -> None:
    with refused_with(Conflict, "already connected"):
        await write.add(session, vault, FORM, actor=SYSTEM)


async def test_a_removed_number_comes_back_as_itself(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    await write.remove(session, row.id, actor=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        await account.require(session, row.id)
    assert await show.every(session, now=NOW) == []
    again = await write.add(session, vault, replace(FORM, name="Again"), actor=SYSTEM)
    assert (again.id, again.name, again.status) == (row.id, "Again", "unverified")


async def test_a_channel_in_use_is_not_removed(session: AsyncSession, row: ChannelRow) -> None:
    await session.execute(
        text(
            "INSERT INTO campaigns (id, name, channel_id, status) "
            "VALUES (gen_random_uuid(), 'c', :id, 'running')"
        ),
        {"id": row.id},
    )
    with refused_with(Conflict, "Stop it first"):
        await write.remove(session, row.id, actor=SYSTEM, now=NOW)


async def test_edit_keeps_secrets_left_empty(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    row.status = "connected"
    blank = replace(FORM, name=" New  name ", access_token="", app_secret="", verify_token="")
    await write.edit(session, vault, row.id, blank, actor=SYSTEM)
    opened = await account.load(session, vault, row.id)
    assert (row.name, opened.access_token, row.status) == (
        "New name",
        FORM.access_token,
        "connected",
    )
    await write.edit(session, vault, row.id, replace(blank, access_token="EAAnew"), actor=SYSTEM)
    assert (await account.load(session, vault, row.id)).access_token == "EAAnew"
    assert row.status == "unverified"


async def test_edit_keeps_the_number(session: AsyncSession, vault: Vault, row: ChannelRow) -> None:
    other = replace(FORM, phone_number_id="555555")
    with pytest.raises(Invalid) as caught:
        await write.edit(session, vault, row.id, other, actor=SYSTEM)
    assert "phone_number_id" in caught.value.fields


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 81),
        ("phone_number_id", "+34 611 555 010"),
        ("waba_id", ""),
        ("access_token", ""),
        ("app_secret", ""),
        ("api_url", "javascript:alert(1)"),
        ("api_version", "23"),
    ],
)
async def test_wrong_input_names_its_field(
    session: AsyncSession, vault: Vault, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await write.add(
            session, vault, simulated.form(SimulatorConfig(), **{field: value}), actor=SYSTEM
        )
    assert set(caught.value.fields) == {field}


async def test_a_verify_token_is_made_up_when_missing(session: AsyncSession, vault: Vault) -> None:
    row = await write.add(session, vault, replace(FORM, verify_token=""), actor=SYSTEM)
    token = vault.decrypt(row.verify_token)
    assert len(token) >= 24
    assert await verify.matches(session, vault, token)
    assert not await verify.matches(session, vault, token + "x")
    assert not await verify.matches(session, vault, "")


async def test_signature_secrets_come_with_their_channel(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    other = replace(FORM, phone_number_id="22222222", app_secret="another")
    second = await write.add(session, vault, other, actor=SYSTEM)
    assert await verify.secrets(session, vault) == [
        (row.id, FORM.app_secret),
        (second.id, "another"),
    ]
    await write.remove(session, row.id, actor=SYSTEM, now=NOW)
    assert await verify.secrets(session, vault) == [(second.id, "another")]


async def test_numbers_of_one_account_share_a_portfolio(
    session: AsyncSession, vault: Vault, row: ChannelRow
) -> None:
    same = await write.add(session, vault, replace(FORM, phone_number_id="22222222"), actor=SYSTEM)
    other_account = replace(FORM, phone_number_id="33333333", waba_id="44444444")
    other = await write.add(session, vault, other_account, actor=SYSTEM)
    assert same.portfolio_id == row.portfolio_id != other.portfolio_id


@pytest.mark.fault("C8")
async def test_an_unknown_portfolio_is_refused(session: AsyncSession, vault: Vault) -> None:
    with pytest.raises(Invalid) as caught:
        await write.add(session, vault, replace(FORM, portfolio_id=new_id()), actor=SYSTEM)
    assert "portfolio_id" in caught.value.fields
    row = await write.add(session, vault, FORM, actor=SYSTEM)
    with refused_with(Invalid, "portfolios") as caught:
        await write.edit(session, vault, row.id, replace(FORM, portfolio_id=new_id()), actor=SYSTEM)
    assert "portfolio_id" in caught.value.fields


async def test_settings_make_the_first_channel_once(session: AsyncSession, vault: Vault) -> None:
    given = {
        "whatsapp_access_token": "EAAfirst",
        "whatsapp_phone_number_id": "777777777",
        "whatsapp_waba_id": "888888888",
        "whatsapp_app_secret": "s3cret",
    }
    settings = Settings.model_validate(given)
    made = await bootstrap.from_settings(session, vault, settings)
    assert made is not None
    assert (await account.load(session, vault, made.id)).access_token == "EAAfirst"
    assert await bootstrap.from_settings(session, vault, settings) is None
    await write.remove(session, made.id, actor=SYSTEM, now=NOW)
    assert await bootstrap.from_settings(session, vault, settings) is None


async def test_incomplete_settings_make_none(session: AsyncSession, vault: Vault) -> None:
    settings = Settings.model_validate({"whatsapp_access_token": "EAA"})
    assert await bootstrap.from_settings(session, vault, settings) is None


async def test_webhooks_about_the_number(session: AsyncSession, row: ChannelRow) -> None:
    row.display_phone_number = "+34611555010"
    await session.flush()
    field = "phone_number_quality_update"
    value = {
        "display_phone_number": "34611555010",
        "event": "THROUGHPUT_UPGRADE",
        "max_daily_conversations_per_business": "TIER_10K",
    }
    assert await webhooks.apply(session, row.waba_id, field, value)
    assert (row.throughput, row.messaging_tier) == (1000, "TIER_10K")
    stranger = {"display_phone_number": "15550001111", "event": "FLAGGED"}
    assert not await webhooks.apply(session, row.waba_id, field, stranger)
    assert await webhooks.apply(session, row.waba_id, field, {"event": "FLAGGED"})
    assert row.quality == "RED"
    name = {"decision": "APPROVED", "requested_verified_name": "Lumen"}
    await webhooks.apply(session, row.waba_id, "phone_number_name_update", name)
    assert row.verified_name == "Lumen"


@pytest.mark.parametrize(
    ("value", "limit"), [(2000, 2000), (-1, None), ("TIER_UNLIMITED", None), ("TIER_2K", 2000)]
)
async def test_capability_sets_the_portfolio_limit(
    session: AsyncSession, row: ChannelRow, value: object, limit: int | None
) -> None:
    update = {"max_daily_conversations_per_business": value}
    assert await webhooks.apply(session, row.waba_id, "business_capability_update", update)
    portfolio = (await channels.portfolios(session))[0]
    await session.refresh(portfolio)
    assert portfolio.messaging_limit == limit


async def test_a_ban_blocks_until_it_ends(session: AsyncSession, row: ChannelRow) -> None:
    ban = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    await webhooks.apply(session, row.waba_id, "account_update", ban)
    assert (row.status, row.blocked_reason) == ("blocked", "policy")
    end = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}
    await webhooks.apply(session, row.waba_id, "account_update", end)
    assert (row.status, row.blocked_reason) == ("connected", None)


async def test_what_the_simulator_tells_is_understood(
    session: AsyncSession, row: ChannelRow
) -> None:
    world = World(SimulatorConfig())
    number = world.numbers[0]
    row.display_phone_number = f"+{number.digits}"
    row.waba_id = world.config.waba_id
    told = change_number(number, {"quality_rating": "RED", "throughput": "HIGH"}, 0.0)
    told += change_account(world, {"marketing_onboarding": "ELIGIBLE", "standing": "RESTRICTED"})
    told += change_account(
        world, {"marketing_onboarding": "ONBOARDED", "messaging_tier": "TIER_2K"}
    )
    for field, value in told:
        assert await webhooks.apply(session, row.waba_id, field, value)
    assert (row.quality, row.throughput, row.marketing_api) == ("RED", 1000, True)
    assert (row.status, row.blocked_reason, row.messaging_tier) == ("unverified", None, "TIER_2000")
    assert list(row.restrictions) == ["RESTRICTED_BIZ_INITIATED_MESSAGING"]


async def test_a_coexistence_number_stays_slow(session: AsyncSession, row: ChannelRow) -> None:
    row.coexistence, row.throughput = True, 20
    update = {"event": "THROUGHPUT_UPGRADE"}
    await webhooks.apply(session, row.waba_id, "phone_number_quality_update", update)
    assert row.throughput == 20


async def test_unknown_news_is_harmless(session: AsyncSession, row: ChannelRow) -> None:
    odd = {"event": "NEVER_HEARD_OF", "ban_info": "?", "restriction_info": ["?"], "waba_info": 1}
    for field in ("security", "account_update", "something_new"):
        await webhooks.apply(session, row.waba_id, field, odd)
    assert (row.status, row.blocked_reason) == ("unverified", None)
