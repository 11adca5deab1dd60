"""Disconnecting before the answer begins cancels the query in the database."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from api.leavers import LEFT, Leavers
from api.state import AppState
from store import engine as engines
from store.engine import Limits, Use
from tests.api.reception.test_waiting import head
from tests.conftest import LoginAs
from tests.eventually import eventually, never
from tests.wires import Wire

pytestmark = pytest.mark.fault("8B5")

WAITING = text("""
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
    AND application_name = 'whatsway-web' AND wait_event_type = 'Lock'
""")


@pytest.fixture(autouse=True)
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No timeout ends a statement here: only a disconnect does."""
    monkeypatch.setitem(engines.LIMITS, Use.WEB, Limits(0, 0, 0))


async def until_waiting(state: AppState, wanted: int) -> None:
    """Until so many statements wait for the table that is held."""

    async def waiting() -> bool:
        async with state.sessions() as session:
            return bool(await session.scalar(WAITING) == wanted)

    await eventually(waiting, f"{wanted} statements wait for the table")


@pytest.mark.parametrize(
    "path", ["/contacts?q=nobody", "/api/contacts?search=nobody", "/inbox?q=nobody"]
)
async def test_a_request_that_is_given_up_cancels_its_query(
    path: str, login_as: LoginAs, state: AppState, wire: Wire
) -> None:
    person = await login_as()
    async with state.sessions.begin() as holding:
        await holding.execute(text("LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE"))
        _, writer = await wire.open(head(person, f"GET {path}"))
        await until_waiting(state, 1)
        writer.close()
        await until_waiting(state, 0)
    assert (await person.get("/contacts")).status_code == 200


async def test_a_download_that_is_given_up_cancels_its_query(
    login_as: LoginAs, state: AppState, wire: Wire
) -> None:
    person = await login_as()
    async with state.sessions.begin() as holding:
        await holding.execute(text("LOCK TABLE custom_fields IN ACCESS EXCLUSIVE MODE"))
        _, writer = await wire.open(head(person, "GET /contacts/export.csv"))
        await until_waiting(state, 1)
        writer.close()
        await until_waiting(state, 0)


async def test_what_writes_is_left_to_finish(
    login_as: LoginAs, state: AppState, wire: Wire
) -> None:
    person = await login_as()
    fields = {"Content_Type": "application/json", "Content_Length": 25}
    async with state.sessions.begin() as holding:
        await holding.execute(text("LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE"))
        request = head(person, "POST /api/contacts", **fields)
        _, writer = await wire.open(request, body=b'{"phone": "+34600111222"}')
        await until_waiting(state, 1)
        writer.close()

        async def given_up() -> bool:
            return bool(await holding.scalar(WAITING) != 1)

        await never(given_up, "a change is broken off", during=0.1)

    async def made() -> bool:
        async with state.sessions() as session:
            return bool(await session.scalar(text("SELECT count(*) FROM contacts")))

    await eventually(made, "the contact is made although nobody waits for the answer")


async def test_an_answer_that_has_begun_is_not_cut_and_hears_that_nobody_is_there() -> None:
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent: list[Any] = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        incoming.put_nowait({"type": "http.disconnect"})
        assert (await receive())["type"] == "http.request"
        for _ in range(2):
            assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.body", "body": b"whole"})

    async def send(message: Any) -> None:
        sent.append(message)

    incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    await Leavers(app)({"type": "http", "method": "GET"}, incoming.get, send)
    assert [message.get("status", message.get("body")) for message in sent] == [200, b"whole"]


async def test_a_server_that_ends_is_not_taken_for_a_reader_who_left() -> None:
    began = asyncio.Event()

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        began.set()
        await asyncio.Event().wait()

    async def silence() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        assert message["status"] == LEFT, "nobody hung up"

    task = asyncio.create_task(Leavers(app)({"type": "http", "method": "GET"}, silence, send))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
