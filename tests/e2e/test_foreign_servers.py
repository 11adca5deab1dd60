"""Two APIs and two workers on a database and a Temporal of somebody else: behind TLS, with least rights."""

import asyncio
import contextlib
import hmac
import json
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api.cookies import SESSION
from api.websocket import SIGNED_OUT
from cli import demo, ports, probe, temporal_checks
from cli.chaos import certificates
from cli.datafolder import DataFolder
from cli.embedded.temporal import program as temporal_program
from cli.environment import ROOT
from cli.stack import Parts, Stack
from settings import Settings
from tests import proxies
from tests.e2e.stories import group_id, items, talk, tiny_campaign, until
from web import build_assets

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.fault("D7")]

SERVERS = Parts(api=False, worker=False, migrate=False)
NO_KEEPING = httpx.Limits(max_keepalive_connections=0)
"""Each request on a connection of its own, so that the proxy has something to share out."""

NUMBER = {"throughput": "HIGH"}
KNOBS = {"latency_ms": 15, "delivered_ms": [50, 200], "read_ms": [200, 500], "personas": False}


def documented(page: str, language: str, beginning: str) -> str:
    """The block of a page of docs that holds these words."""
    blocks = re.findall(
        rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL
    )
    return next(str(block) for block in blocks if beginning in block)


async def prepare_database(owner_url: str) -> None:
    """What docs/operations.md tells the administrator to run, once."""
    script = documented("operations.md", "sql", "CREATE ROLE whatsway_owner")
    script = script.replace("'…'", "'pass word/1'").replace("whatsway_app", "shop_app")
    script = script.replace("DATABASE whatsway", "DATABASE shop")
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        for statement in script.strip().split(";"):
            if statement.strip():
                await connection.execute(statement.encode())


