"""CANCEL, END and the like stop marketing only when they answer marketing."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messages import MessageState
from services.vault import Vault, new_key
from store.sending import claims, outcomes
from tests import factories
from tests.services.consents import opted_out, said, take, written

pytestmark = pytest.mark.fault("A5")

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


async def reached(session: AsyncSession, category: str) -> str:
    """A campaign reached somebody an hour ago; their number."""
    launched = await factories.campaign(session, Vault([new_key()]), 1, category=category)
    taken = await claims.claim_fresh(session, launched.span, 0, [UUID(int=7)], "a/1")
    [item] = taken.items
    sent = outcomes.Outcome(item.message_id, 1, MessageState.ACCEPTED, ago(60), wamid="wamid.C")
    await outcomes.record(session, [sent])
    return item.phone.removeprefix("+")


async def answer(session: AsyncSession, phone: str, word: str, quoted: str | None = None) -> bool:
    """Whether that stopped marketing."""
    more = {"context": {"id": quoted}} if quoted else {}
    await take(session, said(written(word, ago(1), f"w.{word}") | {"from": phone} | more))
    return await opted_out(session, phone) is not None


@pytest.mark.parametrize(
    "word",
    [
        "CANCEL",
        "End.",
        "cancel please",
        "Cancelar",
        "annuler svp",
        "取消",
        "إلغاء",
        "Hủy",
        "kündigen",
    ],
)
async def test_they_stop_as_an_answer_to_marketing(session: AsyncSession, word: str) -> None:
    phone = await reached(session, "MARKETING")
    assert await answer(session, phone, word)
    confirmed = "SELECT count(*) FROM messages WHERE client_id LIKE 'stopped:%'"
    assert await session.scalar(text(confirmed)) == 1


@pytest.mark.parametrize(
    "word", ["cancel my order", "fine", "the end", "yes", "can you cancel it?"]
)
async def test_sentences_do_not(session: AsyncSession, word: str) -> None:
    phone = await reached(session, "MARKETING")
    assert not await answer(session, phone, word)


async def test_an_answer_to_a_reminder_does_not(session: AsyncSession) -> None:
    phone = await reached(session, "UTILITY")
    assert not await answer(session, phone, "CANCEL")
    assert not await answer(session, phone, "END", quoted="wamid.C")
    assert await answer(session, phone, "STOP")


async def test_what_somebody_never_got_is_answered_by_nobody(session: AsyncSession) -> None:
    phone = await reached(session, "MARKETING")
    assert not await answer(session, "34611000999", "CANCEL")
    await session.execute(text("UPDATE messages SET accepted_at = NULL"))
    assert not await answer(session, phone, "CANCEL")


async def test_after_a_word_of_the_team_only_a_quote_of_marketing_does(
    session: AsyncSession,
) -> None:
    phone = await reached(session, "MARKETING")
    await session.execute(
        text("""
        INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body,
            accepted_at)
        SELECT CAST(:id AS uuid), channel_id, contact_id, 'out', 'inbox', 'text', 'sent',
            'Shall we come on Monday?', now() FROM messages LIMIT 1"""),
        {"id": str(UUID(int=8))},
    )
    assert not await answer(session, phone, "CANCEL")
    assert await answer(session, phone, "END", quoted="wamid.C")
