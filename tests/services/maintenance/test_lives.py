"""Nothing grows for ever: every table has a stated life, and the clean-up ends what is over."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import OBJECTS_KEPT
from services import maintenance
from services.vault import Vault, new_key
from store.tables.metadata import metadata
from tests import factories

pytestmark = pytest.mark.fault("C2")

NOW = datetime.now(UTC)
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def test_every_table_has_a_stated_life() -> None:
    section = (
        OPERATIONS.read_text("utf-8").split("## What is kept for how long")[1].split("\n## ")[0]
    )
    stated = [
        cell
        for line in section.splitlines()
        if line.startswith("| ")
        for cell in line.split(" | ")[1:2]
    ]
    named = re.findall(r"`([a-z_]+)`", " ".join(stated))
    assert sorted(named) == sorted(metadata.tables)


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
