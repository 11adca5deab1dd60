"""Two APIs and two workers on an external database and Temporal: behind TLS, with least privileges."""

import asyncio
import contextlib
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api.cookies import SESSION
from api.websocket import SIGNED_OUT
from cli import demo, doctor, temporal_checks
from cli.system_checks import finding
from tests.e2e.foreign import NO_KEEPING, Installation, installed
from tests.e2e.stories import draft, group_id, items, talk, tiny_campaign
from tests.eventually import eventually
from workflows import checks, ids

PEOPLE = 900
PER_SECOND = 300
KNOCK_EVERY_S = 0.02

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.fault("D7")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Their servers, TLS in front of both; two APIs and two workers of ours; a proxy."""
    async with installed(tmp_path_factory) as made:
        yield made


async def test_one_signs_in_at_one_and_goes_on_at_the_other(pair: Installation) -> None:
    async with pair.client(pair.apis[1]) as there, pair.client() as anywhere:
        assert (await there.get("/api/auth/me")).json()["email"] == demo.EMAIL
        made = [await anywhere.post("/api/groups", json={"name": f"Both {n}"}) for n in range(4)]
        assert [answer.status_code for answer in made] == [201] * 4
        assert await group_id(there, "Both 0")


async def test_a_campaign_goes_out_and_every_update_comes_back(pair: Installation) -> None:
    async with pair.client() as anywhere:
        campaign = await tiny_campaign(anywhere, "Through a proxy")

        async def all_delivered() -> bool:
            funnel = (await anywhere.get(f"/api/campaigns/{campaign}/stats")).json()["funnel"]
            return bool(funnel["submitted"] == funnel["reached_delivered"] > 0)

        await eventually(all_delivered, "every message is delivered")


@asynccontextmanager
async def page(pair: Installation, port: int, room: str) -> AsyncIterator[ClientConnection]:
    """An open page at one of the processes that follows a room."""
    headers = {"Cookie": f"{SESSION}={pair.cookie}"}
    async with connect(f"ws://127.0.0.1:{port}/ws", additional_headers=headers) as socket:
        await socket.send(json.dumps({"event": "join", "room": room, "ref": 1}))
        await hears(socket, "ack")
        yield socket


async def hears(socket: ClientConnection, event: str) -> dict[str, Any]:
    """The next event of this name."""
    async with asyncio.timeout(10):
        while True:
            told: dict[str, Any] = json.loads(await socket.recv())
            if told["event"] == event:
                return told


async def test_a_page_at_one_hears_what_happens_through_the_other(pair: Installation) -> None:
    first, other = pair.apis
    async with (
        httpx.AsyncClient(base_url=pair.stack.simulator_url) as phone,
        pair.client(other) as client,
    ):
        async with page(pair, first, "inbox") as here, page(pair, other, "inbox") as there:
            conversation = await talk(client, phone, "491713920977", "Is anybody there?")
            await asyncio.gather(*(hears(one, "conversation_update") for one in (here, there)))
        room = f"conversation:{conversation['id']}"
        async with page(pair, first, room) as here:
            body = {"to": "+491713920977", "text": {"body": "I am"}}
            assert (await client.post("/api/messages/send", json=body)).status_code == 202
            assert (await hears(here, "new_message"))["conversation_id"] == conversation["id"]


async def test_a_file_given_to_one_is_imported_by_a_worker_and_seen_by_the_other(
    pair: Installation,
) -> None:
    async with pair.client(pair.apis[0]) as here, pair.client(pair.apis[1]) as there:
        rows = "".join(f"Person {n},+49171392{n + 3000}\n" for n in range(PEOPLE))
        sent = await here.post(
            "/api/contacts/import",
            files={"file": ("people.csv", f"Name,Mobile\n{rows}".encode())},
            data={"options": json.dumps({"new_group": "Given to one"})},
        )
        address = f"/api/contacts/import/{sent.raise_for_status().json()['id']}"

        async def done() -> bool:
            return bool((await there.get(address)).json()["status"] == "completed")

        await eventually(done, "the file is imported")
        assert (await there.get(address)).json()["counts"]["new"] == PEOPLE


def signed(pair: Installation, body: bytes) -> dict[str, str]:
    """The header that Meta sends with a webhook."""
    secret = demo.demo_number(pair.stack.data).app_secret.encode()
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret, body, 'sha256').hexdigest()}"}


def inbound(pair: Installation, sender: str, id_: str) -> bytes:
    """Somebody writes."""
    number = demo.demo_number(pair.stack.data)
    message = {"from": sender, "id": id_, "timestamp": "1790000000", "type": "text"}
    value = {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": number.phone_number_id},
        "contacts": [{"profile": {"name": "Otto"}, "wa_id": sender}],
        "messages": [{**message, "text": {"body": "Once"}}],
    }  # fmt: skip
    entry = [{"id": number.waba_id, "changes": [{"field": "messages", "value": value}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


async def once(client: httpx.AsyncClient, sender: str) -> None:
    """What somebody wrote is in the thread, once."""

    async def arrived() -> Any:
        return items(await client.get("/api/conversations", params={"search": sender}))

    (conversation,) = await eventually(arrived, "the message arrives")
    said = await client.get("/api/messages", params={"conversation_id": conversation["id"]})
    assert len(items(said)) == 1


async def test_a_delivery_to_either_counts_once(pair: Installation) -> None:
    body = inbound(pair, "491713920978", "wamid.twice")
    headers = signed(pair, body)
    async with pair.client() as anywhere:
        answers = await asyncio.gather(
            *(anywhere.post("/api/webhook", content=body, headers=headers) for _ in range(6))
        )
        assert [answer.status_code for answer in answers] == [200] * 6
        await once(anywhere, "491713920978")


@pytest.mark.fault("D1")
async def test_a_delivery_to_a_frozen_process_counts_once_when_it_comes_again(
    pair: Installation,
) -> None:
    sender, (here, there) = "491713920979", pair.apis
    body = inbound(pair, sender, "wamid.frozen")
    pair.stack.freeze("api")
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{here}", timeout=1) as meta:
            with pytest.raises(httpx.TimeoutException):
                await meta.post("/api/webhook", content=body, headers=signed(pair, body))
        async with pair.client(there) as client:
            assert (await client.get("/campaigns")).status_code == 200
    finally:
        pair.stack.thaw("api")
    async with pair.client(here) as client:
        again = await client.post("/api/webhook", content=body, headers=signed(pair, body))
        assert again.status_code == 200
        await once(client, sender)


@asynccontextmanager
async def knocking(pair: Installation, port: int) -> AsyncIterator[list[float]]:
    """Deliveries to one process all the time; the moments at which one was not taken."""
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    turned_away: list[float] = []

    async def knock() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as meta:
            while True:
                came, taken = time.monotonic(), False
                with contextlib.suppress(httpx.HTTPError):
                    answer = await meta.post(
                        "/api/webhook", content=body, headers=signed(pair, body)
                    )
                    taken = answer.status_code == 200
                if not taken:
                    turned_away.append(came)
                await asyncio.sleep(KNOCK_EVERY_S)

    knocker = asyncio.create_task(knock())
    try:
        yield turned_away
    finally:
        knocker.cancel()
        await asyncio.gather(knocker, return_exceptions=True)


async def end_in_order(pair: Installation, name: str) -> tuple[float, float]:
    """Restart a process like a deploy; returns when it was unavailable."""
    began = time.monotonic()
    await pair.stack.restart(name)
    return began, time.monotonic()


@pytest.mark.fault("D8")
async def test_a_deploy_at_full_speed_leaves_nothing_in_doubt_and_turns_nobody_away_for_longer(
    pair: Installation,
) -> None:
    """The people are those of the file above."""
    one = pair.apis[0]
    async with pair.client(pair.apis[1]) as there, knocking(pair, one) as turned_away:
        campaign = await draft(there, "Deploy", group="Given to one", throttle=PER_SECOND)
        (await there.post(f"/api/campaigns/{campaign}/execute")).raise_for_status()

        async def counters() -> dict[str, int]:
            found = await there.get(f"/api/campaigns/{campaign}/stats")
            return dict(found.raise_for_status().json()["counters"])

        async def in_full_flow() -> bool:
            now = await counters()
            return now["total"] - now["queued"] > PER_SECOND / 2

        await eventually(in_full_flow, "the campaign is in full flow")
        restarts = [end_in_order(pair, name) for name in ("api", "worker", "worker-2")]
        (gone, back), *_ = await asyncio.gather(*restarts)

        async def over() -> bool:
            now = await counters()
            return now["total"] == now["sent"] + now["delivered"] + now["read"] == PEOPLE

        await eventually(over, "everybody has the message", within=60)
        assert (await counters())["unknown"] == 0
    assert turned_away
    assert [came for came in turned_away if not gone - 0.5 <= came <= back + 0.5] == []


async def test_wrong_sign_ins_at_both_count_together(pair: Installation) -> None:
    async with httpx.AsyncClient(base_url=pair.url, limits=NO_KEEPING) as stranger:
        body = {"email": "nobody@example.com", "password": "a guess"}
        answers = [await stranger.post("/api/auth/login", json=body) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2


async def run(pair: Installation, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """A command of ours, as the operator of this installation runs it."""
    owner = {"DATABASE_OWNER_URL": str(pair.stack.owner_url)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *arguments,
        env=pair.stack.environment | owner | variables,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.fault("D9")
async def test_a_backup_of_such_a_database_is_made_and_comes_back(
    pair: Installation, tmp_path: Path
) -> None:
    file = str(tmp_path / "shop.tar")
    code, _, said = await run(pair, "backup", file)
    assert code == 0, said
    async with await psycopg.AsyncConnection.connect(pair.admin_url, autocommit=True) as admin:
        await admin.execute("CREATE DATABASE shop_again OWNER whatsway_owner")
    settings = pair.stack.settings
    there = {
        "DATABASE_URL": str(settings.database_url).replace("/shop?", "/shop_again?"),
        "DATABASE_OWNER_URL": str(pair.stack.owner_url).replace("/shop?", "/shop_again?"),
        "WHATSWAY_DATA_DIR": str(tmp_path / "again"),
    }
    code, _, said = await run(pair, "restore", file, **there)
    assert code == 0, said
    async with await psycopg.AsyncConnection.connect(there["DATABASE_URL"]) as ours:
        cursor = await ours.execute("SELECT count(*) FROM campaigns")
        assert (await cursor.fetchone() or (0,))[0] > 0


async def test_doctor_finds_both_servers_well(pair: Installation) -> None:
    patient = doctor.Patient.of(pair.stack.settings)
    found = await asyncio.gather(doctor.postgres(patient), doctor.temporal(patient))
    assert [one.ok for one in found] == [True, True], found
    waiting = await temporal_checks.backlog(patient.settings)
    assert waiting.keys() == set(ids.QUEUES)


@pytest.mark.parametrize(
    ("changes", "detail", "step"),
    [
        ({"temporal_namespace": "bare"}, "search attributes missing", "CampaignId"),
        ({"temporal_namespace": "nowhere"}, "nowhere", "namespace"),
        ({"temporal_tls": False}, "", "TEMPORAL_TLS"),
        (
            {"temporal_tls_client_cert_path": None, "temporal_tls_client_key_path": None},
            "",
            "TEMPORAL_TLS",
        ),
        ({"temporal_tls_server_ca_cert_path": None}, "", "TEMPORAL_TLS"),
        ({"temporal_address": "127.0.0.1:1"}, "127.0.0.1:1", "TEMPORAL_ADDRESS"),
    ],
)
async def test_doctor_says_what_is_wrong_with_temporal(
    pair: Installation, changes: dict[str, Any], detail: str, step: str
) -> None:
    found = finding(await checks.temporal(pair.stack.settings.model_copy(update=changes)))
    assert not found.ok
    assert detail in found.detail
    assert step in found.next_step


async def test_signing_out_at_one_ends_pages_at_the_other(pair: Installation) -> None:
    """The last test: the shared sign-in signs out."""
    async with page(pair, pair.apis[0], "inbox") as here, pair.client(pair.apis[1]) as there:
        await there.post("/api/auth/logout")
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(5):
                while True:
                    await here.recv()
        assert here.close_code == SIGNED_OUT
