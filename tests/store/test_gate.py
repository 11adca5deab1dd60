"""Gate rules in SQL, compared with the same rule in Python or the numbering plan."""

from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.error_codes import BLOCKING
from domain.refusals import Refusal
from domain.template_rules import CATEGORIES
from domain.templates import SENDABLE, is_marketing, problem
from domain.window import is_open
from services.channels.standing import RECONNECTED, REMOVED
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


async def test_pages_call_marketing_exactly_what_the_gate_does(session: AsyncSession) -> None:
    known = [*CATEGORIES, "marketing", "", None]
    query = text(f"""SELECT category, {gate.is_marketing("category")} AS alone,
            {gate.is_marketing("category", "now")} AS recategorised, {gate.is_marketing("now", "category")} AS since
        FROM unnest(CAST(:known AS text[])) AS t(category), (VALUES ('MARKETING')) AS n(now)""")
    rows = (await session.execute(query, {"known": known})).all()
    assert {row.category: row.alone for row in rows} == {one: is_marketing(one) for one in known}
    assert all(row.recategorised and row.since for row in rows)


async def test_pages_call_a_window_open_exactly_when_the_gate_does(session: AsyncSession) -> None:
    moment = timedelta(microseconds=1)
    ends = [
        None,
        NOW - timedelta(hours=1),
        NOW - moment,
        NOW,
        NOW + moment,
        NOW + timedelta(hours=24),
    ]
    closed = gate.first((gate.window_closed("cv", "true"),))
    expression = closed.replace("clock_timestamp()", "CAST(:now AS timestamptz)")
    query = text(f"""SELECT cv.window_expires_at, {expression} AS refusal
        FROM unnest(CAST(:ends AS timestamptz[])) AS cv(window_expires_at)""")
    found = (await session.execute(query, {"ends": ends, "now": NOW})).all()
    assert {row.window_expires_at: row.refusal for row in found} == {
        end: None if is_open(end, NOW) else Refusal.WINDOW_CLOSED for end in ends
    }


async def test_templates_that_can_be_chosen_are_those_that_may_leave(session: AsyncSession) -> None:
    """What a person is told when choosing one (``domain.templates.problem``) is what the gate does later."""
    states = [*SENDABLE, *_STATES]
    refused = gate.first((gate.template("t"),))
    query = text(f"""SELECT t.status, t.deleted_at IS NOT NULL AS deleted, {refused} AS refusal
        FROM unnest(CAST(:states AS text[])) AS s(status),
            (VALUES (CAST(NULL AS timestamptz)), (now())) AS d(deleted_at),
            LATERAL (SELECT s.status, d.deleted_at) t""")
    for status, deleted, refusal in (await session.execute(query, {"states": states})).all():
        said = problem(status, deleted=deleted)
        assert (said is None) is (refusal is None), (status, deleted)


_STATES = (
    "PENDING", "IN_APPEAL", "REJECTED", "PAUSED", "DISABLED", "LOCKED", "LIMIT_EXCEEDED", "ARCHIVED",
    "PENDING_DELETION", "DELETED", "SOMETHING_NEW",
)  # fmt: skip


@pytest.mark.parametrize("reason", [*BLOCKING, REMOVED, RECONNECTED, "disconnected"])
def test_whatever_a_number_is_stopped_for_is_a_refusal(reason: str) -> None:
    assert f"channel_{reason}" in set(Refusal)
