"""One person is one contact: by number or user id, in one body or many, in any order."""

import asyncio
import itertools
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.receiving.intake import Intake
from services.receiving.process import process
from tests import factories

pytestmark = pytest.mark.fault("A1")

NOW = int(datetime.now(UTC).timestamp()) - 3600
OLD, NEW, OTHER = "34611000101", "34611000102", "34611000103"
FIRST, SECOND, THIRD = "ES.1000000000000000001", "ES.1000000000000000002", "ES.1000000000000000003"
Sessions = async_sessionmaker[AsyncSession]


def value(field: str = "messages", **parts: Any) -> dict[str, Any]:
    return {
        "field": field,
        "value": {"metadata": {"phone_number_id": factories.PHONE_NUMBER_ID}, **parts},
    }


def body(*changes: dict[str, Any]) -> bytes:
    entry = {"id": factories.WABA_ID, "changes": list(changes)}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


_numbers = itertools.count(1)


def said(wa_id: str | None, user: str | None = None, at: int = 0, **more: Any) -> dict[str, Any]:
    item = {"id": f"wamid.{next(_numbers)}", "timestamp": str(NOW + at), "type": "text",
            "text": {"body": "Hello"}, **more}  # fmt: skip
    if wa_id:
        item["from"] = wa_id
    if user:
        item["from_user_id"] = user
    return item


def moved(at: int, old: str | None, new: str | None, before: str, after: str) -> dict[str, Any]:
    system = {"type": "user_changed_number" if new else "user_changed_user_id", "body": "changed",
              "user_id": after, "previous_user_id": before}  # fmt: skip
    if new:
        system["wa_id"] = new
    notice = said(old, at=at, type="system", system=system)
    del notice["text"]
    return notice


async def drain(sessions: Sessions) -> None:
    while True:
        async with sessions.begin() as session:
            if not (await process(session)).taken:
                return


async def deliver(sessions: Sessions, *bodies: bytes) -> None:
    for one in bodies:
        await Intake(sessions).keep(one, None)
        await drain(sessions)


async def read(sessions: Sessions, statement: str) -> list[Any]:
    async with sessions() as session:
        return list((await session.execute(text(statement))).all())


async def people(sessions: Sessions) -> list[tuple[str | None, str | None, int]]:
    """Number, user id and count of messages of each contact; nothing may be in the dead letters."""
    assert await read(sessions, "SELECT error FROM webhook_events WHERE state = 'dead'") == []
    rows = await read(
        sessions,
        """SELECT c.phone_key, c.bsuid, (SELECT count(*) FROM messages m WHERE m.contact_id = c.id)
        FROM contacts c ORDER BY c.phone_key, c.bsuid""",
    )
    orphans = "messages m WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.id = m.contact_id)"
    assert await read(sessions, f"SELECT id FROM {orphans}") == []
    threads = await read(sessions, "SELECT contact_id FROM conversations")
    assert len(set(threads)) == len(threads)
    return [(row.phone_key, row.bsuid, row.count) for row in rows]


TWICE = {
    "id, then number with id": [said(None, FIRST), said(OLD, FIRST)],
    "number with id, then id": [said(OLD, FIRST), said(None, FIRST)],
    "number, then number with id": [said(OLD), said(OLD, FIRST)],
    "number, id, then what joins them": [said(OLD), said(None, FIRST), said(OLD, FIRST)],
    "two forms of a Brazilian number": [said("551187654321", FIRST), said("5511987654321")],
}


@pytest.mark.parametrize("apart", [False, True], ids=["one body", "bodies"])
@pytest.mark.parametrize("name", TWICE)
async def test_a_person_who_appears_twice_is_one(
    sessions: Sessions, name: str, apart: bool
) -> None:
    items = TWICE[name]
    stranger = said("4915100000001", "DE.77")
    if apart:
        await deliver(sessions, *(body(value(messages=[item])) for item in items))
        await deliver(sessions, body(value(messages=[stranger])))
    else:
        await deliver(sessions, body(value(messages=[*items, stranger])))
    found = await people(sessions)
    assert len(found) == 2
    assert (found[1] if found[0][1] == "DE.77" else found[0])[1:] == (FIRST, len(items))
    assert len(await read(sessions, "SELECT 1 FROM conversations")) == 2


