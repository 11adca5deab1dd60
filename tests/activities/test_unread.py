"""Marketing never overtakes an unread STOP, even if its reader died, hangs or is far behind."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import unread, webhooks
from activities.campaigns import send
from activities.campaigns.send import CampaignSending, SendSpan
from activities.dependencies import Dependencies
from activities.messages import MessageSending, SendMessage
from activities.webhooks import Drain
from domain.ids import new_id
from domain.limits import Lane
from services.receiving.intake import Intake
from services.sending import single
from services.sending.claim import claim_fresh
from store import slots
from store.receiving import deliveries
from store.sending.claims import Taken
from store.slots import Rate
from tests import factories
from tests.activities.conftest import Phone
from tests.deliveries import as_bytes, envelope, message, value
from tests.eventually import eventually, never
from tests.factories import LaunchedCampaign
from whatsapp import leases

pytestmark = pytest.mark.fault("A5")

Sessions = async_sessionmaker[AsyncSession]
FIRST = "34600000000"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like a worker that has been running for a while, only faster."""
    monkeypatch.setattr(webhooks, "STANDS_IN_S", 0.0)
    monkeypatch.setattr(webhooks, "LOOKS_EVERY_S", 0.01)
    monkeypatch.setattr(unread, "LOOKS_EVERY_S", 0.0)
    monkeypatch.setattr(unread, "LOOKS_AGAIN_S", 0.0)
    monkeypatch.setattr(send, "LONGEST_NAP_S", 0.02)


async def _campaign(needs: Dependencies, phone: Phone, count: int, **more: Any) -> LaunchedCampaign:
    async with needs.sessions.begin() as session:
        return await factories.campaign(session, needs.vault, count, api_url=phone.url, **more)


async def _writes(sessions: Sessions, words: str, *, digits: str = FIRST, age_s: int = 0) -> None:
    """A message received some seconds ago is not processed yet."""
    person = {"from": digits, "from_user_id": f"ES.{digits}", "text": {"body": words}}
    body = as_bytes(envelope(("messages", value(messages=[message("text", digits) | person]))))
    await Intake(sessions).keep(body, None)
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE webhook_events SET received_at = now() - make_interval(secs => :age)"
                 " WHERE state = 'waiting' AND received_at > now() - interval '1 second'"),
            {"age": age_s},
        )  # fmt: skip


def _send(needs: Dependencies, launched: LaunchedCampaign) -> asyncio.Task[Any]:
    request = SendSpan(launched.id, 1, launched.total)
    run = ActivityEnvironment().run(CampaignSending(needs).send_span, request)
    return asyncio.ensure_future(run)


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _waiting(sessions: Sessions) -> int:
    async with sessions() as session:
        found = "SELECT count(*) FROM webhook_events WHERE state = 'waiting'"
        return int((await session.execute(text(found))).scalar_one())


async def _refusal(sessions: Sessions) -> str:
    """Why the only template was not sent."""
    refused = "SELECT error_detail FROM messages WHERE kind = 'template' AND state = 'refused'"
    async with sessions() as session:
        return str((await session.execute(text(refused))).scalar_one())


