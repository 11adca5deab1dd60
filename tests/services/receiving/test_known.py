"""What statuses report about people is looked up once, and remembered only after a commit."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.receiving.intake import Intake
from services.receiving.known import KEPT_S, Known
from services.receiving.taking import Taker
from store.receiving import identities, objects
from tests.deliveries import as_bytes, envelope, value
from tests.services.receiving.conftest import Sessions, column, receive

NUMBER, USER = "34611222888", "ES.1234567890123"


def told(kind: str, **more: str) -> bytes:
    status = {
        "id": "wamid.A", "status": kind, "timestamp": str(int(time.time())),
        "recipient_id": NUMBER, "recipient_user_id": USER, **more,
    }  # fmt: skip
    return as_bytes(envelope(("messages", value(statuses=[status]))))


@pytest.fixture
async def asked(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The user ids that the database was asked about; one contact is known by its number."""
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO contacts (id, phone, phone_key)"
                " VALUES (gen_random_uuid(), :phone, :key)"
            ),
            {"phone": f"+{NUMBER}", "key": NUMBER},
        )
    users: list[str] = []
    teach = identities.teach

    async def noted(
        session: AsyncSession, keys: Sequence[str], ids: Sequence[str], ats: Sequence[datetime]
    ) -> list[int]:
        users.extend(ids)
        return await teach(session, keys, ids, ats)

    monkeypatch.setattr(identities, "teach", noted)
    return users


@pytest.mark.fault("A1")
async def test_later_statuses_of_a_message_ask_nothing(
    sessions: Sessions, asked: list[str]
) -> None:
    intake, taker = Intake(sessions), Taker(sessions)
    for kind in ("sent", "delivered", "read"):
        await intake.keep(told(kind), None)
        await taker.take()
    assert asked == [USER]
    assert await column(sessions, "bsuid FROM contacts") == [USER]


@pytest.mark.fault("A1")
async def test_whom_a_campaign_reached_is_known_by_id_alone(
    sessions: Sessions, asked: list[str]
) -> None:
    """Thousands of statuses a second write one row each; the contact follows when it is heard of."""
    await receive(sessions, told("sent", biz_opaque_callback_data=f"{uuid4()}:1"))
    assert await column(sessions, "value FROM contact_identities") == [USER]
    answer = {"id": "wamid.B", "type": "text", "text": {"body": "Hi"}, "from_user_id": USER,
              "timestamp": str(int(time.time()))}  # fmt: skip
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[answer])))))
    assert await column(sessions, "phone_key || ' ' || bsuid FROM contacts") == [f"{NUMBER} {USER}"]
    assert await column(sessions, "body FROM messages") == ["Hi"]


@pytest.mark.fault("A1")
async def test_what_was_rolled_back_is_not_remembered(
    sessions: Sessions, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taker = Taker(sessions)
    await Intake(sessions).keep(told("sent"), None)

    async def fails(_session: AsyncSession, _log: Sequence[Any]) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as broken:
        broken.setattr(objects, "keep", fails)
        await taker.take()
    assert await column(sessions, "bsuid FROM contacts") == [None]
    await taker.take()
    assert asked == [USER, USER]
    assert await column(sessions, "bsuid FROM contacts") == [USER]


def test_it_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pairs = Known()
    pairs.add([(NUMBER, USER)])
    now[0] += KEPT_S
    pairs.add([("1", "US.1")])
    assert (NUMBER, USER) in pairs  # for up to twice that long
    now[0] += KEPT_S
    pairs.add([("2", "US.2")])
    assert (NUMBER, USER) not in pairs
    assert ("1", "US.1") in pairs
    now[0] += 3 * KEPT_S
    pairs.add([("3", "US.3")])
    assert ("2", "US.2") not in pairs


@pytest.mark.fault("A1")
async def test_a_big_campaign_right_after_an_import_teaches_in_a_moment(
    sessions: Sessions,
) -> None:
    """The planner knows nothing of the new rows yet; joined the wrong way round this took half a minute."""
    people = 20_000
    async with sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO contacts (id, phone, phone_key)"
                " SELECT gen_random_uuid(), '+' || n, n FROM generate_series(1, :people) n"
            ),
            {"people": people},
        )
    keys = [str(number) for number in range(1, people, 2)]
    users = [f"ES.{key}" for key in keys]
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL statement_timeout = '5s'"))
        since = [datetime.now(UTC)] * len(keys)
        assert await identities.teach(session, keys, users, since) == []
    assert await column(sessions, "count(*) FROM contact_identities") == [len(keys)]
