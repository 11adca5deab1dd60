"""Law 4: a delivery is durable before the 200, counts once however often it arrives, and never blocks others."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.receiving.intake import Intake
from services.receiving.process import process
from store.engine import create_engine, create_sessions
from store.receiving import deliveries
from tests import factories


def body(*messages: dict[str, Any], field: str = "messages", **more: Any) -> bytes:
    value = {
        "metadata": {"phone_number_id": factories.PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": "Mara"}, "wa_id": "34611222333"}],
        "messages": list(messages),
        **more,
    }
    entry = {"id": factories.WABA_ID, "changes": [{"field": field, "value": value}]}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


def message(number: int = 1, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    return {
        "from": "34611222333", "id": f"wamid.{number}", "timestamp": stamp, "type": "text",
        "text": {"body": f"Hello {number}"}, **more,
    }  # fmt: skip


async def _drain(sessions: async_sessionmaker[AsyncSession]) -> int:
    """Take everything; how many windows opened with it."""
    before = await _count(sessions, "journal WHERE kind = 'window.opened'")
    while True:
        async with sessions.begin() as session:
            done = await process(session)
        if not done.taken:
            return await _count(sessions, "journal WHERE kind = 'window.opened'") - before


async def _count(sessions: async_sessionmaker[AsyncSession], what: str) -> int:
    async with sessions() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


async def test_fifty_copies_at_once_make_one_message(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    intake = Intake(sessions)
    copy = body(message())
    await asyncio.gather(*[intake.keep(copy, None) for _ in range(50)])
    assert await _count(sessions, "webhook_events") == 1
    # The same message in another envelope is another delivery, and still one message.
    await intake.keep(body(message(), message(2)), None)
    await asyncio.gather(_drain(sessions), _drain(sessions))
    assert await _count(sessions, "messages") == 2
    assert await _count(sessions, "conversations WHERE unread = 2") == 1
    assert await _count(sessions, "contacts WHERE name = 'Mara'") == 1


async def test_replaying_everything_changes_nothing(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    await Intake(sessions).keep(body(message(), message(2)), None)
    await _drain(sessions)
    async with sessions() as session:
        before = (await session.execute(text("SELECT * FROM conversations"))).all()
    async with sessions.begin() as session:
        assert await deliveries.replay(session, 0, 10**6) == 1
    await _drain(sessions)
    async with sessions() as session:
        assert (await session.execute(text("SELECT * FROM conversations"))).all() == before
    assert await _count(sessions, "messages") == 2


async def test_poison_is_put_aside_and_its_neighbours_go_on(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    intake = Intake(sessions)
    for part in (body(message(1)), b"not json", b'{"entry": 3}', body(message(2))):
        await intake.keep(part, None)
    await _drain(sessions)
    assert await _count(sessions, "messages") == 2
    dead = "webhook_events WHERE state = 'dead' AND error = 'not_json'"
    assert await _count(sessions, dead) == 1
    aside = "webhook_objects WHERE state = 'aside' AND reason = 'not_a_webhook'"
    assert await _count(sessions, aside) == 1


async def test_the_database_being_away_is_told_to_the_caller(database_url: str) -> None:
    engine = create_engine(database_url.replace("whatsway_test", "gone"))
    with pytest.raises(Exception, match="does not exist"):
        await Intake(create_sessions(engine)).keep(b"x", None)
    await engine.dispose()


async def test_a_window_opens_once_and_moves_with_later_messages(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    intake = Intake(sessions)
    await intake.keep(body(message(1, at=now - timedelta(hours=2))), None)
    assert await _drain(sessions) == 1
    await intake.keep(body(message(2, at=now)), None)
    assert await _drain(sessions) == 0
    # A delayed older message never shortens the window, a reaction never opens or moves one.
    await intake.keep(body(message(3, at=now - timedelta(hours=1))), None)
    reaction = {"type": "reaction", "reaction": {"message_id": "w", "emoji": "x"}}
    await intake.keep(body(message(4, at=now + timedelta(minutes=5), **reaction)), None)
    assert await _drain(sessions) == 0
    async with sessions() as session:
        row = (await session.execute(text("SELECT * FROM conversations"))).one()
    assert row.window_opened_at == now - timedelta(hours=2)
    assert row.window_expires_at == now + timedelta(hours=24)
    assert row.unread == 3


async def test_a_stop_in_whatsapp_stops_marketing_and_resume_restores_it(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    intake = Intake(sessions)
    await intake.keep(body(message()), None)
    for number, value in enumerate(("stop", "resume", "stop")):
        wish = {"wa_id": "34611222333", "category": "marketing_messages", "value": value,
                "timestamp": 1790417100 + number}  # fmt: skip
        await intake.keep(body(field="user_preferences", user_preferences=[wish]), None)
        await _drain(sessions)
        stopped = await _count(sessions, "contacts WHERE marketing_opt_out_at IS NOT NULL")
        assert stopped == (value == "stop")


async def test_a_person_without_a_phone_is_kept_by_their_business_id(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    anonymous = message(1) | {"from": None, "from_user_id": "ES.4821"}
    await Intake(sessions).keep(body(anonymous, anonymous | {"id": "wamid.2"}), None)
    await _drain(sessions)
    assert await _count(sessions, "contacts WHERE bsuid = 'ES.4821' AND phone IS NULL") == 1
    assert await _count(sessions, "messages") == 2


async def test_numbers_that_are_not_ours_and_unknown_news_are_harmless(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    intake = Intake(sessions)
    foreign = orjson.loads(body(message()))
    foreign["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    await intake.keep(orjson.dumps(foreign), None)
    await intake.keep(body(field="brand_new_field"), None)
    await intake.keep(body(message(9, type="hologram", hologram={"deep": ["x\x00y"]})), None)
    await _drain(sessions)
    assert await _count(sessions, "webhook_events WHERE state = 'done'") == 3
    assert await _count(sessions, "messages WHERE kind = 'hologram'") == 1
