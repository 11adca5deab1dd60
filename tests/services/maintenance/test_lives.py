"""Nothing grows for ever: every table has a stated life, and the clean-up removes what has expired."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.lives import LIVES, Ends, Life
from domain.webhooks import OBJECTS_KEPT
from services import maintenance
from services.vault import Vault, new_key
from store import processes
from store.tables.metadata import metadata
from tests import factories

pytestmark = pytest.mark.fault("C2")

NOW = datetime.now(UTC)
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


TABLES = [table for life in LIVES for table in life.tables]


def test_every_table_has_one_life() -> None:
    assert sorted(TABLES) == sorted(metadata.tables)


def test_the_documents_say_the_same() -> None:
    section = (
        OPERATIONS.read_text("utf-8").split("## What is kept for how long")[1].split("\n## ")[0]
    )
    shown = [line for line in section.splitlines() if line.startswith("| ")]
    assert shown[1:] == [life.line() for life in LIVES]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.tables[0])
def test_what_ends_a_table_is_there(life: Life) -> None:
    if life.ends is Ends.AGE:
        assert life.by
        for name in life.by:
            module, _, function = name.partition(":")
            assert callable(getattr(import_module(module), function))
    elif life.ends is Ends.PARENT:
        for table in life.tables:
            keys = metadata.tables[table].foreign_keys
            gone = {key.column.table.name for key in keys if key.ondelete == "CASCADE"}
            assert gone & set(life.by), table
    else:
        assert not life.by


async def _run(session: AsyncSession, statement: str, **parameters: Any) -> Any:
    return await session.execute(text(statement), parameters)


async def _left(session: AsyncSession, statement: str) -> list[Any]:
    return list((await session.scalars(text(statement))).all())


async def test_counts_of_deliveries_turned_away_end(session: AsyncSession) -> None:
    old, young = NOW - OBJECTS_KEPT - timedelta(hours=1), NOW - OBJECTS_KEPT + timedelta(hours=1)
    await _run(
        session,
        "INSERT INTO rejected_webhooks VALUES (:old, 'signature_wrong', 5), (:young, 'signature_wrong', 1)",
        old=old, young=young,
    )  # fmt: skip
    assert not await maintenance.purge_webhooks(session, NOW)
    assert await _left(session, "SELECT count FROM rejected_webhooks") == [1]


async def test_a_process_that_says_nothing_for_a_day_is_forgotten_by_those_that_do(
    session: AsyncSession,
) -> None:
    for hours in (25, 23):
        await _run(
            session,
            """INSERT INTO processes (id, kind, host, version, seen_at)
            VALUES (gen_random_uuid(), 'worker', CAST(:hours AS int)::text, '', now() - CAST(:hours AS int) * interval '1 hour')""",
            hours=hours,
        )
    await processes.beat(session, new_id(), kind="api", host="new", version="")
    assert await _left(session, "SELECT host FROM processes ORDER BY host") == ["23", "new"]


async def test_tokens_end_some_time_after_they_did(session: AsyncSession) -> None:
    await _run(
        session,
        """WITH who AS (INSERT INTO users (id, email, name, password_hash, role)
            VALUES (gen_random_uuid(), 'a@example.com', 'A', 'x', 'admin') RETURNING id)
        INSERT INTO api_tokens (id, user_id, name, prefix, token_hash, scopes, expires_at, revoked_at)
        SELECT gen_random_uuid(), who.id, name, name, sha256(name::bytea), '{}', now() + expires, now() + revoked
        FROM who, (VALUES ('live', NULL::interval, NULL::interval), ('ahead', '1 day', NULL),
            ('just over', '-80 days', NULL), ('over', '-91 days', NULL), ('revoked', '90 days', '-91 days')
        ) AS v(name, expires, revoked)""",
    )
    assert not await maintenance.purge_tokens(session, NOW)
    left = await _left(session, "SELECT name FROM api_tokens ORDER BY name")
    assert left == ["ahead", "just over", "live"]


async def test_what_a_campaign_needs_no_more_ends_after_it(session: AsyncSession) -> None:
    launched = await factories.campaign(session, Vault([new_key()]), 3)
    await _run(
        session,
        """INSERT INTO campaign_rates
        SELECT :id, now() - interval '500 days' + n * interval '1 second', 1 FROM generate_series(1, 3) n""",
        id=launched.id,
    )
    await _run(
        session,
        """INSERT INTO campaign_entries (campaign_id, row, phone, phone_key, values, problem) VALUES
        (:id, 1, '+34600000001', '34600000001', '{"a": "b"}', NULL), (:id, 2, 'no', NULL, '{"a": "b"}', 'invalid')""",
        id=launched.id,
    )

    async def clean(days: int | None) -> tuple[int, list[str]]:
        if days is not None:
            await _run(
                session, "UPDATE campaigns SET finished_at = :at", at=NOW - timedelta(days=days)
            )
        assert not await maintenance.purge_campaigns(session, NOW)
        assert not await maintenance.erase_rest(session, NOW)
        rates = await _left(session, "SELECT second FROM campaign_rates")
        return len(rates), await _left(session, "SELECT phone FROM campaign_entries ORDER BY row")

    assert await clean(None) == (3, ["+34600000001", "no"])  # under way, for however long
    assert await clean(13) == (3, ["+34600000001", "no"])
    assert await clean(15) == (3, [""])  # the reason stays, for the report
    assert await clean(401) == (0, [""])