async def test_what_waits_for_too_long_is_read_by_whoever_sends(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    """The worker with the drain died a moment ago; Temporal has not noticed."""
    launched = await _campaign(needs, phone, 30, category="MARKETING")
    await _writes(sessions, "STOP", age_s=3)
    sending = _send(needs, launched)
    standing_in = asyncio.create_task(Drain(needs).stand_in())
    await asyncio.wait_for(sending, 20)
    await _end(standing_in)
    assert sorted(await phone.accepted()) == [str(int(FIRST) + n) for n in range(1, 30)]


async def test_what_came_just_now_is_left_to_the_drain(
    needs: Dependencies, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await factories.channel(session, needs.vault)
    await _writes(sessions, "Hello")
    standing_in = asyncio.create_task(Drain(needs).stand_in())

    async def taken() -> bool:
        return await _waiting(sessions) != 1

    await never(taken, "the stand-in takes what the drain has not had time for", during=0.2)
    await _end(standing_in)


async def test_marketing_waits_while_a_stop_is_held_by_a_reader_that_hangs(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 30, category="MARKETING")
    await _writes(sessions, "STOP", age_s=3)
    drain = Drain(needs)
    async with sessions() as hangs:
        assert len(await deliveries.claim(hangs, 20)) == 1
        sending = _send(needs, launched)
        standing_in = asyncio.create_task(drain.stand_in())
        # People who write in the meantime are heard, despite the other's locks.
        await _writes(sessions, "BAJA", digits=str(int(FIRST) + 1), age_s=3)

        async def only_one() -> bool:
            return await _waiting(sessions) == 1

        await eventually(only_one, "everything but what the other holds is read")
        assert await phone.accepted() == []
        assert not sending.done()
    await asyncio.wait_for(sending, 20)
    await _end(standing_in)
    assert sorted(await phone.accepted()) == [str(int(FIRST) + n) for n in range(2, 30)]


async def test_other_messages_wait_for_nothing(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 5)
    await _writes(sessions, "STOP", age_s=3)
    await asyncio.wait_for(_send(needs, launched), 20)
    assert len(await phone.accepted()) == 5


async def test_a_delivery_that_cannot_get_through_holds_nobody_up_for_ever(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 5, category="MARKETING")
    await _writes(sessions, "Hello", age_s=3)
    async with sessions() as session:
        [stuck] = await session.scalars(text("SELECT id FROM webhook_events"))
    needs.unread.standing_by[stuck] = float("inf")
    await asyncio.wait_for(_send(needs, launched), 20)
    assert len(await phone.accepted()) == 5


async def test_what_another_worker_may_read_by_now_is_waited_for_again(
    needs: Dependencies, sessions: Sessions
) -> None:
    """A worker that does not read removes nothing either."""
    async with sessions.begin() as session:
        await factories.channel(session, needs.vault)
    await _writes(sessions, "STOP", age_s=3)
    async with sessions() as session:
        [stuck] = await session.scalars(text("SELECT id FROM webhook_events"))
    needs.unread.standing_by[stuck] = time.monotonic() + 60
    assert not await needs.unread.too_long(needs.statements)
    needs.unread.standing_by[stuck] = time.monotonic()
    assert await needs.unread.too_long(needs.statements)


@pytest.mark.fault("D1")
async def test_marketing_that_was_claimed_before_a_freeze_asks_again(
    needs: Dependencies, phone: Phone, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others process the STOP while the sender is frozen between claim and request."""
    launched = await _campaign(needs, phone, 1, category="MARKETING")
    real, now, asleep = claim_fresh, leases.now, 0.0

    async def claims_and_freezes(*arguments: Any) -> Taken:
        nonlocal asleep
        taken = await real(*arguments)
        asleep = 5.0
        await _writes(sessions, "STOP")
        await Drain(needs).catch_up(asyncio.Event())
        return taken

    monkeypatch.setattr(send, "claim_fresh", claims_and_freezes)
    monkeypatch.setattr(leases, "now", lambda: now() + asleep)
    await asyncio.wait_for(_send(needs, launched), 20)
    assert await phone.accepted() == []
    assert await _refusal(sessions) == "opted_out"


async def _offer(needs: Dependencies, phone: Phone) -> SendMessage:
    """One marketing template, by the API."""
    async with needs.sessions.begin() as session:
        channel_id = await factories.channel(session, needs.vault, api_url=phone.url)
        await factories.template(session, category="MARKETING")
        await factories.people(session, 1)
        name = (await session.execute(text("SELECT name, language FROM templates"))).one()
        offer = new_id()
        await session.execute(
            text("""
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload)
SELECT :id, :channel, id, 'out', 'api', 'template', 'queued', '', jsonb_build_object('type', 'template',
    'template', jsonb_build_object('name', CAST(:name AS text),
        'language', jsonb_build_object('code', CAST(:language AS text))))
FROM contacts"""),
            {"id": offer, "channel": channel_id, "name": name.name, "language": name.language},
        )  # fmt: skip
    return SendMessage(offer)


async def test_a_single_offer_waits_too(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    offer = await _offer(needs, phone)
    await _writes(sessions, "STOP", age_s=3)
    sending = MessageSending(needs)
    with pytest.raises(ApplicationError, match="try_again"):
        await ActivityEnvironment().run(sending.send, offer)
    await Drain(needs).catch_up(asyncio.Event())
    assert await ActivityEnvironment().run(sending.send, offer) == "settled"
    assert await _refusal(sessions) == "opted_out"
    assert await phone.accepted() == []


async def test_a_single_offer_is_claimed_when_its_turn_has_come(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    """The number is booked for seconds; the STOP comes while the offer waits for its slot."""
    offer = await _offer(needs, phone)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE channels SET throughput = 20"))
        key = slots.channel_key(await session.scalar(text("SELECT id FROM channels")))
        for _ in range(40):
            await slots.reserve(session, [Rate(key, 20)], 1, Lane.INTERACTIVE.value)
    sending = asyncio.ensure_future(ActivityEnvironment().run(MessageSending(needs).send, offer))
    await never(sending.done, "the offer leaves before its turn", during=0.1)
    await _writes(sessions, "STOP")
    await Drain(needs).catch_up(asyncio.Event())
    assert await asyncio.wait_for(sending, 20) == "settled"
    assert await _refusal(sessions) == "opted_out"
    assert await phone.accepted() == []


@pytest.mark.fault("D1")
async def test_a_single_offer_that_was_claimed_before_a_freeze_asks_again(
    needs: Dependencies, phone: Phone, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = await _offer(needs, phone)
    real, now, asleep = single.claim, leases.now, 0.0

    async def claims_and_freezes(*arguments: Any, **named: Any) -> Any:
        nonlocal asleep
        claimed = await real(*arguments, **named)
        asleep = 5.0
        return claimed

    monkeypatch.setattr(single, "claim", claims_and_freezes)
    monkeypatch.setattr(leases, "now", lambda: now() + asleep)
    sending = MessageSending(needs)
    with pytest.raises(ApplicationError, match="try_again"):
        await ActivityEnvironment().run(sending.send, offer)
    monkeypatch.undo()
    await _writes(sessions, "STOP")
    await Drain(needs).catch_up(asyncio.Event())
    assert await ActivityEnvironment().run(sending.send, offer) == "settled"
    assert await _refusal(sessions) == "opted_out"
    assert await phone.accepted() == []


@pytest.mark.fault("D1")
async def test_what_a_reader_that_hangs_holds_is_freed_soon(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await deliveries.by_index(session)
        found = await session.scalar(
            text("SELECT current_setting('idle_in_transaction_session_timeout')")
        )
    assert found == "10s"


async def test_standing_in_outlives_what_nobody_thought_of(
    needs: Dependencies, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sessions.begin() as session:
        await factories.channel(session, needs.vault)
    drain, failed = Drain(needs), asyncio.Event()

    async def fails() -> None:
        failed.set()
        raise KeyError

    with monkeypatch.context() as broken:
        broken.setattr(drain._taker, "take", fails)
        await _writes(sessions, "STOP", age_s=3)
        standing_in = asyncio.create_task(drain.stand_in())
        await asyncio.wait_for(failed.wait(), 20)

    async def all_read() -> bool:
        return not await _waiting(sessions)

    await eventually(all_read, "the stand-in goes on after its fault")
    await _end(standing_in)


async def test_what_nobody_knows_counts_as_waiting(
    needs: Dependencies, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the database says, standing in continues."""
    standing_in = asyncio.create_task(Drain(needs).stand_in())
    assert not await needs.unread.too_long(needs.statements)
    monkeypatch.setattr(deliveries, "_OVERDUE", text("SELECT 1 / 0"))
    assert await needs.unread.too_long(needs.statements)
    await never(standing_in.done, "the standing-in ends with a fault of the database", during=0.1)
    monkeypatch.undo()
    await _end(standing_in)