async def test_two_numbers_with_one_id_are_one_person_with_the_later_number(
    sessions: Sessions,
) -> None:
    await deliver(sessions, body(value(messages=[said(NEW, FIRST, at=10), said(OLD, FIRST, at=5)])))
    assert await people(sessions) == [(NEW, FIRST, 2)]
    await deliver(sessions, body(value(messages=[said(OLD, at=6)])))
    assert await people(sessions) == [(NEW, FIRST, 3)]


async def test_what_a_status_tells_joins_a_number_and_an_id(sessions: Sessions) -> None:
    status = {"id": "wamid.OUT", "status": "delivered", "timestamp": str(NOW), "recipient_id": OLD,
              "recipient_user_id": FIRST}  # fmt: skip
    card = {"profile": {"name": "Mara"}, "wa_id": NEW, "user_id": SECOND}
    bare = {"id": "wamid.O2", "status": "sent", "timestamp": str(NOW), "recipient_id": NEW}
    await deliver(
        sessions,
        body(value(messages=[said(OLD), said(NEW)])),
        body(value(statuses=[status, bare], contacts=[card])),
        body(value(messages=[said(None, FIRST), said(None, SECOND)])),
    )
    assert await people(sessions) == [(OLD, FIRST, 2), (NEW, SECOND, 2)]


async def test_a_status_merges_two_contacts_and_the_opt_out_holds_for_the_person(
    sessions: Sessions,
) -> None:
    wish = {"user_id": FIRST, "category": "marketing_messages", "value": "stop", "timestamp": NOW}
    status = {"id": "wamid.OUT", "status": "read", "timestamp": str(NOW), "recipient_id": OLD,
              "recipient_user_id": FIRST}  # fmt: skip
    await deliver(
        sessions,
        body(value(messages=[said(OLD)])),
        body(value(messages=[said(None, FIRST)])),
        body(value("user_preferences", user_preferences=[wish])),
    )
    assert len(await people(sessions)) == 2
    await deliver(sessions, body(value(statuses=[status])))
    assert await people(sessions) == [(OLD, FIRST, 2)]
    [row] = await read(sessions, "SELECT marketing_opt_out_at FROM contacts")
    assert row.marketing_opt_out_at is not None
    [audit] = await read(sessions, "SELECT actor, kind FROM journal WHERE audited")
    assert (audit.actor, audit.kind) == ("system", "contact.merged")


async def test_a_person_without_a_number_who_shares_it_is_the_contact_of_that_number(
    sessions: Sessions,
) -> None:
    shared = {"name": {"formatted_name": "Me"}, "origin": "contact_request",
              "phones": [{"phone": "+34 611 00 01 01"}]}  # fmt: skip
    other = {"name": {"formatted_name": "Bo"}, "origin": "other", "phones": [{"wa_id": OTHER}]}
    await deliver(
        sessions,
        body(value(messages=[said(OLD)])),
        body(value(messages=[said(None, FIRST)])),
        body(value(messages=[said(None, FIRST, type="contacts", contacts=[other])])),
    )
    assert len(await people(sessions)) == 2
    await deliver(
        sessions, body(value(messages=[said(None, FIRST, type="contacts", contacts=[shared])]))
    )
    assert await people(sessions) == [(OLD, FIRST, 4)]


