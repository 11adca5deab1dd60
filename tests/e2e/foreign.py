"""An installation of two APIs and two workers on external servers, set up as documented."""

import asyncio
import os
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest

from api.cookies import SESSION
from cli import demo, ports, probe
from cli.addresses import Parts
from cli.chaos import certificates
from cli.datafolder import DataFolder
from cli.embedded.temporal import program as temporal_program
from cli.environment import ROOT
from cli.stack import Stack
from settings import Settings
from tests import proxies
from web import build_assets

SERVERS = Parts(api=False, worker=False, migrate=False)
NO_KEEPING = httpx.Limits(max_keepalive_connections=0)
"""Each request on a separate connection, so that the proxy can distribute them."""

NUMBER = {"throughput": "HIGH"}
KNOBS = {
    "latency_ms": 100,
    "delivered_ms": [50, 200],
    "read_ms": [200, 500],
    "personas": False,
    "time_scale": 60.0,
}


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
    """Everything that is external here."""
    given = {
        "port": api,
        "public_url": f"http://127.0.0.1:{public}",
        "simulator_url": f"http://127.0.0.1:{ports.pick({api})}",
        "data_dir": folder,
        **theirs,
    }
    return Settings.model_construct().model_copy(update=given)


@asynccontextmanager
async def installed(folders: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Their servers, TLS in front of both; two APIs and two workers of ours; a proxy."""
    build_assets.build()
    folder = folders.mktemp("ours")
    certificate = certificates.make(str(folder))
    ours = certificates.make(str(folders.mktemp("client")))
    async with AsyncExitStack() as running:
        theirs = await running.enter_async_context(
            Stack(folders.mktemp("theirs"), parts=SERVERS, ports="random")
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
