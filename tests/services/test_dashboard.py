"""The dashboard's figures and the checklist, read from rows and never from clicks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.ids import new_id
from services import checklist, dashboard
from services.campaigns import control
from services.checklist import Step
from services.vault import Vault, new_key
from store import dashboard as queries
from tests import factories

VAULT = Vault([new_key()])
NOBODY = new_id()


async def message(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID,
    state: str,
    *,
    message_id: UUID | None = None,
    accepted: bool = True,
) -> None:
    direction = "in" if state == "received" else "out"
    await session.execute(
        text("""INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state,
            accepted_at) VALUES (:id, :channel, :contact, :direction, :origin, 'text', :state,
            CASE WHEN :accepted THEN now() END)"""),
        {
            "id": message_id or new_id(), "channel": channel_id, "contact": contact_id,
            "direction": direction, "origin": "customer" if direction == "in" else "inbox",
            "state": state, "accepted": accepted,
        },
    )  # fmt: skip


async def test_only_the_last_day_counts_and_each_message_once(session: AsyncSession) -> None:
    channel_id = await factories.channel(session, VAULT)
    someone = new_id()
    for state in ("accepted", "sent", "delivered", "read", "unknown", "received", "queued"):
        await message(session, channel_id, someone, state)
    await message(session, channel_id, someone, "failed")
    await message(session, channel_id, someone, "rejected", accepted=False)
    now = datetime.now(UTC)
    old = queries.first_id(now - timedelta(hours=25))
    await message(session, channel_id, someone, "read", message_id=old)
    day = (await dashboard.numbers(session, now)).day
    assert (day.submitted, day.delivered, day.read) == (5, 2, 1)
    assert (day.failed, day.unknown, day.received) == (2, 1, 1)


def test_the_first_id_of_a_moment_comes_before_all_others_of_it() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=2)
    fresh = new_id()
    assert queries.first_id(before) < fresh
    assert fresh < queries.first_id(datetime.now(UTC) + timedelta(milliseconds=2))


async def test_what_moves_comes_first_among_campaigns(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 3)
    found = await dashboard.running(session, datetime.now(UTC))
    assert [item.campaign.id for item in found] == [campaign.id]
    assert found[0].campaign.progress.total == 3
    await control.stop(session, campaign.id, SYSTEM, datetime.now(UTC))
    assert await dashboard.running(session, datetime.now(UTC)) == []


async def test_health_names_every_number(session: AsyncSession) -> None:
    await factories.channel(session, VAULT)
    (number,) = await dashboard.health(session)
    assert (number.name, number.status, number.blocked_reason) == ("Main line", "connected", None)


async def test_a_fresh_installation_has_everything_to_do(session: AsyncSession) -> None:
    found = await checklist.read(session, NOBODY)
    assert found.done == frozenset()


async def test_each_step_is_ticked_by_what_is_there(session: AsyncSession) -> None:
    await factories.campaign(session, VAULT, 3)
    done = (await checklist.read(session, NOBODY)).done
    assert done == {Step.CHANNEL, Step.TEMPLATES, Step.CAMPAIGN}
    await factories.people(session, 12, "More")
    await session.execute(text("UPDATE contacts SET source = 'import'"))
    assert Step.CONTACTS in (await checklist.read(session, NOBODY)).done
    await session.execute(text("UPDATE contacts SET source = 'demo'"))
    assert Step.CONTACTS not in (await checklist.read(session, NOBODY)).done


async def test_a_message_of_one_s_own_is_not_a_campaign_s(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 3)
    contact_id = (await session.execute(text("SELECT id FROM contacts LIMIT 1"))).scalar_one()
    await session.execute(
        text(
            "INSERT INTO conversations (id, channel_id, contact_id) VALUES (:id, :channel, :contact)"
        ),
        {"id": new_id(), "channel": campaign.channel_id, "contact": contact_id},
    )
    await message(session, campaign.channel_id, contact_id, "received")
    assert Step.OWN_MESSAGE not in (await checklist.read(session, NOBODY)).done
    await message(session, campaign.channel_id, contact_id, "delivered")
    assert Step.OWN_MESSAGE in (await checklist.read(session, NOBODY)).done
