"""The built-in PostgreSQL and Temporal start, keep their data over kill -9, and refuse bad folders."""

import asyncio
import time
from pathlib import Path

import psycopg
import pytest

from cli.addresses import Parts
from cli.datafolder import DataFolder
from cli.embedded.postgres import MAJOR, EmbeddedPostgres
from cli.embedded.temporal import EmbeddedTemporal
from cli.problems import Problem
from cli.stack import Stack

DATABASES_ONLY = Parts(api=False, worker=False, migrate=False)


async def test_both_come_back_within_two_seconds_with_their_data(tmp_path: Path) -> None:
    began = time.monotonic()
    async with Stack(tmp_path / "data", parts=DATABASES_ONLY, ports="random") as stack:
        first_s = (
            time.monotonic() - began
        )  # with a cluster to make; on a busy machine as slow as the rest
        url = str(stack.owner_url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        for name in ("postgres", "temporal"):
            began = time.monotonic()
            stack.kill(name)
            await stack.wait_ready(name)
            assert time.monotonic() - began <= max(2.0, first_s), name
        assert stack.restarts == {"postgres": 1, "temporal": 1}
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
        ports = (stack.postgres and stack.postgres.port, stack.temporal and stack.temporal.port)

    # A pid file from before a reboot, whose number now belongs to an innocent process: process 1.
    (tmp_path / "data" / "postgres" / "postmaster.pid").write_text("1\n/elsewhere\n1\n1\n\n\n\n")
    async with Stack(tmp_path / "data", parts=DATABASES_ONLY, ports="random") as stack:
        assert ports == (
            stack.postgres and stack.postgres.port,
            stack.temporal and stack.temporal.port,
        )
        with psycopg.connect(str(stack.owner_url)) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
        wrong = str(stack.settings.database_url).replace("whatsway_app:", "whatsway_app:not")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


async def test_search_attributes_and_retention_are_registered(tmp_path: Path) -> None:
    parts = Parts(api=False, worker=False, migrate=False)
    async with Stack(tmp_path / "data", parts=parts, ports="random") as stack:
        assert stack.temporal is not None
        listed = await output(stack.temporal, "search-attribute", "list")
        names = (
            "CampaignId", "ChannelId", "ContactId", "ConversationId", "AutomationId", "AutomationVersion",
            "RunStatus",
        )  # fmt: skip
        assert all(name in listed for name in names)
        described = await output(stack.temporal, "namespace", "describe", "default")
        assert "30d" in described or "720h" in described


async def output(temporal: EmbeddedTemporal, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        str(temporal.binary),
        "operator",
        *arguments,
        "--address",
        temporal.address,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return printed.decode()


async def test_a_cluster_of_another_version_is_refused(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.create()
    data.postgres.mkdir()
    (data.postgres / "PG_VERSION").write_text("99\n")
    with pytest.raises(Problem, match=f"made by PostgreSQL 99, this version brings {MAJOR}: use"):
        await EmbeddedPostgres(data, 1).create()


async def test_a_folder_that_is_no_cluster_is_refused(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.create()
    data.postgres.mkdir()
    (data.postgres / "holiday.jpg").touch()
    with pytest.raises(Problem, match="not a PostgreSQL database: restore it from a backup"):
        await EmbeddedPostgres(data, 1).create()


def test_a_damaged_temporal_file_is_refused(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.create()
    data.temporal.write_text("not a database")
    with pytest.raises(Problem, match="is damaged: move it away and start again, nothing is lost"):
        EmbeddedTemporal(data, 1, 2, 3).check()


def test_a_temporal_file_of_another_version_is_set_aside(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.create()
    for suffix in ("", "-wal"):
        path = tmp_path / f"temporal.db{suffix}"
        path.write_bytes(b"SQLite format 3\x00 and more")
    data.write("temporal.json", {"version": "1.2.3"})
    note = EmbeddedTemporal(data, 1, 2, 3).check()
    assert note is not None
    assert "kept as temporal.db.1.2.3" in note
    assert not data.temporal.exists()
    assert (tmp_path / "temporal.db.1.2.3-wal").exists()
    assert EmbeddedTemporal(data, 1, 2, 3).check() is None