async def prepare_temporal(address: str) -> None:
    """What docs/setup.md tells to run, once."""
    binary, _ = temporal_program()
    script = documented("setup.md", "sh", "temporal operator namespace create")
    script += "temporal operator namespace create --namespace bare\n"
    lines = script.replace("temporal operator", f"{shlex.quote(str(binary))} operator")
    process = await asyncio.create_subprocess_exec(
        "bash", "-ec", lines, env={**os.environ, "TEMPORAL_ADDRESS": address},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


@dataclass(slots=True)
class Installation:
    """Ours, and the proxy people come through."""

    stack: Stack
    url: str
    apis: tuple[int, int]
    admin_url: str
    cookie: str
    csrf: str

    def client(self, port: int | None = None) -> httpx.AsyncClient:
        """A signed-in browser at one of the processes, or at the proxy, which takes turns."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}" if port else self.url,
            headers={"X-CSRF-Token": self.csrf, "Cookie": f"{SESSION}={self.cookie}"},
            limits=NO_KEEPING,
            timeout=30,
        )


def our_settings(folder: Path, theirs: dict[str, object], public: int, api: int) -> Settings:
    """Everything that is not built in any more."""
    given = {
        "port": api,
        "public_url": f"http://127.0.0.1:{public}",
        "simulator_url": f"http://127.0.0.1:{ports.pick({api})}",
        "data_dir": folder,
        **theirs,
    }
    return Settings.model_construct().model_copy(update=given)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Their servers, TLS in front of both; two APIs and two workers of ours; a proxy."""
    build_assets.build()
    folder = tmp_path_factory.mktemp("ours")
    certificate = certificates.make(str(folder))
    ours = certificates.make(str(tmp_path_factory.mktemp("client")))
    async with AsyncExitStack() as running:
        theirs = await running.enter_async_context(
            Stack(tmp_path_factory.mktemp("theirs"), parts=SERVERS, ports="random")
        )
        assert theirs.postgres is not None
        assert theirs.temporal is not None
        await asyncio.gather(
            prepare_database(theirs.postgres.owner_url), prepare_temporal(theirs.temporal.address)
        )
        database = await running.enter_async_context(
            proxies.postgres_with_tls(theirs.postgres.port, proxies.server_context(certificate))
        )
        temporal = await running.enter_async_context(
            proxies.turns([theirs.temporal.port], proxies.server_context(certificate, client=ours))
        )
        apis = (ports.pick(), ports.pick())
        public = await running.enter_async_context(proxies.turns(apis))
        where = f"127.0.0.1:{database}/shop?sslmode=verify-full&sslrootcert={certificate}"
        password = quote("pass word/1", safe="")
        settings = our_settings(
            folder / "data",
            {
                "database_url": f"postgresql://shop_app:{password}@{where}",
                "database_owner_url": f"postgresql://whatsway_owner:{password}@{where}",
                "temporal_address": f"127.0.0.1:{temporal}",
                "temporal_namespace": "whatsway",
                "temporal_tls_server_ca_cert_path": certificate,
                "temporal_tls_client_cert_path": ours,
                "temporal_tls_client_key_path": ours,
            },
            public,
            apis[0],
        )
        stack = await running.enter_async_context(_our_stack(settings))
        await _second_api(stack, apis[1])
        cookie, csrf = await _signed_in(stack, apis[0])
        url = f"http://127.0.0.1:{public}"
        yield Installation(stack, url, apis, theirs.postgres.owner_url, cookie, csrf)


def _our_stack(settings: Settings) -> Stack:
    data = DataFolder(settings.data_dir)
    data.create()
    stack = Stack(
        settings.data_dir, settings=settings, mode="demo", parts=Parts(simulator=True, workers=2),
        simulator_config=demo.simulator_config(data) | {"numbers": [NUMBER], "knobs": KNOBS},
    )  # fmt: skip
    stack.after_migrate.append(demo.seed)
    return stack


async def _second_api(stack: Stack, port: int) -> None:
    first = stack.supervisor.children["api"].component
    variables = {**first.environment, "PORT": str(port)}
    second = replace(
        first, name="api-2", environment=variables, ready=lambda _: probe.http_ok(port, "/ready")
    )
    await stack.supervisor.start(second)


async def _signed_in(stack: Stack, port: int) -> tuple[str, str]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        login = {"email": demo.EMAIL, "password": demo.password(stack.data)}
        answer = (await client.post("/api/auth/login", json=login)).raise_for_status()
        return client.cookies[SESSION], answer.json()["csrf_token"]


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

        await until(all_delivered)


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
        rows = "".join(f"Person {n},+4917139210{n:02}\n" for n in range(40))
        sent = await here.post(
            "/api/contacts/import",
            files={"file": ("people.csv", f"Name,Mobile\n{rows}".encode())},
            data={"options": json.dumps({"new_group": "Given to one"})},
        )
        address = f"/api/contacts/import/{sent.raise_for_status().json()['id']}"

        async def done() -> bool:
            return bool((await there.get(address)).json()["status"] == "completed")

        await until(done)
        assert (await there.get(address)).json()["counts"]["new"] == 40


async def test_a_delivery_to_either_counts_once(pair: Installation) -> None:
    settings = demo.demo_number(pair.stack.data)
    sender = "491713920978"
    message = {"from": sender, "id": "wamid.twice", "timestamp": "1790000000", "type": "text"}
    value = {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": settings.phone_number_id},
        "contacts": [{"profile": {"name": "Otto"}, "wa_id": sender}],
        "messages": [{**message, "text": {"body": "Once"}}],
    }  # fmt: skip
    entry = [{"id": settings.waba_id, "changes": [{"field": "messages", "value": value}]}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
    mark = hmac.new(settings.app_secret.encode(), body, "sha256").hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={mark}"}
    async with pair.client() as anywhere:
        answers = await asyncio.gather(
            *(anywhere.post("/api/webhook", content=body, headers=headers) for _ in range(6))
        )
        assert [answer.status_code for answer in answers] == [200] * 6

        async def arrived() -> Any:
            return items(await anywhere.get("/api/conversations", params={"search": sender}))

        (conversation,) = await until(arrived)
        said = await anywhere.get("/api/messages", params={"conversation_id": conversation["id"]})
        assert len(items(said)) == 1


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
    _, out, said = await run(pair, "doctor", "--json")
    findings = {one["name"]: one for one in json.loads(out or said)["findings"]}
    assert findings["PostgreSQL"]["ok"]
    assert findings["Temporal"]["ok"]


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
    found = await temporal_checks.look(pair.stack.settings.model_copy(update=changes))
    assert not found.ok
    assert detail in found.detail
    assert step in found.next_step


async def test_signing_out_at_one_ends_pages_at_the_other(pair: Installation) -> None:
    """The last one: whoever signed in for all of them leaves."""
    async with page(pair, pair.apis[0], "inbox") as here, pair.client(pair.apis[1]) as there:
        await there.post("/api/auth/logout")
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(5):
                while True:
                    await here.recv()
        assert here.close_code == SIGNED_OUT
