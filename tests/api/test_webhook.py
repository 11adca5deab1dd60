"""Deliveries over HTTP: the fast path past the router and the path through it answer the same."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Message, Receive

from api import webhook
from api.state import AppState
from domain.actors import SYSTEM
from domain.live import Event
from domain.webhooks import Rejection
from services.channels import verify, write
from services.receiving import door, intake, rejections
from services.receiving.intake import Full, Intake
from services.vault import Vault
from simulator.config import SimulatorConfig
from store.engine import create_engine, create_sessions
from store.receiving import deliveries
from store.receiving.deliveries import RawEvent
from tests import simulated
from tests.eventually import eventually
from tests.wires import Wire, answer

BODY = b'{"object":"whatsapp_business_account","entry":[]}'


def signed(body: bytes, secret: str = SimulatorConfig().app_secret) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()}


async def chunked(body: bytes) -> AsyncIterator[bytes]:
    """A body of undeclared length, which goes through the router."""
    yield body[:9]
    yield body[9:]


async def kept(state: AppState) -> list[bytes]:
    async with state.sessions() as session:
        rows = await session.scalars(text("SELECT body FROM webhook_events ORDER BY id"))
        return [bytes(row) for row in rows]


async def counted(state: AppState) -> int:
    async with state.sessions() as session:
        return (
            await session.scalar(text("SELECT coalesce(sum(count), 0) FROM rejected_webhooks")) or 0
        )


@pytest.fixture
async def channel(state: AppState) -> None:
    async with state.sessions.begin() as session:
        await write.add(session, state.vault, simulated.form(SimulatorConfig()), actor=SYSTEM)


@pytest.mark.usefixtures("channel")
async def test_both_ways_keep_a_delivery_and_dress_the_answer(
    client: httpx.AsyncClient, state: AppState
) -> None:
    other = BODY + b" "
    short = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    long = await client.post("/api/webhook", content=chunked(other), headers=signed(other))
    assert (short.status_code, long.status_code) == (200, 200)
    assert set(short.headers) == set(long.headers)
    assert await kept(state) == [BODY, other]


@pytest.mark.usefixtures("channel")
async def test_a_callback_address_may_have_a_query(
    client: httpx.AsyncClient, state: AppState
) -> None:
    address, other = "/api/webhook?brand=shop&x", BODY + b" "
    short = await client.post(address, content=BODY, headers=signed(BODY))
    long = await client.post(address, content=chunked(other), headers=signed(other))
    assert (short.status_code, long.status_code) == (200, 200)
    assert await kept(state) == [BODY, other]


@pytest.mark.usefixtures("channel")
async def test_a_delivery_that_dawdles_takes_the_usual_way(
    wire: Wire, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What had arrived by then is not lost."""
    monkeypatch.setattr(webhook, "ARRIVED_S", 0.01)
    passed = asyncio.Event()
    again = webhook._again

    def going_on(told: Sequence[Message], receive: Receive) -> Receive:
        passed.set()
        return again(told, receive)

    monkeypatch.setattr(webhook, "_again", going_on)
    [(name, value)] = signed(BODY).items()
    head = f"POST /api/webhook HTTP/1.1\nHost: x\nConnection: close\nContent-Length: {len(BODY)}\n{name}: {value}\n\n"
    reader, writer = await wire.open(head, body=BODY[:9])
    await asyncio.wait_for(passed.wait(), 20)
    writer.write(BODY[9:])
    status, _ = await answer(reader)
    assert status.split()[1] == "200"
    assert await kept(state) == [BODY]


