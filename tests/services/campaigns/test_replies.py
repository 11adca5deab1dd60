"""A campaign's message is in the thread of its recipient with its text, and the answer to it counts once."""

from datetime import UTC, datetime

import orjson
from sqlalchemy import text

from api.state import AppState
from domain.ids import new_id
from domain.messages import MessageState
from services.campaigns import report
from services.messages.views import view
from services.receiving.intake import Intake
from services.receiving.process import process
from store import messages
from store.sending import claims, outcomes
from store.sending.outcomes import Outcome
from tests import factories
from tests.services.test_receiving import message


async def test_a_reply_is_counted_and_stands_below_the_message(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 2)
        taken = await claims.claim_fresh(
            session, campaign.span, 0, [new_id(), new_id()], "a/1", marketing=False
        )
        sent = taken.items[0]
        accepted = MessageState.ACCEPTED
        await outcomes.record(
            session, [Outcome(sent.message_id, 1, accepted, datetime.now(UTC), wamid="wamid.out")]
        )
        query = text("SELECT contact_id FROM messages WHERE id = :id")
        contact_id = await session.scalar(query, {"id": sent.message_id})
    assert contact_id is not None
    phone = sent.phone.removeprefix("+")
    replies = [message(number) | {"from": phone} for number in (1, 2)]
    value = {
        "metadata": {"phone_number_id": factories.PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": "Mara"}, "wa_id": phone}],
        "messages": replies,
    }
    entry = {"id": factories.WABA_ID, "changes": [{"field": "messages", "value": value}]}
    delivery = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    await Intake(state.sessions).keep(delivery, None)
    async with state.sessions.begin() as session:
        await process(session)
    async with state.sessions() as session:
        assert (await report.one(session, campaign.id)).progress.replied == 1
        thread = await messages.thread(session, campaign.channel_id, contact_id, limit=10)
        shown = [view(record) for record in thread]
    assert [item.text for item in shown[:2]] == ["Hello 2", "Hello 1"]
    assert shown[2].campaign_name == "Spring"
    assert shown[2].text == f"Hi {sent.variables[0]}, your order is ready."
