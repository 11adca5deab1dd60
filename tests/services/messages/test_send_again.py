"""Retrying: only what certainly did not arrive, and never twice."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.messages import MessageState
from services.messages import read
from services.messages.send_again import send_again
from tests import factories, threads
from tests.threads import AGENT, Thread


@pytest.mark.parametrize("state", ["failed", "rejected", "refused"])
async def test_a_failed_message_is_written_again_once(
    session: AsyncSession, thread: Thread, state: str
) -> None:
    asked = await threads.message(session, thread, wamid="wamid.asked")
    failed = await threads.sent(session, thread, state, body="Try me", reply_to="wamid.asked")
    assert (await read.one(session, failed)).retryable
    again = await send_again(session, AGENT, failed)
    assert (again.text, again.state) == ("Try me", MessageState.QUEUED)
    assert again.quoted is not None
    assert again.quoted.id == asked
    assert (await send_again(session, AGENT, failed)).id == again.id
    assert not (await read.one(session, failed)).retryable


@pytest.mark.parametrize("state", ["unknown", "queued", "sending", "accepted", "read"])
async def test_nothing_that_may_have_arrived_is_written_again(
    session: AsyncSession, thread: Thread, state: str
) -> None:
    message = await threads.sent(session, thread, state)
    with pytest.raises(Conflict, match="not failed"):
        await send_again(session, AGENT, message)
    assert not (await read.one(session, message)).retryable


async def test_a_retry_passes_the_gate(session: AsyncSession, thread: Thread) -> None:
    failed = await threads.sent(session, thread, "failed")
    await session.execute(
        text("UPDATE conversations SET window_expires_at = now() - interval '1 s'")
    )
    with pytest.raises(Conflict) as refused:
        await send_again(session, AGENT, failed)
    assert refused.value.code == "window_closed"


async def test_inbound_messages_are_not_sent(session: AsyncSession, thread: Thread) -> None:
    with pytest.raises(Conflict) as refused:
        await send_again(session, AGENT, await threads.message(session, thread))
    assert refused.value.code == "not_retryable"


@pytest.mark.parametrize("category", ["MARKETING", "UTILITY"])
async def test_an_offer_is_not_sent_again_to_who_stopped_offers_since(
    session: AsyncSession, thread: Thread, category: str
) -> None:
    await factories.template(session, category=category)
    template = {"name": "restock_coffee", "language": {"code": "en_US"}}
    payload = {"type": "template", "template": template}
    sent = {"direction": "out", "origin": "inbox", "state": "failed", "kind": "template"}
    failed = await threads.message(session, thread, payload=payload, **sent)
    await session.execute(text("UPDATE contacts SET marketing_opt_out_at = now()"))
    if category == "UTILITY":
        assert (await send_again(session, AGENT, failed)).state is MessageState.QUEUED
        return
    with pytest.raises(Conflict) as refused:
        await send_again(session, AGENT, failed)
    assert refused.value.code == "opted_out"
