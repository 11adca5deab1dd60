"""The whole product on one machine, as started by `up`, `demo`, the benchmarks, chaos and the tests."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import SecretStr

from cli import database, environment, memory, probe, running
from cli.addresses import (
    ADDRESSES,
    SIMULATOR_URL,
    STARTED,
    Parts,
    Ports,
    Urls,
    port_of,
    require_ports,
)
from cli.datafolder import SECRETS, DataFolder, write_json
from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.temporal import EmbeddedTemporal
from cli.problems import Problem
from cli.supervise import Component, Supervisor, always_ready
from cli.together import together
from settings import Settings

KEYS = "encryption_keys"
FREE_DISK_BYTES = 200 * 1024 * 1024


class Stack:
    """``async with Stack(folder, ports="random", parts=Parts(simulator=True)) as stack: ...``

    ``ports="settings"`` serves on the usual ports and uses DATABASE_URL and TEMPORAL_ADDRESS if set. ``ports="random"``
    is a throwaway stack: free ports, always its own databases, and none of the caller's settings, so that it can never
    reach a real channel.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        parts: Parts | None = None,
        settings: Settings | None = None,
        ports: Literal["settings", "random"] = "settings",
        mode: str | None = None,
        extra_environment: Mapping[str, str] | None = None,
        simulator_config: Mapping[str, object] | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.parts = parts or Parts()
        self.data = DataFolder(data_dir)
        self.throw_away = ports == "random"
        self._report = report
        self._extra = dict(extra_environment or {})
        self._simulator_config = dict(simulator_config or {})
        given = Settings.model_construct() if self.throw_away else settings or environment.load()
        changes: dict[str, object] = {"data_dir": self.data.path}
        if mode is not None:
            changes["environment"] = mode
        if self.parts.simulator:
            changes |= {"whatsapp_allow_local": True, "automation_allow_local": True}
        self.settings = given.model_copy(update=changes)
        self.supervisor = Supervisor(self.data.pids, self.data.logs, report)
        self.postgres: EmbeddedPostgres | None = None
        self.owner_url: str | None = None
        self.temporal: EmbeddedTemporal | None = None
        self.detour: Callable[[str], Awaitable[str]] | None = None
        """An alternative address of the built-in database, for network tests."""
        self.after_migrate: list[Callable[[Stack], Awaitable[None]]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start everything in order; a failure leaves nothing behind."""
        if not self.data.path.exists():  # a refusal leaves no folder behind
            self._check_ports()
        self.data.acquire()
        try:
            running.forget(self.data)
            self._check_disk()
            self._prepare_settings()
            await self.supervisor.open()
            await together(self._start_database(), self._start_temporal(), self._start_simulator())
            hooks = [hook(self) for hook in self.after_migrate]
            await together(self._start_api(), self._start_worker(), *hooks)
            self._announce()
        except BaseException:
            await self.stop()
            raise

    def _announce(self) -> None:
        """Let other terminals reach this stack; a throwaway one only by its folder."""
        running.announce(
            self.data,
            self.settings,
            database=self.postgres is not None,
            temporal=self.temporal is not None,
            serves=self.parts.api,
            everywhere=self.parts.api and not self.throw_away,
        )

    async def stop(self) -> None:
        """Stop everything, last started first."""
        try:
            await self.supervisor.stop()
        finally:
            self.data.release()

    @property
    def urls(self) -> Urls:
        """The addresses of this stack."""
        app, simulator = self.settings.public_url.rstrip("/"), self.simulator_url
        return Urls(
            app, f"{app}/docs", self.settings.temporal_ui_url, simulator, f"{simulator}/phone"
        )

    @property
    def simulator_url(self) -> str:
        """Where the simulator is, or would be."""
        return (self.settings.simulator_url or SIMULATOR_URL).rstrip("/")

    @property
    def environment(self) -> dict[str, str]:
        """The environment for another process of this stack."""
        return environment.for_child(self.settings, self._extra)

    @property
    def pids(self) -> dict[str, int]:
        """The running components."""
        children = self.supervisor.children.items()
        return {name: child.pid for name, child in children if child.pid is not None}

    @property
    def restarts(self) -> dict[str, int]:
        """How often each component was restarted."""
        return {name: child.restarts for name, child in self.supervisor.children.items()}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal (SIGKILL) to a component; `wait_ready` then waits for its successor."""
        return self.supervisor.kill(name, number)

    def kill_and(self, name: str, meanwhile: Callable[[], None]) -> None:
        """Kill a component and change its files before it is restarted."""
        self.supervisor.children[name].meanwhile = meanwhile
        self.kill(name)

    def change(self, name: str, environment: Mapping[str, str]) -> dict[str, str]:
        """Give a component other variables from its next start on; returns the previous ones."""
        child = self.supervisor.children[name]
        before = dict(child.component.environment)
        child.component = replace(child.component, environment={**before, **environment})
        return before

    async def restart(self, name: str, seconds: float = 30.0) -> None:
        """Stop a component like a deploy, and return once its successor is ready."""
        self.kill(name, signal.SIGTERM)
        await self.wait_ready(name, seconds)

    def freeze(self, name: str) -> None:
        """Freeze a component until ``thaw``."""
        self.supervisor.freeze(name)

    def thaw(self, name: str) -> None:
        """Let a frozen component continue."""
        self.supervisor.thaw(name)

    async def wait_ready(self, name: str, seconds: float = 30.0) -> None:
        """Return once the component is ready (again)."""
        await self.supervisor.wait_ready(name, seconds)

    def memory(self) -> dict[str, int]:
        """Megabytes per component, ``supervisor`` and ``total`` included."""
        return memory.in_megabytes(self.pids, os.getpid())

    async def command(self, name: str, *arguments: str, seconds: float = 120.0) -> None:
        """Run one of our commands to its end within this stack; raises Problem on failure."""
        await self.supervisor.run_once(self._own(name, *arguments, ready_seconds=seconds))

    def _check_disk(self) -> None:
        if self.data.free_bytes() < FREE_DISK_BYTES:
            raise Problem(
                f"The disk of {self.data.path} is nearly full: free at least "
                f"{FREE_DISK_BYTES // 1024 // 1024} MB, or set WHATSWAY_DATA_DIR to another disk."
            )

    def _prepare_settings(self) -> None:
        """Fill in ports, addresses and secrets; all choices are stored in the folder."""
        chosen = Ports(self.data)
        changes: dict[str, object] = self._public_addresses(chosen)
        self.owner_url = self.settings.database_owner_url
        changes["database_owner_url"] = None
        if self.settings.database_url is None:
            self.postgres = EmbeddedPostgres(self.data, chosen.internal("postgres"))
            self.owner_url = self.postgres.owner_url
            changes["database_url"] = self.postgres.url
        if self.settings.temporal_address is None and self.parts.temporal:
            ui_url = str(changes.get("temporal_ui_url", self.settings.temporal_ui_url))
            self.temporal = EmbeddedTemporal(
                self.data,
                chosen.internal("temporal"),
                port_of(ui_url),
                chosen.internal("temporal_metrics"),
            )
            changes["temporal_address"] = self.temporal.address
        for field in ("session_secret", KEYS):
            if getattr(self.settings, field) is None:
                changes[field] = SecretStr(self.data.keep(SECRETS, field, new_key))
        changes["worker_ready_file"] = self.data.run / "worker.ready"
        chosen.remember()
        self.settings = self.settings.model_copy(update=changes)
        self.data.write(STARTED, {name: getattr(self.settings, name) for name in ADDRESSES})

    def _public_addresses(self, chosen: "Ports") -> dict[str, object]:
        if self.throw_away:
            api, ui, simulator = (chosen.internal(name) for name in ("api", "ui", "simulator"))
            return {
                "port": api,
                "public_url": f"http://127.0.0.1:{api}",
                "temporal_ui_url": f"http://127.0.0.1:{ui}",
                "simulator_url": f"http://127.0.0.1:{simulator}" if self.parts.simulator else None,
            }
        self._check_ports()
        return {"simulator_url": self.simulator_url} if self.parts.simulator else {}

    def _check_ports(self) -> None:
        if not self.throw_away:
            require_ports(self.settings, self.parts)

    async def _start_database(self) -> None:
        if self.postgres is not None:
            await self.postgres.create()
            await self.supervisor.start(self.postgres.component())
            if self.detour is not None:
                url = await self.detour(self.postgres.url)
                self.settings = self.settings.model_copy(update={"database_url": url})
            # Also for data folders from before there were two roles.
            await asyncio.to_thread(database.allow, self.postgres.owner_url, self.postgres.url)
        if self.parts.migrate:
            await self._migrate()

    async def _migrate(self) -> None:
        """Run as the owner of the tables, whose address nothing else in this stack gets."""
        component = self._own("migrate", ready_seconds=120.0)
        owner = {environment.variable("database_owner_url"): str(self.owner_url)}
        added = owner if self.owner_url else {}
        await self.supervisor.run_once(
            replace(component, environment={**component.environment, **added})
        )

    async def _start_temporal(self) -> None:
        if self.temporal is None:
            return
        note = self.temporal.check()
        if note:
            self._report(note)
        await self.supervisor.start(self.temporal.component())

    async def _start_simulator(self) -> None:
        if not self.parts.simulator:
            return
        port = port_of(self.simulator_url)
        config = self.data.run / "simulator.json"
        write_json(config, self._simulator_config)
        await self.supervisor.start(
            self._own(
                "simulator",
                f"--config={config}",
                ready=lambda _: probe.http_ok(port, "/_sim/stats"),
            )
        )

    async def _start_api(self) -> None:
        if self.parts.api:
            port = self.settings.port
            await self.supervisor.start(
                self._own("api", ready=lambda _: probe.http_ok(port, "/ready"))
            )

    async def _start_worker(self) -> None:
        if not self.parts.worker:
            return
        names = ["worker", *(f"worker-{count}" for count in range(2, self.parts.workers + 1))]
        await together(*(self._start_one_worker(name) for name in names))

    async def _start_one_worker(self, name: str) -> None:
        sign = self.data.run / f"{name}.ready"
        ready_file = {environment.variable("worker_ready_file"): str(sign)}

        async def is_ready(pid: int) -> bool:
            return sign.read_text().strip() == str(pid)

        component = self._own("worker", ready=is_ready, stop_seconds=15.0)
        changed = {**component.environment, **ready_file}
        await self.supervisor.start(replace(component, name=name, environment=changed))

    def _own(
        self,
        name: str,
        *arguments: str,
        ready: Callable[[int], Awaitable[bool]] = always_ready,
        stop_seconds: float = 8.0,
        ready_seconds: float = 40.0,
    ) -> Component:
        """A component that is one of our own commands."""
        command = (sys.executable, "-m", "cli.main", name, *arguments)
        return Component(
            name=name,
            command=command,
            environment=self.environment,
            ready=ready,
            # A throwaway stack does not read `.env` from the caller's folder.
            folder=self.data.path if self.throw_away else None,
            stop_seconds=stop_seconds,
            ready_seconds=ready_seconds,
        )


def new_key() -> str:
    """32 random bytes in the form needed to encrypt stored tokens."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()