CHANGES = {
    "notice": moved(100, OLD, NEW, FIRST, SECOND),
    "older notice": said(OLD, FIRST, at=100, type="system", system={
        "type": "customer_changed_number", "new_wa_id": NEW, "user_id": SECOND}),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_number_is_the_same_person_in_any_order(
    sessions: Sessions, change: str
) -> None:
    news = [
        body(value(messages=[said(OLD, FIRST, at=50)])),
        body(value(messages=[CHANGES[change]])),
        body(value(messages=[said(NEW, SECOND, at=150)])),
        body(value(messages=[said(OLD, at=60)])),
    ]
    expected = [(NEW, SECOND, 4)]
    for order in list(itertools.permutations(news))[::5]:
        await deliver(sessions, *order)
        assert await people(sessions) == expected
        # A later writer from the old number is somebody else; under the old id it is them.
        await deliver(sessions, body(value(messages=[said(OLD, THIRD, at=200)])))
        await deliver(sessions, body(value(messages=[said(None, FIRST, at=210)])))
        assert await people(sessions) == [(OLD, THIRD, 1), (NEW, SECOND, 5)]
        async with sessions.begin() as session:
            await session.execute(
                text("TRUNCATE contacts, messages, webhook_events, moved_ids CASCADE")
            )


async def test_a_changed_id_without_a_number(sessions: Sessions) -> None:
    update = {"wa_id": None, "user_id": {"previous": SECOND, "current": THIRD},
              "timestamp": NOW + 20}  # fmt: skip
    wish = {"user_id": FIRST, "category": "marketing_messages", "value": "stop", "timestamp": NOW}
    await deliver(
        sessions,
        body(value(messages=[said(None, FIRST)])),
        body(value("user_preferences", user_preferences=[wish])),
        body(value(messages=[moved(10, None, None, FIRST, SECOND)])),
        body(value("user_id_update", user_id_update=[update])),
        body(value(messages=[said(None, THIRD, at=30)])),
    )
    assert await people(sessions) == [(None, THIRD, 3)]
    [row] = await read(sessions, "SELECT marketing_opt_out_at FROM contacts")
    assert row.marketing_opt_out_at is not None


async def test_a_number_somebody_else_had_before_is_taken_over_without_its_past(
    sessions: Sessions,
) -> None:
    await deliver(
        sessions,
        body(value(messages=[said(NEW, THIRD, at=10), said(OLD, FIRST, at=20)])),
        body(value(messages=[moved(100, OLD, NEW, FIRST, SECOND)])),
        body(value(messages=[said(NEW, SECOND, at=110)])),
    )
    assert await people(sessions) == [(NEW, SECOND, 3), (None, THIRD, 1)]


@pytest.mark.parametrize("seed", range(2))
async def test_racing_deliveries_and_imports_give_the_same_in_any_order(
    sessions: Sessions, seed: int
) -> None:
    """Fifty people, each named in two deliveries, while two drains and an import process them at once."""
    bodies, imported = [], []
    for number in range(50):
        wa_id, user = f"3461200{seed}{number:03}", f"ES.2{seed}{number:06}"
        pair = [
            body(value(messages=[said(None, user)])),
            body(value(messages=[said(wa_id, user, at=1)])),
        ]
        bodies += pair if number % 2 else pair[::-1]
        imported.append(wa_id)
    half = len(bodies) // 2
    mixed = [one for pair in zip(bodies[:half], bodies[half:][::-1], strict=True) for one in pair]
    intake = Intake(sessions)
    await asyncio.gather(*(intake.keep(one, None) for one in mixed))
    await asyncio.gather(drain(sessions), drain(sessions), _import(sessions, imported))
    await drain(sessions)
    found = await people(sessions)
    assert len(found) == 50
    assert {count for _, _, count in found} == {2}
    assert all(phone and user for phone, user, _ in found)


async def _import(sessions: Sessions, numbers: list[str]) -> None:
    for start in range(0, len(numbers), 10):
        async with sessions.begin() as session:
            await session.execute(
                text("""
                INSERT INTO contacts (id, phone, phone_key, source)
                SELECT gen_random_uuid(), '+' || n, n, 'import' FROM unnest(CAST(:n AS text[])) AS n
                ORDER BY n ON CONFLICT (phone_key) DO UPDATE SET updated_at = clock_timestamp()"""),
                {"n": numbers[start : start + 10]},
            )
        await asyncio.sleep(0)
