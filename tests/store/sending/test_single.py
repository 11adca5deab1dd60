"""One message under its lock: what the gate and the sender see of it, and which of them wait to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from services.vault import Vault, new_key
from store.sending import single
from store.sending.single import SingleMessage
from tests import factories, threads
from tests.store import races
from tests.store.races import Sessions
from tests.threads import Thread

NAMED = {"name": "restock_coffee", "language": {"code": "en_US"}}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Given:
    """A template message and what we hold of its template."""

    category: str | None = "MARKETING"
    payload: Mapping[str, Any] | None = None
    change: str = "SELECT 1"
    onboarded: bool = False


async def _thread(session: AsyncSession, **more: Any) -> Thread:
    return await threads.only_thread(session, Vault([new_key()]), **more)


async def _queued(session: AsyncSession, on: Thread, **columns: Any) -> UUID:
    values = {"state": "queued", "wamid": None, **columns}
    state = values.pop("state")
    return await threads.sent(session, on, state, **values)


async def _locked(session: AsyncSession, message_id: UUID) -> SingleMessage:
    found = await single.lock(session, message_id)
    assert found is not None
    return found


async def _template(session: AsyncSession, given: Given, window: timedelta | None) -> SingleMessage:
    on = await _thread(session, window=window)
    if given.category is not None:
        await factories.template(session, category=given.category)
    await session.execute(text(given.change))
    await session.execute(text("UPDATE channels SET marketing_api = :on"), {"on": given.onboarded})
    content = {"type": "template", "template": given.payload or NAMED}
    message_id = await threads.message(
        session, on, direction="out", origin="api", kind="template", state="queued", payload=content,
        wamid=None,
    )  # fmt: skip
    return await _locked(session, message_id)


@pytest.mark.parametrize(
    ("given", "marketing", "through_marketing_api"),
    [
        (Given(), True, False),
        (Given(onboarded=True), True, True),
        (Given("UTILITY", onboarded=True), False, False),
        (Given(None, onboarded=True), False, False),  # not ours: WhatsApp's to judge
        (Given(payload={"name": "restock_coffee", "language": {"code": "de"}}), False, False),
        (Given(payload={"name": "restock_coffee"}), False, False),
        (Given(payload={"name": None, "language": {"code": "en_US"}}), False, False),
        (Given(change="UPDATE templates SET waba_id = 'of another account'"), False, False),
    ],
)
async def test_a_template_is_what_its_own_account_calls_it_now(
    session: AsyncSession, given: Given, marketing: bool, through_marketing_api: bool
) -> None:
    found = await _template(session, given, None)
    assert (found.marketing, found.marketing_api) == (marketing, through_marketing_api)
    assert found.counts  # whatever it is, it opens a conversation


@pytest.mark.parametrize(
    ("window", "counts"), [(None, True), (-SECOND, True), (timedelta(minutes=1), False)]
)
async def test_only_what_opens_a_conversation_counts_against_the_budget(
    session: AsyncSession, window: timedelta | None, counts: bool
) -> None:
    assert (await _template(session, Given("UTILITY"), window)).counts is counts


async def test_a_text_never_counts_and_needs_an_open_window(session: AsyncSession) -> None:
    on = await _thread(session, window=-SECOND)
    found = await _locked(session, await _queued(session, on))
    assert (found.counts, found.refusal, found.marketing) == (False, "window_closed", False)
    await session.execute(text("UPDATE conversations SET window_expires_at = 'infinity'"))
    assert (await _locked(session, found.id)).refusal is None


async def test_a_person_who_is_gone_leaves_a_message_without_an_address(
    session: AsyncSession,
) -> None:
    on = await _thread(session)
    message_id = await _queued(session, on)
    await session.execute(text("DELETE FROM contacts"))
    found = await _locked(session, message_id)
    assert (found.phone, found.bsuid, found.refusal) == (None, None, "contact_deleted")


async def test_what_is_gone_cannot_be_locked(session: AsyncSession) -> None:
    assert await single.lock(session, new_id()) is None


async def test_a_second_sender_waits_and_finds_it_claimed(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        message_id = await _queued(session, await _thread(session))

    async def claim(session: AsyncSession) -> bool:
        found = await _locked(session, message_id)
        if found.state == "queued":
            await single.claim(session, message_id, "me")
        return found.state == "queued"

    assert sorted(await races.at_once(sessions, *(claim for _ in range(5)))) == [False] * 4 + [True]
    async with sessions() as session:
        attempt = text("SELECT attempt FROM messages")
        assert await session.scalar(attempt) == 1


async def test_a_refusal_says_why_and_since_when(session: AsyncSession) -> None:
    message_id = await _queued(session, await _thread(session))
    await single.refuse(session, message_id, "opted_out")
    row = text(
        "SELECT state, error_detail, attempt, failed_at > now() - interval '1 minute' FROM messages"
    )
    assert tuple((await session.execute(row)).one()) == ("refused", "opted_out", 0, True)


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        ({}, True),
        ({"state": "'sending'"}, True),  # its sender may have died
        ({"state": "'accepted'"}, False),
        ({"state": "'unknown'"}, False),
        ({"state": "'refused'"}, False),
        ({"direction": "'in'", "state": "'received'"}, False),
        ({"created_at": "now() - interval '1 second'"}, False),  # its activity has just begun
        ({"created_at": "now() - interval '47 hours'"}, True),
        ({"created_at": "now() - interval '49 hours'"}, False),  # too late to be an answer
        ({"next_try_at": "clock_timestamp() + interval '10 seconds'"}, False),
        ({"next_try_at": "clock_timestamp() - interval '1 second'"}, True),
    ],
)
async def test_messages_that_nobody_sends_are_found_in_their_time(
    session: AsyncSession, change: dict[str, str], waits: bool
) -> None:
    on = await _thread(session)
    message_id = await _queued(session, on)
    sets = {"created_at": "now() - interval '11 seconds'", **change}
    await session.execute(
        text(f"UPDATE messages SET {', '.join(f'{k} = {v}' for k, v in sets.items())}")
    )
    assert await single.waiting(session, 10) == ([message_id] if waits else [])


async def test_the_oldest_that_wait_come_first(session: AsyncSession) -> None:
    on = await _thread(session)
    ids = [await _queued(session, on) for _ in range(4)]
    await session.execute(text("UPDATE messages SET created_at = now() - interval '1 minute'"))
    assert await single.waiting(session, 3) == ids[:3]
