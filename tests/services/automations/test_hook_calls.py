"""What other systems call with: odd payloads, and the same one again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.errors import Invalid, NotFound
from services import clock
from services.automations import drafts, hook_calls, hooks, listing, publishing
from services.automations.hook_calls import Heard
from services.automations.publishing import Inside
from services.vault import Vault, new_key
from tests import drawing, factories, threads

VAULT = Vault([new_key()])
PHONE = "+34600228888"


@pytest.fixture
async def door(session: AsyncSession) -> str:
    """The token of a webhook trigger that acts on values at several depths."""
    channel_id = await factories.channel(session, VAULT)
    values = [
        {"path": "order.total", "save_as": "total"},
        {"path": "order.items[-1].sku", "save_as": "sku"},
        {"path": "order", "save_as": "order"},
        {"path": "order.paid", "save_as": "paid"},
    ]
    document = drawing.waiting(
        "webhook", phone_path="tel", name_path="name", create=True, channel=str(channel_id),
        values=values, entry={"rule": "always"},
    )  # fmt: skip
    made = await drafts.create(session, SYSTEM, "Orders", document=document)
    await publishing.publish(session, SYSTEM, made.item.id, 1, Inside.FINISH)
    token = (await hooks.show(session, VAULT, made.item.id, "start")).token
    assert token is not None
    return token


async def call(session: AsyncSession, door: str, payload: Any, key: str = "") -> Heard:
    """The address is called with this JSON."""
    return await hook_calls.receive(session, door, orjson.dumps(payload), key)


async def answers(session: AsyncSession, run_id: UUID | None) -> dict[str, Any]:
    """What the run began with."""
    query = text("SELECT answers FROM automation_runs WHERE id = :id")
    found: dict[str, Any] = (await session.scalars(query, {"id": run_id})).one()
    return found


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        ({"total": 12.5, "paid": True}, {"total": "12.5", "paid": True}),
        ({"total": 2**60, "items": [{"sku": 1}, {"sku": "é\x00"}]}, {"total": str(2**60), "sku": "é\ufffd"}),
        ({"total": None, "items": {}}, {}),
        ({"total": [1, {"a": "b", "c": 2.5}], "items": []}, {"total": '[1, {"a": "b", "c": 2.5}]'}),
        ({"items": ["not an object"]}, {}),
        ("not an object", {"order": "not an object"}),
        ([], {}),
        (None, {}),
    ],
)  # fmt: skip
async def test_values_of_any_type_become_answers(
    session: AsyncSession, door: str, order: Any, kept: dict[str, Any]
) -> None:
    heard = await call(session, door, {"tel": PHONE, "order": order})
    assert heard.error is None
    found = await answers(session, heard.run_id)
    assert {name: found[name] for name in found if name != "order" or name in kept} == kept


@pytest.mark.parametrize(
    "tel", [34600228888, "34 600 22 88 88", "+34-600-22-88-88", " +34600228888 "]
)
async def test_a_number_is_read_however_it_is_written(
    session: AsyncSession, door: str, tel: Any
) -> None:
    assert (await call(session, door, {"tel": tel, "name": ["no", "name"]})).run_id is not None
    assert await session.scalar(text("SELECT phone FROM contacts")) == PHONE


@pytest.mark.parametrize(
    "payload",
    [
        [], {}, [[]], {"tel": None}, {"tel": []}, {"tel": {"e164": PHONE}}, {"tel": True}, {"tel": ""},
        {"tel": "1" * 5000}, {"tel": 1.5}, [{"tel": PHONE}],
    ],
)  # fmt: skip
async def test_whoever_cannot_be_found_is_an_error_and_a_sample(
    session: AsyncSession, door: str, payload: Any
) -> None:
    heard = await call(session, door, payload)
    assert heard.run_id is None
    assert isinstance(heard.error, Invalid)
    assert heard.error.code.startswith("hook_phone_")
    assert await session.scalar(text("SELECT sample -> 'payload' FROM automation_hooks")) == payload


async def test_a_payload_of_a_quarter_of_a_megabyte_is_taken(
    session: AsyncSession, door: str
) -> None:
    items = [{"sku": f"item {at}", "text": "x" * 200} for at in range(1000)]
    heard = await call(session, door, {"tel": PHONE, "order": {"items": items}})
    found = await answers(session, heard.run_id)
    assert found["sku"] == "item 999"
    assert len(found["order"]) <= 4096


async def test_endless_nesting_is_cut(session: AsyncSession, door: str) -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = {"in": deep}
    assert (await call(session, door, {"tel": PHONE, "order": deep})).run_id is not None
    assert "…" in str(await session.scalar(text("SELECT sample FROM automation_hooks")))


async def test_numbers_stay_as_they_were_written(session: AsyncSession, door: str) -> None:
    body = b'{"tel": "%s", "order": {"total": 12.50, "items": [{"sku": 123456789012345678901234567890}]}}'
    heard = await hook_calls.receive(session, door, body % PHONE.encode())
    found = await answers(session, heard.run_id)
    assert (found["total"], found["sku"]) == ("12.50", "123456789012345678901234567890")
    sample = await session.scalar(text("SELECT sample #> '{payload,order}' FROM automation_hooks"))
    assert sample == {"total": 12.5, "items": [{"sku": "123456789012345678901234567890"}]}
    odd = b'{"tel": "%s", "order": {"total": 1e-400000000, "paid": NaN}}'
    assert (await hook_calls.receive(session, door, odd % PHONE.encode())).error is None


async def test_a_number_that_nothing_holds_is_no_payload(session: AsyncSession, door: str) -> None:
    with pytest.raises(Invalid, match="hook_payload"):
        await hook_calls.receive(session, door, b'{"tel": 1e9999999999999999999}')


async def test_a_number_that_is_no_longer_connected_starts_nobody(
    session: AsyncSession, door: str
) -> None:
    await session.execute(text("UPDATE channels SET deleted_at = now()"))
    heard = await call(session, door, {"tel": PHONE})
    assert (heard.error, heard.run_id, heard.why_not) == (None, None, "no_channel")


async def test_the_same_body_within_a_minute_is_the_same_call(
    session: AsyncSession, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime.now(UTC).replace(second=50, microsecond=0)
    payload = {"tel": PHONE, "order": {"total": 1}}

    async def at(seconds: int, body: Any = payload, key: str = "") -> UUID | None:
        now = start + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda: now)
        heard = await call(session, door, body, key)
        query = text(
            "UPDATE automation_runs SET started_at = :now WHERE started_at > :day AND id = :id"
        )
        day = datetime.now(UTC) - timedelta(minutes=1)
        if heard.run_id not in seen:
            await session.execute(query, {"now": now, "day": day, "id": heard.run_id})
        seen.add(heard.run_id)
        return heard.run_id

    seen: set[UUID | None] = set()
    first = await at(0)
    assert await at(5) == first
    assert await at(20) == first  # the next minute of the clock, but not a minute later
    assert await at(75) != first
    assert await at(76, {"tel": PHONE, "order": {"total": 2}}) not in {None, first}
    assert await at(77, key="k") == await at(200, key="k")


async def test_an_address_nobody_gave_out_is_unknown(session: AsyncSession, door: str) -> None:
    for token in ("", door[:-1], door + "x", "x" * 10_000):
        with pytest.raises(NotFound, match="hook_unknown"):
            await call(session, token, {"tel": PHONE})


async def test_an_archived_automation_hears_and_starts_nobody(
    session: AsyncSession, door: str
) -> None:
    [item] = (await listing.page(session)).items
    await session.execute(text("UPDATE automations SET archived_at = now(), status = 'paused'"))
    assert (await call(session, door, {"tel": PHONE})).why_not == hook_calls.NOT_LIVE
    [hook] = await hooks.of_automation(session, item.id)
    assert hook.sample == {"tel": PHONE}


async def test_an_unknown_person_is_not_made_and_a_known_one_enters(session: AsyncSession) -> None:
    """Behind another trigger of the same automation, which the call does not concern."""
    who = await threads.only_thread(session, VAULT)
    document = drawing.waiting(
        "webhook", phone_path="tel", create=False, channel=str(who.channel_id),
        entry={"rule": "always"},
    )  # fmt: skip
    document["triggers"].insert(0, drawing.node("hand", "manual"))
    document["edges"].append(drawing.edge("hand", "ask"))
    made = await drafts.create(session, SYSTEM, "Orders", document=document)
    await publishing.publish(session, SYSTEM, made.item.id, 1, Inside.FINISH)
    token = (await hooks.show(session, VAULT, made.item.id, "start")).token
    assert token is not None
    unknown = await call(session, token, {"tel": "+34611000999"})
    assert unknown.error is not None
    assert unknown.error.code == "hook_contact_unknown"
    phone = await session.scalar(text("SELECT phone FROM contacts"))
    heard = await call(session, token, {"tel": phone})
    assert heard.run_id is not None
    entered = "SELECT contact_id FROM automation_runs"
    assert (await session.scalars(text(entered))).all() == [who.contact_id]
