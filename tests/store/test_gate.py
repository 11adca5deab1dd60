"""Rules that the gate decides in SQL, held against the same rule in Python or against the numbering plan."""

from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.window import is_open
from store import gate

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def _numbering_plan() -> dict[str, bool]:
    """A number of every area code behind +1 that is in use, and whether it is of the United States."""
    known = {}
    for area in range(200, 1000):
        for line in ("2345678", "5551234"):
            number = phonenumbers.parse(f"+1{area}{line}")
            # Toll-free numbers and the like belong to nobody in particular; WhatsApp has none of them.
            if phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE_OR_MOBILE:
                region = phonenumbers.region_code_for_number(number)
                known[f"1{area}{line}"] = region == "US"
    return known


async def test_us_numbers_are_told_from_others_behind_plus_one(session: AsyncSession) -> None:
    wanted = _numbering_plan() | {"34611555010": False, "1212555": False}
    query = text(f"SELECT key, {gate.in_us('key')} FROM unnest(CAST(:keys AS text[])) AS key")
    found = {row[0]: row[1] for row in await session.execute(query, {"keys": list(wanted)})}
    assert found == wanted
    assert sum(found.values()) > 300


@pytest.mark.parametrize(
    "expires_at",
    [
        None,
        NOW - timedelta(hours=1),
        NOW - timedelta(microseconds=1),
        NOW,
        NOW + timedelta(microseconds=1),
        NOW + timedelta(hours=24),
    ],
)
async def test_pages_call_a_window_open_exactly_when_the_gate_lets_free_text_out(
    session: AsyncSession, expires_at: datetime | None
) -> None:
    expression = gate.REFUSAL.replace("clock_timestamp()", "CAST(:now AS timestamptz)")
    query = text(f"""
SELECT {expression}
FROM (SELECT CAST(:id AS uuid) AS id, CAST(NULL AS timestamptz) AS blocked_at, '34611555010' AS phone_key,
        CAST(NULL AS timestamptz) AS marketing_opt_out_at) ct,
    (SELECT CAST(:expires_at AS timestamptz) AS window_expires_at) cv
""")
    said = await session.scalar(
        query,
        {
            "id": new_id(), "expires_at": expires_at, "now": NOW,
            "marketing": False, "free_form": True,
        },
    )  # fmt: skip
    assert said == (None if is_open(expires_at, NOW) else "window_closed")
