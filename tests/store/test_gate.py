"""The rules of the gate that are SQL over a value, asked of every value there is."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.error_codes import BLOCKING
from domain.refusals import Refusal
from domain.templates import SENDABLE, problem
from services.channels.standing import RECONNECTED, REMOVED
from store import gate

LINES = ("2345678", "5551234")


def in_use() -> dict[str, bool]:
    """Keys behind +1 of every area code that is in use, and whether each is of the United States.

    Toll-free numbers and the like belong to nobody in particular; WhatsApp has none of them.
    """
    numbers = [f"1{area}{line}" for area in range(200, 1000) for line in LINES]
    parsed = {key: phonenumbers.parse(f"+{key}") for key in numbers}
    return {
        key: phonenumbers.region_code_for_number(number) == "US"
        for key, number in parsed.items()
        if phonenumbers.region_code_for_number(number)
        and phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE_OR_MOBILE
    }


async def test_numbers_of_the_united_states_are_told_from_others_behind_plus_one(
    session: AsyncSession,
) -> None:
    wanted = in_use() | {"34611555010": False, "1212555": False}
    asked = text(f"SELECT key, {gate.in_us('key')} FROM unnest(CAST(:keys AS text[])) AS n(key)")
    found = (await session.execute(asked, {"keys": list(wanted)})).all()
    assert {row[0]: row[1] for row in found} == wanted


async def test_templates_that_can_be_chosen_are_those_that_may_leave(session: AsyncSession) -> None:
    """What a person is told when choosing one (``domain.templates.problem``) is what the gate does later."""
    states = [*SENDABLE, *_STATES]
    refused = gate.first((gate.template("t"),))
    asked = text(f"""SELECT t.status, t.deleted_at IS NOT NULL AS deleted, {refused} AS refusal
FROM unnest(CAST(:states AS text[])) AS s(status), (VALUES (CAST(NULL AS timestamptz)), (now())) AS d(deleted_at),
    LATERAL (SELECT s.status, d.deleted_at) t""")
    for status, deleted, refusal in (await session.execute(asked, {"states": states})).all():
        said = problem(status, deleted=deleted)
        assert (said is None) is (refusal is None), (status, deleted)


_STATES = (
    "PENDING", "IN_APPEAL", "REJECTED", "PAUSED", "DISABLED", "LOCKED", "LIMIT_EXCEEDED", "ARCHIVED",
    "PENDING_DELETION", "DELETED", "SOMETHING_NEW",
)  # fmt: skip


@pytest.mark.parametrize("reason", [*BLOCKING, REMOVED, RECONNECTED, "disconnected"])
def test_whatever_a_number_is_stopped_for_is_a_refusal(reason: str) -> None:
    assert f"channel_{reason}" in set(Refusal)
