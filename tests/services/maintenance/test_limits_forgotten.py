"""People remembered for speeds and budgets are forgotten: nothing grows for ever."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services import maintenance
from services.vault import Vault, new_key
from tests import factories

pytestmark = pytest.mark.fault("D7")


async def test_rows_of_limits_end_once_they_hold_nothing_back(session: AsyncSession) -> None:
    await factories.channel(session, Vault([new_key()]))
    await session.execute(
        text("""
        INSERT INTO rate_slots (key, tat, slowed_at)
        SELECT kind || n, clock_timestamp() - age, slowed
        FROM (VALUES ('pair:old', interval '2 days', NULL::timestamptz), ('calls:old', '2 days', NULL),
            ('pair:new', '1 hour', NULL), ('channel:slow', '2 days', clock_timestamp())
        ) AS v(kind, age, slowed), generate_series(1, 3) n""")
    )
    await session.execute(
        text("""
        INSERT INTO portfolio_recipients (portfolio_id, contact_id, at)
        SELECT id, gen_random_uuid(), clock_timestamp() - n * interval '10 hours'
        FROM portfolios, generate_series(1, 4) n""")
    )
    await session.execute(
        text("""
        INSERT INTO portfolio_usage (portfolio_id, minute, people)
        SELECT id, clock_timestamp() - n * interval '1 day', 1 FROM portfolios, generate_series(1, 5) n""")
    )
    assert not await maintenance.purge_limits(session)
    keys = await session.scalars(text("SELECT DISTINCT left(key, -1) FROM rate_slots ORDER BY 1"))
    assert list(keys) == ["channel:slow", "pair:new"]
    counted = (
        "SELECT (SELECT count(*) FROM portfolio_recipients), (SELECT count(*) FROM portfolio_usage)"
    )
    assert tuple((await session.execute(text(counted))).one()) == (2, 2)
