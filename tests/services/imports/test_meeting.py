"""A number turns out to be somebody's while an import adds it: briefly two contacts, then one person."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services import clock, maintenance
from services.imports import execute, run
from store.imports import people as staged
from tests.services.contacts.test_identity import (
    FIRST,
    NEW,
    OLD,
    OTHER,
    Sessions,
    body,
    deliver,
    people,
    read,
    said,
    value,
)
from tests.services.imports.uploads import uploaded

pytestmark = [pytest.mark.fault("A1"), pytest.mark.fault("A5")]

STOPPED = "SELECT phone_key FROM contacts WHERE marketing_opt_out_at IS NOT NULL"


async def ana(sessions: Sessions) -> None:
    """Somebody who stopped marketing, written to at the newer of her numbers."""
    stop = said(NEW, FIRST, at=50, text={"body": "STOP"})
    await deliver(sessions, body(value(messages=[stop])))


async def learned(sessions: Sessions) -> None:
    """Her older number turns out to be hers as well."""
    await deliver(sessions, body(value(messages=[said(OLD, FIRST, at=20)])))


async def test_an_import_under_way_adds_nobody_twice(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ana(sessions)
    recognise = staged.recognise

    async def looked(session: AsyncSession) -> None:
        await recognise(session)
        await learned(sessions)  # between its look and its commit

    monkeypatch.setattr(staged, "recognise", looked)
    async with sessions.begin() as session:
        file = f"Phone,Name\n+{OLD},Ana Ruiz\n+{OTHER},Bo\n".encode()
        record = await uploaded(session, file, tmp_path)
        await run.start(session, record.id)
    await execute.execute(sessions, record.id, data_dir=tmp_path, beat=lambda _done, _total: None)
    assert [(key, user) for key, user, _ in await people(sessions)] == [(NEW, FIRST), (OTHER, None)]
    assert [row.phone_key for row in await read(sessions, STOPPED)] == [NEW]
    [row] = await read(sessions, "SELECT name FROM contacts WHERE bsuid IS NOT NULL")
    assert row.name == "Ana Ruiz"


async def test_two_contacts_with_one_number_meet_within_the_hour(sessions: Sessions) -> None:
    await ana(sessions)
    async with sessions.begin() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            f"""INSERT INTO contacts (id, phone, phone_key, source)
            VALUES (gen_random_uuid(), '+{OLD}', '{OLD}', 'campaign')"""
        )
        await learned(sessions)
    assert len(await people(sessions)) == 2
    async with sessions.begin() as session:
        await maintenance.settle_merges(session, clock.now())
    assert await people(sessions) == [(NEW, FIRST, 3)]
    assert [row.phone_key for row in await read(sessions, STOPPED)] == [NEW]
    async with sessions.begin() as session:  # and nothing is left to do
        await maintenance.settle_merges(session, clock.now())
    assert await people(sessions) == [(NEW, FIRST, 3)]


async def test_a_number_somebody_left_is_anybodys(sessions: Sessions) -> None:
    notice = said(OLD, at=100, type="system", system={
        "type": "user_changed_number", "wa_id": NEW, "user_id": FIRST, "previous_user_id": "ES.0"})  # fmt: skip
    await deliver(sessions, body(value(messages=[said(OLD, "ES.0", at=10), notice])))
    await deliver(sessions, body(value(messages=[said(OLD, at=200)])))
    before = await people(sessions)
    assert len(before) == 2
    async with sessions.begin() as session:
        await maintenance.settle_merges(session, clock.now())
    assert await people(sessions) == before
