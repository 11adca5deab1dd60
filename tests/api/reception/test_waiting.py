"""Waiting for a client holds no database connection; strangers are refused unread."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import AsyncAdaptedQueuePool
from websockets.asyncio.client import connect

from api import bodies, websocket
from api.cookies import SESSION
from api.limits import RateLimiter, Together
from api.reception import Reception
from api.state import AppState
from cli.serving import PunctualProtocol
from domain.system import Sign
from services import system
from services.receiving.door import WebhookDoor
from tests.conftest import LoginAs
from tests.eventually import eventually
from tests.wires import Wire, answer

UPLOAD = "/api/contacts/import"
BOUNDARY = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


def head(client: httpx.AsyncClient | None, start: str, **fields: object) -> str:
    """The head of a request; cookie and CSRF header when somebody is signed in."""
    lines = [f"{start} HTTP/1.1", "Host: 127.0.0.1:8000"]
    if client is not None:
        lines.append(f"Cookie: {SESSION}={client.cookies[SESSION]}")
        lines.append(f"X-CSRF-Token: {client.headers['x-csrf-token']}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\n".join(lines) + "\n\n"


def checked_out(state: AppState) -> int:
    pool = state.engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    return pool.checkedout()


async def many_contacts(state: AppState, count: int) -> None:
    statement = """
        INSERT INTO contacts (id, phone, phone_key, name)
        SELECT gen_random_uuid(), '+3460' || lpad(n::text, 7, '0'), '3460' || lpad(n::text, 7, '0'),
               repeat('Ana ', 20) FROM generate_series(1, :count) n
    """
    async with state.sessions.begin() as session:
        await session.execute(text(statement), {"count": count})


@pytest.mark.fault("C2")
async def test_two_hundred_slow_clients_delay_nobody(
    app: FastAPI, state: AppState, login_as: LoginAs, wire: Wire
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    await many_contacts(state, 5_000)
    people = [await login_as() for _ in range(8)]
    alone = nearly_all(await timings(people[0], 30))
    async with AsyncExitStack() as stack:
        for number in range(50):
            person = people[number % len(people)]
            await wire.open("GET /api/auth/me HTTP/1.1\nHost: x\nX-Half")
            fields = {"Content_Type": "application/json", "Content_Length": 900}
            await wire.open(head(person, "POST /api/contacts", **fields), body=b'{"na')
            if number % 5:
                fields = {"Content_Type": BOUNDARY, "Content_Length": 900_000}
                await wire.open(head(person, f"POST {UPLOAD}", **fields), body=PART)
            else:
                await wire.open(head(person, "GET /api/contacts/export"), small=True)
            cookie = {"Cookie": f"{SESSION}={person.cookies[SESSION]}"}
            url = f"ws://127.0.0.1:{wire.port}/ws"
            await stack.enter_async_context(connect(url, additional_headers=cookie))
        await eventually(lambda: not checked_out(state), "every connection is given back")
        took = await timings(people[0], 60)
        assert checked_out(state) == 0
    # A busy machine is slow with and without them.
    assert nearly_all(took) < max(0.3, 6 * alone)


def nearly_all(took: list[float]) -> float:
    """What 95 of 100 took at most."""
    return sorted(took)[int(len(took) * 0.95)]


async def timings(client: httpx.AsyncClient, count: int) -> list[float]:
    took = []
    for number in range(count):
        began = perf_counter()
        if number % 3:
            found = await client.get("/api/auth/me")
        else:
            found = await client.post("/api/groups", json={"name": f"Group {uuid4()}"})
        assert found.is_success
        took.append(perf_counter() - began)
    return took


@pytest.mark.fault("C2")
async def test_a_locked_session_row_delays_nobody(login_as: LoginAs, state: AppState) -> None:
    person = await login_as()
    async with state.sessions.begin() as other:
        await other.execute(text("UPDATE sessions SET last_seen_at = now() - interval '1 hour'"))
    async with state.sessions.begin() as other:
        await other.execute(text("SELECT 1 FROM sessions FOR UPDATE"))
        async with asyncio.timeout(3):
            assert (await person.get("/api/auth/me")).status_code == 200
    assert (await person.get("/api/auth/me")).status_code == 200
    async with state.sessions() as session:
        seen = "SELECT last_seen_at > now() - interval '1 minute' FROM sessions"
        assert await session.scalar(text(seen))


@pytest.mark.fault("C2")
async def test_readiness_does_not_need_the_pool(client: httpx.AsyncClient, state: AppState) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(2 * state.settings.database_pool_size):
            _ = await stack.enter_async_context(state.engine.connect())
        async with asyncio.timeout(3):
            full = await client.get("/ready")
    assert (full.status_code, full.json()["checks"]["connections"]) == (200, "exhausted")
    assert full.json()["status"] == "degraded"


@pytest.mark.fault("C2")
async def test_strangers_cannot_make_it_look_unready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, examine = Together.ask, system.examine
    asked = looks = 0
    everybody = asyncio.Event()

    async def counted(together: Together, look: Callable[[], Any]) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked == 100:
            everybody.set()
        return await ask(together, look)

    async def slowly(session: AsyncSession, data_dir: Path) -> list[Sign]:
        nonlocal looks
        looks += 1
        await everybody.wait()
        return await examine(session, data_dir)

    monkeypatch.setattr(Together, "ask", counted)
    monkeypatch.setattr(system, "examine", slowly)
    answers = await asyncio.gather(*(client.get("/ready") for _ in range(100)))
    assert {found.status_code for found in answers} == {200}
    assert all(found.json()["system"] for found in answers)
    assert looks == 1
    assert (await client.get("/ready")).json()["checks"]["database"] == "ok"


@pytest.mark.fault("C2")
async def test_a_body_has_a_deadline(
    wire: Wire, login_as: LoginAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "WHOLE_S", 0.2)
    monkeypatch.setattr(bodies, "IDLE_S", 0.2)
    person = await login_as()
    fields = {"Content_Type": "application/json", "Content_Length": 900}
    reader, _ = await wire.open(head(person, "POST /api/contacts", **fields), body=b'{"na')
    status, rest = await answer(reader)
    assert status.split()[1] == "408"
    assert "too_slow" in rest
    fields = {"Content_Type": BOUNDARY, "Content_Length": 900_000}
    reader, _ = await wire.open(head(person, f"POST {UPLOAD}", **fields), body=PART)
    assert (await answer(reader))[0].split()[1] == "408"


@pytest.mark.fault("C2")
async def test_an_upload_that_trickles_is_ended(
    wire: Wire, login_as: LoginAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "WHOLE_S", 0.3)
    fields = {"Content_Type": BOUNDARY, "Content_Length": 900_000}
    reader, writer = await wire.open(head(await login_as(), f"POST {UPLOAD}", **fields), body=PART)
    status = asyncio.create_task(reader.readline())
    while (
        not status.done()
    ):  # not until the end: a client writing to a closed connection gets nothing more
        writer.write(b"a")
        await asyncio.sleep(0.05)
    assert (await status).split()[1] == b"408"


@pytest.mark.fault("C2")
async def test_headers_have_a_deadline(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PunctualProtocol, "headers_s", 0.2)
    reader, writer = await wire.open("GET /health HTTP/1.1\nX-Half")
    assert await asyncio.wait_for(reader.read(), 20) == b""
    reader, writer = await wire.open("GET /health HTTP/1.1\nHost: x\n\n")
    assert b"200" in await asyncio.wait_for(reader.readline(), 20)
    writer.write(b"GET /health HT")
    await asyncio.wait_for(reader.read(), 20)
    reader, _ = await wire.open("GET /health HTTP/1.1\nX-Long: " + "x" * 600_000)
    with pytest.raises((ConnectionError, AssertionError)):
        assert await asyncio.wait_for(reader.read(), 20) != b""


@pytest.mark.fault("C2")
@pytest.mark.fault("C3")
async def test_one_person_cannot_hold_every_upload(
    app: FastAPI, wire: Wire, login_as: LoginAs
) -> None:
    person = await login_as()
    fields = {"Content_Type": BOUNDARY, "Content_Length": 900_000}
    for _ in range(3):
        await wire.open(head(person, f"POST {UPLOAD}", **fields), body=PART)
    await eventually(
        lambda: reception(app).uploads._held.total() == 3, "three uploads are under way"
    )
    reader, _ = await wire.open(head(person, f"POST {UPLOAD}", **fields), body=PART)
    status, rest = await answer(reader)
    assert status.split()[1] == "429"
    assert "too_many_at_once" in rest


def temporary_files() -> int:
    """Files without a name that this process holds open."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += "(deleted)" in os.readlink(entry) and "/tmp" in os.readlink(entry)
        except OSError:
            continue
    return count


