"""An installation of the first release starts on this code; an older program refuses a newer database.

The files in ``first_release`` were made by commit be9439f: a running, a paused and a scheduled campaign.
"""

import asyncio
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from api.wording import say
from cli import doctor, environment
from cli.addresses import Parts
from cli.bench.scene import Scene
from cli.embedded.postgres import installation
from cli.stack import Stack
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus
from services import system
from services.campaigns import control
from settings import Settings
from simulator.config import NumberConfig, SimulatorConfig, Throughput
from store.engine import create_engine, create_sessions, libpq_url
from store.migrate import is_newer
from tests.eventually import eventually
from workflows.client import Workflows

pytestmark = pytest.mark.fault("D8")

FIRST = Path(__file__).parent / "first_release"
PEOPLE = 150
SOON = timedelta(seconds=15)
LATER = timedelta(days=400)


def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((FIRST / "facts.json").read_text("utf-8"))
    return facts


def _load(url: str, simulator_url: str, planned: str, ahead: timedelta) -> None:
    """Restore the first release's database as it was, as if on the same server."""
    dump = gzip.decompress((FIRST / "database.sql.gz").read_bytes())
    psql = installation() / "bin" / "psql"
    command = [str(psql), "-q", "-v", "ON_ERROR_STOP=1", libpq_url(url)]
    subprocess.run(command, input=dump, check=True, stdout=subprocess.DEVNULL)
    with psycopg.connect(libpq_url(url)) as connection:
        if connection.execute("SELECT to_regclass('public.installation')").fetchone() != (None,):
            connection.execute("DELETE FROM public.installation")
        connection.execute("UPDATE public.channels SET api_url = %s", (simulator_url,))
        connection.execute(
            "UPDATE public.campaigns SET scheduled_at = %s WHERE id = %s",
            (datetime.now(UTC) + ahead, planned),
        )


def _stack(folder: Path, facts: dict[str, Any], *, keep_temporal: bool) -> Stack:
    """The newest code on that installation, Temporal's file with or without it."""
    folder.chmod(0o755)
    keys = {name: facts[name] for name in ("encryption_keys", "session_secret")}
    (folder / "secrets.json").write_text(json.dumps(keys))
    if keep_temporal:
        (folder / "temporal.db").write_bytes(
            gzip.decompress((FIRST / "temporal.db.gz").read_bytes())
        )
        (folder / "run").mkdir()
        (folder / "run" / "temporal.json").write_text(json.dumps(facts["temporal"]))
    knobs = {"personas": False, "pair_limit": False, "us_marketing_blocked": False}
    config = SimulatorConfig(numbers=(NumberConfig(throughput=Throughput.HIGH),), knobs=knobs)
    shown = config.model_dump(mode="json", exclude={"webhook_url", "public_url"})
    stack = Stack(
        folder, parts=Parts(simulator=True), ports="random", mode="demo", simulator_config=shown
    )

    async def load(url: str) -> str:
        assert stack.postgres is not None
        owner = stack.postgres.owner_url
        ahead = (
            LATER if keep_temporal else SOON
        )  # an engine that keeps its timer is told the row's time
        planned = facts["ids"]["Planned"]
        await asyncio.to_thread(_load, owner, stack.simulator_url, planned, ahead)
        return url

    stack.detour = load
    return stack


async def _until_final(scene: Scene, campaign_id: UUID) -> None:
    async def final() -> bool:
        return (await scene.look(campaign_id)).status is CampaignStatus.COMPLETED

    await eventually(final, "the campaign completes", within=90)


@pytest.mark.parametrize("keep_temporal", [True, False])
async def test_the_first_release_goes_on_where_it_stood(
    tmp_path: Path, keep_temporal: bool
) -> None:
    facts = _facts()
    ids = {name: UUID(one) for name, one in facts["ids"].items()}
    stack = _stack(tmp_path, facts, keep_temporal=keep_temporal)
    async with stack, httpx.AsyncClient() as http:
        assert stack.postgres is not None
        engine = create_engine(stack.postgres.url, 3)
        sessions = create_sessions(engine)
        workflows = Workflows.from_settings(stack.settings)
        nobody = UUID(int=0)
        scene = Scene(stack, sessions, workflows, http, nobody, nobody)
        async with asyncio.timeout(90):
            await _until_final(scene, ids["Running"])
            assert (await scene.look(ids["Paused"])).status is CampaignStatus.PAUSED
            async with sessions.begin() as session:
                await control.resume(session, ids["Paused"], SYSTEM)
            await workflows.resume_campaign(ids["Paused"])
            await _until_final(scene, ids["Paused"])
            if keep_temporal:
                assert (await scene.look(ids["Planned"])).status is CampaignStatus.SCHEDULED
                assert await workflows.campaign_progress(ids["Planned"]) is not None
            else:  # made anew from the row, which plans it for soon
                await _until_final(scene, ids["Planned"])
        log = await scene.accepted()
        await engine.dispose()
    before: dict[str, int] = facts["accepted"]
    people = log.by_recipient.keys() | before.keys()
    times = {phone: log.by_recipient.get(phone, 0) + before.get(phone, 0) for phone in people}
    # One message of each campaign for everybody, before and after the upgrade together.
    assert len(times) == PEOPLE
    assert set(times.values()) == {2 if keep_temporal else 3}


COMMANDS = ("worker", "api", "migrate", "user list", "backup -")
"""One of each way to the database."""


@pytest.fixture
def newer(database_url: str) -> Iterator[str]:
    """A database as the release after this one left it."""
    assert not is_newer(database_url)
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        before = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert before is not None
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        yield database_url
        connection.execute("UPDATE alembic_version SET version_num = %s", before)


async def test_an_older_program_refuses_a_newer_database_in_one_sentence(
    newer: str, tmp_path: Path
) -> None:
    settings = Settings.model_construct().model_copy(update={"temporal_address": "127.0.0.1:1"})
    given = {"DATABASE_URL": newer, "WHATSWAY_DATA_DIR": str(tmp_path)}
    variables = environment.for_child(settings, given)

    async def refuses(command: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli.main", *command.split(), env=variables, cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        out, err = (part.decode() for part in await process.communicate())
        said = err.strip().splitlines()
        assert process.returncode == 2, (command, out, err)
        assert len(said) == 1, (command, said)
        assert "made by a newer release" in said[0], (command, said)

    await asyncio.gather(*map(refuses, COMMANDS))


async def test_who_looks_is_told_which_of_the_two_is_too_old(
    newer: str, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "newer")
    settings = Settings.model_construct().model_copy(update={"database_url": newer})
    found = await doctor.postgres(doctor.Patient.of(settings))
    assert not found.ok
    assert "newer release" in found.detail
    assert "Install that release" in found.next_step
    engine = create_engine(newer, 1)
    async with create_sessions(engine)() as session:
        signs = {sign.key: sign for sign in await system.examine(session, tmp_path)}
    await engine.dispose()
    assert "newer release" in say(signs["schema"].said)