@pytest.mark.usefixtures("channel")
async def test_a_fault_on_the_short_way_is_said_by_the_usual_one(
    client: httpx.AsyncClient, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(state.webhooks, "take", None)
        broken = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    assert (broken.status_code, broken.json()["code"]) == (500, "internal")
    fine = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    assert fine.status_code == 200
    assert await kept(state) == [BODY]


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize("headers", [{}, {"x-hub-signature-256": "sha1=00"}, signed(BODY, "typo")])
async def test_both_ways_turn_strangers_away(
    client: httpx.AsyncClient, state: AppState, headers: dict[str, str]
) -> None:
    for content in (BODY, chunked(BODY)):
        answer = await client.post("/api/webhook", content=content, headers=headers)
        assert answer.status_code == 401
    await state.webhooks.rejections.stop()
    assert await counted(state) == 2
    assert await kept(state) == []


@pytest.mark.usefixtures("channel")
async def test_a_body_beyond_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    body = b" " * (4 * 1024 * 1024 + 1)
    answer = await client.post("/api/webhook", content=body, headers=signed(body))
    assert answer.status_code == 413


@pytest.mark.fault("C3")
async def test_who_signs_nothing_is_refused_before_any_of_the_body(wire: Wire) -> None:
    """With known and unknown length: no byte of it is requested or waited for."""
    for length in ("Content-Length: 3000000", "Transfer-Encoding: chunked"):
        for signature in ("", "X-Hub-Signature-256: sha256=0\n"):
            lines = f"POST /api/webhook HTTP/1.1\nHost: x\nExpect: 100-continue\n{length}\n{signature}\n"
            reader, _ = await wire.open(lines)
            status, rest = await answer(reader)
            assert status.split()[1] == "401"
            assert "100 Continue" not in rest


@pytest.mark.usefixtures("channel")
@pytest.mark.fault("C3")
async def test_a_flood_of_wrong_signatures_makes_no_work(
    client: httpx.AsyncClient, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    secrets = verify.secrets

    async def read(session: AsyncSession, vault: Vault) -> list[tuple[UUID, str]]:
        nonlocal reads
        reads += 1
        return await secrets(session, vault)

    monkeypatch.setattr(verify, "secrets", read)
    monkeypatch.setattr(door, "LOOKED_UP_EVERY_S", 60.0)
    monkeypatch.setattr(door, "SECRETS_KEPT_S", 60.0)
    flood = [
        client.post("/api/webhook", content=BODY, headers=signed(BODY, "no")) for _ in range(40)
    ]
    assert {found.status_code for found in await asyncio.gather(*flood)} == {401}
    assert reads <= 2  # a second time where the notice of the channel itself comes in between
    assert await counted(state) == 0
    await state.webhooks.rejections.stop()
    assert await counted(state) == 40
    assert (
        await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    ).status_code == 200
    assert reads == 1


@pytest.mark.fault("C3")
async def test_rejections_are_written_by_themselves_and_kept_while_they_cannot_be(
    state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejections, "WRITTEN_EVERY_S", 0.01)
    away = rejections.Rejections(create_sessions(create_engine("postgresql://127.0.0.1:1/none")))
    away.count(Rejection.SIGNATURE_WRONG)
    await away.stop()
    here = state.webhooks.rejections
    here._counts += away._counts
    here.count(Rejection.SIGNATURE_WRONG)

    async def both() -> bool:
        return await counted(state) == 2

    await eventually(both, "what was counted while the database was away is written")
    await here.stop()


@pytest.mark.fault("C3")
async def test_a_new_secret_works_at_once_in_every_process(
    client: httpx.AsyncClient, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entered elsewhere and announced by notification: no delivery waits for the next scheduled read."""
    monkeypatch.setattr(door, "LOOKED_UP_EVERY_S", 60.0)
    monkeypatch.setattr(door, "SECRETS_KEPT_S", 60.0)
    await asyncio.wait_for(state.hub.listening.wait(), 20)
    turned_away = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    assert turned_away.status_code == 401
    told = asyncio.Event()
    state.hub.listen(Event.CHANNEL_UPDATE, told.set)
    async with state.sessions.begin() as session:
        await write.add(session, state.vault, simulated.form(SimulatorConfig()), actor=SYSTEM)
    await asyncio.wait_for(told.wait(), 20)
    taken = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    assert taken.status_code == 200


@pytest.mark.fault("C3")
async def test_what_waits_for_the_database_is_bounded_and_grouped_by_size(
    state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "WAITING_BYTES", 1000)
    monkeypatch.setattr(intake, "WAITING", 12)
    monkeypatch.setattr(intake, "GROUP_BYTES", 250)
    groups: list[int] = []
    store = deliveries.store

    async def counting(session: AsyncSession, events: Sequence[RawEvent]) -> None:
        groups.append(sum(len(event.body) for event in events))
        await store(session, events)

    monkeypatch.setattr(deliveries, "store", counting)
    keeper = Intake(state.sessions)

    async def keep(*sizes: int) -> list[BaseException | None]:
        bodies = [f"{number:0{size}}".encode() for number, size in enumerate(sizes)]
        return await asyncio.gather(
            *(keeper.keep(body, None) for body in bodies), return_exceptions=True
        )

    large = await keep(*[100] * 9, 400)
    assert [type(found) for found in large] == [type(None)] * 9 + [Full]
    assert max(groups) <= 250
    assert sum(groups) == 900
    many = await keep(*[9] * 20)
    assert [type(found) for found in many] == [type(None)] * 12 + [Full] * 8
    assert await keep(400, 300) == [None, None]
    assert groups[-2:] == [400, 300]


@pytest.mark.usefixtures("channel")
@pytest.mark.fault("C3")
async def test_a_full_waiting_room_is_said_and_the_delivery_comes_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(intake, "WAITING", 0)
        full = await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    assert (full.status_code, full.headers["retry-after"]) == (503, "2")
    assert (
        await client.post("/api/webhook", content=BODY, headers=signed(BODY))
    ).status_code == 200