@pytest.mark.fault("C3")
@pytest.mark.parametrize("expect", [True, False])
@pytest.mark.parametrize("sized", [True, False])
async def test_strangers_are_refused_unread(wire: Wire, expect: bool, sized: bool) -> None:
    fields: dict[str, Any] = {"Content_Type": BOUNDARY}
    fields |= {"Content_Length": 200_000_000} if sized else {"Transfer_Encoding": "chunked"}
    fields |= {"Expect": "100-continue"} if expect else {}
    piece = PART + b"x" * 400_000
    body = piece if sized else b"%x\r\n%s\r\n" % (len(piece), piece)

    async def refused(path: str) -> None:
        reader, writer = await wire.open(head(None, f"POST {path}", **fields), body=b"")
        if not expect:
            writer.write(body)
        status, rest = await answer(reader)
        assert status.split()[1] in {"401", "303", "404", "405", "413"}, status
        assert "100 Continue" not in rest
        assert "connection: close" in rest.lower()

    paths = [UPLOAD, "/contacts/import", "/campaigns/x/file", "/no"]
    if sized or not expect:
        paths.append(
            "/login"
        )  # nothing speaks against a sign-in of unknown length: it is read, and counted
    before = temporary_files()
    await asyncio.gather(*map(refused, paths))
    assert temporary_files() == before


