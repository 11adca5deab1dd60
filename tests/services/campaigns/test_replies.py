"""A campaign's message is in its recipient's thread; the reply counts once and reaches its agent."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.actors import SYSTEM
from domain.ids import new_id
from domain.messages import MessageState
from domain.permissions import Role
from services import users
from services.campaigns import report
from services.messages.views import view
from services.receiving.intake import Intake
from services.receiving.process import process
from store import conversations, messages
from store.sending import claims, outcomes
from store.sending.claims import Sendable
from store.sending.outcomes import Outcome
from tests import factories
from tests.factories import LaunchedCampaign
from tests.services.test_receiving import message


async def sent_to_one(state: AppState) -> tuple[LaunchedCampaign, Sendable, UUID]:
    """A campaign with one accepted message, and its recipient."""
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 2)
        taken = await claims.claim_fresh(session, campaign.span, 0, [new_id(), new_id()], "a/1")
        sent = taken.items[0]
        accepted = MessageState.ACCEPTED
        await outcomes.record(
            session, [Outcome(sent.message_id, 1, accepted, datetime.now(UTC), wamid="wamid.out")]
        )
        query = text("SELECT contact_id FROM messages WHERE id = :id")
        contact_id = await session.scalar(query, {"id": sent.message_id})
    assert contact_id is not None
    return campaign, sent, contact_id


async def answered(state: AppState, sent: Sendable, *numbers: int) -> None:
    """The person writes back."""
    phone = sent.phone.removeprefix("+")
    value = {
        "metadata": {"phone_number_id": factories.PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": "Mara"}, "wa_id": phone}],
        "messages": [message(number) | {"from": phone} for number in numbers],
    }
    entry = {"id": factories.WABA_ID, "changes": [{"field": "messages", "value": value}]}
    delivery = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    await Intake(state.sessions).keep(delivery, None)
    async with state.sessions.begin() as session:
        await process(session)


async def test_a_reply_is_counted_and_stands_below_the_message(state: AppState) -> None:
    campaign, sent, contact_id = await sent_to_one(state)
    await answered(state, sent, 1, 2)
    async with state.sessions() as session:
        assert (await report.one(session, campaign.id)).progress.replied == 1
        thread = await messages.thread(session, campaign.channel_id, contact_id, limit=10)
        shown = [view(record) for record in thread]
    assert [item.text for item in shown[:2]] == ["Hello 2", "Hello 1"]
    assert shown[2].campaign_name == "Spring"
    assert shown[2].text == f"Hi {sent.variables[0]}, your order is ready."


@pytest.mark.parametrize(
    ("before", "active", "after"),
    [(None, True, "Ana"), ("Ben", True, "Ben"), (None, False, None)],
    ids=["nobody had it", "somebody had it", "the person left the team"],
)
async def test_a_reply_goes_to_whom_the_campaign_says(
    state: AppState, before: str | None, active: bool, after: str | None
) -> None:
    campaign, sent, contact_id = await sent_to_one(state)
    async with state.sessions.begin() as session:
        team = {}
        for name in ("Ana", "Ben"):
            email = f"{name.lower()}@example.com"
            person, _ = await users.create(session, SYSTEM, email=email, name=name, role=Role.AGENT)
            team[name] = person.id
        await session.execute(
            text("UPDATE campaigns SET replies_to_id = :ana"), {"ana": team["Ana"]}
        )
        await session.execute(
            text("UPDATE users SET is_active = :active WHERE id = :ana"),
            {"ana": team["Ana"], "active": active},
        )
        if before:
            await conversations.ensure(session, campaign.channel_id, contact_id, team[before])
    await answered(state, sent, 1)
    async with state.sessions() as session:
        thread = await conversations.id_of(session, campaign.channel_id, contact_id)
        assert thread is not None
        found = await conversations.get(session, thread)
    assert found is not None
    assert found.assignee_id == (team[after] if after else None)
