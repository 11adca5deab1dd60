"""A variable's rule is decided the same way by SQL, for a whole audience, and by Python, for one."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.slot_values import problem, shape
from store.campaigns.classify import People, Value, classified
from tests.domain.test_slot_values import CASES


@pytest.mark.fault("B7")
async def test_sql_and_python_agree(session: AsyncSession) -> None:
    differing = []
    for slot, value, _ in CASES:
        shaped = Value(default=value, shape=shape(slot))
        cte, parameters = classified(People(), [shaped], marketing=False, given=True)
        person = [{"row": 0, "phone": "+34611000101", "phone_key": "34611000101", "values": {}}]
        reason = await session.scalar(
            text(f"WITH {cte} SELECT reason FROM classified"),
            parameters | {"given": json.dumps(person)},
        )
        if (reason == "wrong_variable") is not (problem(slot, value) is not None):
            differing.append((slot.kind, value, reason))
    assert differing == []
