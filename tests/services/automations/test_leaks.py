"""What is secret stays with the request that needs it."""

import logging
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.nodes import Header, HttpRequest
from domain.errors import Invalid
from services.automations import (
    choices,
    deciding,
    exchange,
    listing,
    report,
    secrets,
)
from services.automations.calling import nodes
from services.automations.calling.failures import CallFailed
from services.automations.versions import Versions
from services.vault import Vault, new_key
from tests import runs
from tests.graphs import graph

VAULT = Vault([new_key()])
SECRET = "tOp-s3cr3t-value"
CALLS = graph(
    {
        "call": HttpRequest(
            url="http://127.0.0.1:1/",
            headers=(Header(name="authorization", value="Bearer {{secret.SHOP_KEY}}"),),
        )
    }
)


async def everything(session: AsyncSession) -> str:
    """Every row of every table, as text."""
    tables = await session.scalars(
        text("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
             " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition")
    )  # fmt: skip
    found = [
        str((await session.execute(text(f"SELECT * FROM {table} AS t"))).all()) for table in tables
    ]
    return "\n".join(found)


async def test_a_secret_is_nowhere_but_in_the_request(
    session: AsyncSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await secrets.put(session, VAULT, SYSTEM, "SHOP_KEY", SECRET)
    who = await runs.cast(session, VAULT)
    automation_id = await runs.live(session, CALLS)
    run_id = await runs.started(session, automation_id, who)
    versions = Versions()
    decided = await deciding.decide(session, versions, run_id)
    moving = await deciding.effect_at_work(session, versions, run_id, decided.step)
    assert isinstance(moving, deciding.Moving)
    assert moving.effect is not None
    data = moving.effect.data
    assert isinstance(data, HttpRequest)
    call = await nodes.prepare(session, VAULT, data, str(uuid4()))
    assert dict(call.headers)["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in repr(call)
    with pytest.raises(CallFailed) as refused:
        await nodes.call(call, data, decided.step, allow_local=False)
    failed = nodes.failed(decided.step, refused.value)
    over = await deciding.finish(session, versions, run_id, failed)
    shown = (
        decided, over, failed, data, moving.run, refused.value, await report.run(session, run_id),
        await listing.one(session, automation_id), await exchange.exported(session, automation_id),
        await secrets.names(session), await choices.choices(session), caplog.text,
        await everything(session),
    )  # fmt: skip
    for one in shown:
        assert SECRET not in str(one)


@pytest.mark.parametrize("value", [f"{SECRET}\n", "\x00", "", "x" * 5000])
async def test_an_error_about_a_secret_does_not_repeat_it(
    session: AsyncSession, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await secrets.put(session, VAULT, SYSTEM, "SHOP_KEY", value)
    told = str([refused.value, refused.value.sentence, refused.value.fields])
    assert SECRET not in told
    assert "xxx" not in told