@pytest.mark.fault("C3")
async def test_an_upload_is_held_to_the_setting(
    wire: Wire, login_as: LoginAs, state: AppState
) -> None:
    state.settings = state.settings.model_copy(update={"upload_max_bytes": 100_000})
    person = await login_as()
    fields: dict[str, Any] = {"Content_Type": BOUNDARY, "Content_Length": 4_000_000}
    reader, _ = await wire.open(head(person, f"POST {UPLOAD}", **fields), body=PART)
    status, rest = await answer(reader)
    assert (status.split()[1], "too_large" in rest) == ("413", True)


@pytest.mark.fault("C3")
async def test_an_upload_that_breaks_off_leaves_nothing(
    wire: Wire, login_as: LoginAs, tmp_path: Path
) -> None:
    before = temporary_files()
    fields = {"Content_Type": BOUNDARY, "Content_Length": 9_000_000}
    begin = head(await login_as(), f"POST {UPLOAD}", **fields)
    _, writer = await wire.open(begin, body=PART + b"x" * 3_000_000)
    await eventually(lambda: temporary_files() != before, "the upload is on the disk")
    writer.close()
    await eventually(lambda: not temporary_files() > before, "the broken upload is gone")
    assert not list((tmp_path / "imports").glob("*"))


def reception(app: FastAPI) -> Reception:
    """The part of the application that reads bodies."""
    app.middleware_stack = layer = app.middleware_stack or app.build_middleware_stack()
    while not isinstance(layer, Reception):
        layer = layer.app  # type: ignore[attr-defined]
    return layer


