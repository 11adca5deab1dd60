"""One message from the inbox, the API or an automation: claimed once, in turn, or refused with a reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.ids import new_id
from domain.limits import PAIR_BURST, PAIR_PER_SECOND, Lane
from services.sending import single
from services.sending.single import DeletionWaits, NewsWait, SingleClaim
from services.vault import Vault
from store import leaving
from store.tables.contacts import ContactRow
from tests import factories, threads
from tests.threads import Thread
from whatsapp.edges import MARKETING_MESSAGES, MESSAGES

SECOND = timedelta(seconds=1)
TEXT = {"type": "text", "text": {"body": "Hi"}}


async def _queued(session: AsyncSession, on: Thread, category: str = "", **columns: Any) -> UUID:
    """A text, or a template of a category."""
    payload: dict[str, Any] = TEXT
    if category:
        name = f"t{new_id().hex}"
        await factories.template(session, name=name, category=category)
        payload = {"type": "template", "template": {"name": name, "language": {"code": "en_US"}}}
    values: dict[str, Any] = {
        "direction": "out", "origin": "api", "state": "queued", "kind": payload["type"],
        "payload": payload, "wamid": None,
    }  # fmt: skip
    return await threads.message(session, on, **(values | columns))


async def _claim(session: AsyncSession, vault: Vault, message_id: UUID) -> SingleClaim:
    claim = await single.claim(session, vault, message_id, "me")
    assert isinstance(claim, SingleClaim)
    return claim


async def _row(session: AsyncSession, message_id: UUID) -> tuple[str, str | None, int]:
    asked = text("SELECT state, error_detail, attempt FROM messages WHERE id = :id")
    state, why, attempt = (await session.execute(asked, {"id": message_id})).one()
    return state, why, attempt


async def test_a_claim_puts_the_attempt_on_record_and_says_what_to_post(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    message = await _queued(session, thread, reply_to="wamid.asked")
    claim = await _claim(session, vault, message)
    assert await _row(session, message) == ("sending", None, 1)
    assert (claim.edge, claim.post.attempt, claim.delay) == (MESSAGES, 1, timedelta(0))
    assert claim.account.access_token == "EAA-simulator-token"
    contact = await session.get(ContactRow, thread.contact_id)
    assert contact is not None
    quoted = {"context": {"message_id": "wamid.asked"}}
    assert claim.post.content == {"to": contact.phone, **quoted, **TEXT}
    assert await single.claim(session, vault, message, "me") is None  # on its way


async def test_who_has_no_number_is_written_to_by_their_user_id(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    hide = text("UPDATE contacts SET phone = NULL, phone_key = NULL, bsuid = 'ES.1'")
    await session.execute(hide)
    claim = await _claim(session, vault, await _queued(session, thread))
    assert claim.post.content == {"recipient": "ES.1", **TEXT}


@pytest.mark.parametrize(
    ("category", "onboarded", "edge"),
    [("MARKETING", True, MARKETING_MESSAGES), ("MARKETING", False, MESSAGES), ("UTILITY", True, MESSAGES)],
)  # fmt: skip
async def test_marketing_takes_its_own_api_where_the_account_has_it(
    session: AsyncSession, vault: Vault, thread: Thread, category: str, onboarded: bool, edge: str
) -> None:
    await session.execute(text("UPDATE channels SET marketing_api = :on"), {"on": onboarded})
    claim = await _claim(session, vault, await _queued(session, thread, category))
    assert (claim.edge, claim.post.late_again) == (edge, category == "MARKETING")


async def test_what_a_dead_sender_left_is_in_doubt(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    message = await _queued(session, thread, state="sending", attempt=1, claimed_by="dead")
    assert await single.claim(session, vault, message, "me") is None
    assert await _row(session, message) == ("unknown", "sender_died", 1)


async def test_nothing_goes_to_whom_somebody_deletes_until_that_is_decided(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    message = await _queued(session, thread)
    mine = ContactRow.id == thread.contact_id
    after = timedelta(seconds=10)
    deletion, _ = await leaving.note_contacts(session, SYSTEM, mine, after, contact_id=None)
    with pytest.raises(DeletionWaits):
        await single.claim(session, vault, message, "me")
    assert (await _row(session, message))[0] == "queued"
    await leaving.forget(session, deletion)
    await _claim(session, vault, message)


@pytest.mark.parametrize(("category", "waits"), [("MARKETING", True), ("UTILITY", False), ("", False)])  # fmt: skip
async def test_only_marketing_waits_for_what_people_wrote(
    session: AsyncSession, vault: Vault, thread: Thread, category: str, waits: bool
) -> None:
    message = await _queued(session, thread, category)
    if waits:
        with pytest.raises(NewsWait):
            await single.claim(session, vault, message, "me", news_wait=True)
        assert (await _row(session, message))[0] == "queued"
    else:
        claim = await single.claim(session, vault, message, "me", news_wait=True)
        assert isinstance(claim, SingleClaim)


async def test_one_person_is_written_to_as_often_as_whatsapp_lets_one_number(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    """A burst, a few more booked ahead of their time, and then the rest have to try again."""
    booked = []
    for _ in range(2 * PAIR_BURST):
        message = await _queued(session, thread)
        booked.append(await single.claim(session, vault, message, "me"))
        if isinstance(booked[-1], timedelta):
            assert await _row(session, message) == ("queued", None, 0)
            break
    assert all(isinstance(one, SingleClaim) for one in booked[:-1])
    assert isinstance(booked[-1], timedelta)
    assert len(booked) > PAIR_BURST + Lane.INTERACTIVE.value * PAIR_PER_SECOND / SECOND


async def test_each_person_counts_once_a_day_and_answers_count_nothing(
    session: AsyncSession, vault: Vault, thread: Thread
) -> None:
    await session.execute(text("UPDATE portfolios SET messaging_limit = 1"))
    closed = await threads.thread(session, thread.channel_id, window=None)
    other = await threads.thread(session, thread.channel_id, window=None)
    await _claim(session, vault, await _queued(session, thread, "UTILITY"))
    for _ in range(2):
        await _claim(session, vault, await _queued(session, closed, "UTILITY"))
    spent = await _queued(session, other, "UTILITY")
    assert await single.claim(session, vault, spent, "me") is None
    assert await _row(session, spent) == ("refused", "budget_spent", 0)
    await _claim(session, vault, await _queued(session, thread))