@pytest.mark.fault("C3")
async def test_bodies_share_a_budget_until_their_requests_are_answered(
    app: FastAPI, login_as: LoginAs, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting handlers hold their bodies: more large ones are refused, small ones are not."""
    waiting, go_on = asyncio.Event(), asyncio.Event()

    async def hold(*_: object) -> frozenset[UUID]:
        waiting.set()
        await go_on.wait()
        return frozenset()

    monkeypatch.setattr(WebhookDoor, "signed_by", hold)
    monkeypatch.setattr(reception(app), "budget", bodies.Budget(300_000))
    large = {"X_Hub_Signature_256": "sha256=" + "0" * 64, "Content_Length": 200_000}
    first, _ = await wire.open(head(None, "POST /api/webhook", **large), body=b" " * 200_000)
    await asyncio.wait_for(waiting.wait(), 20)
    second, _ = await wire.open(head(None, "POST /api/webhook", **large), body=b" " * 200_000)
    status, rest = await answer(second)
    assert status.split()[1] == "503"
    assert "retry-after: 2" in rest.lower()
    small = await (await login_as()).post("/api/groups", json={"name": "Small"})
    assert small.status_code == 201
    go_on.set()
    assert (await asyncio.wait_for(first.readline(), 20)).split()[1] == b"401"
    third, _ = await wire.open(head(None, "POST /api/webhook", **large), body=b" " * 200_000)
    assert (await asyncio.wait_for(third.readline(), 20)).split()[1] == b"401"


@pytest.mark.fault("C2")
async def test_a_flood_of_frames_ends_the_socket(
    wire: Wire, login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.limiter = RateLimiter(0.01, 2)
    monkeypatch.setattr(websocket, "PATIENCE_FRAMES", 5)
    monkeypatch.setattr(websocket, "MAX_SOCKETS", 1)
    person = await login_as()
    cookie = {"Cookie": f"{SESSION}={person.cookies[SESSION]}"}
    url = f"ws://127.0.0.1:{wire.port}/ws"
    async with connect(url, additional_headers=cookie) as page:
        async with connect(url, additional_headers=cookie) as second:
            await asyncio.wait_for(second.wait_closed(), 20)
            assert second.close_code == 1008
        for _ in range(20):
            await page.send('{"event": "ping"}')
        await asyncio.wait_for(page.wait_closed(), 20)
        assert page.close_code == 1008


@pytest.mark.fault("C8")
@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\xff",
        b"{}",
        '{"event": "ping", "ref": ' + "[" * 900 + "]" * 900 + "}",
        '{"event": "ping", "ref": ' + '{"a":' * 300 + "1" + "}" * 300 + "}",
        '{"event": "ping", "ref": 1e400}',
        '{"event": "ping", "ref": ' + "9" * 5000 + "}",
        '{"event": "nothing", "ref": "\\ud83d"}',
        '{"event": "join", "room": "conversation:\\u0000"}',
        '{"event": "join", "room": {"a": []}}',
        '{"event": "typing_start", "room": ["\\ud800"]}',
        '{"event": "send_message", "client_id": "\\u0000", "text": "\\ud800"}',
        '{"event": {"deep": []}}',
        "[]",
        "null",
        "",
        "[" * 60_000,
    ],
)
async def test_no_frame_breaks_the_socket(
    wire: Wire, login_as: LoginAs, frame: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    person = await login_as()
    cookie = {"Cookie": f"{SESSION}={person.cookies[SESSION]}"}
    async with connect(f"ws://127.0.0.1:{wire.port}/ws", additional_headers=cookie) as page:
        await page.send(frame)
        first = json.loads(await asyncio.wait_for(page.recv(), 20))
        assert first["event"] in {"ack", "error"}
        assert first.get("code") != "internal"
        await page.send('{"event": "ping", "ref": 7}')
        assert json.loads(await asyncio.wait_for(page.recv(), 20))["ref"] == 7
