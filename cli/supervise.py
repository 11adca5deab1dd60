"""A supervisor of child processes: ordered start, readiness, fast restart, graceful stop."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from cli import watchdog
from cli.childlogs import ChildLog
from cli.datafolder import OTHERS, read_json, write_json
from cli.embedded.accounts import Account
from cli.problems import Problem

BACKOFF_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
HEALTHY_AFTER_S = 20.0
PROBE_EVERY_S = 0.04
WRITE_AGAIN_S = 2.0
# The kernel's boot time, which start times are relative to, varies by a second.
SAME_PROCESS_S = 2.0


async def always_ready(_pid: int) -> bool:
    """For a child whose only sign of readiness is being alive."""
    return True


@dataclass(frozen=True, slots=True)
class Component:
    """One kind of child: how to start it, when it is ready, how to stop it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[int], Awaitable[bool]] = always_ready
    prepare: Callable[[], Awaitable[None]] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 8.0
    ready_seconds: float = 40.0
    account: Account | None = None
    folder: Path | None = None
    advice: str = "`whatsway doctor` may find the cause."


@dataclass(slots=True)
class Child:
    """A running component."""

    component: Component
    log: ChildLog
    process: Process | None = None
    restarts: int = 0
    started_at: float = 0.0
    created: float = 0.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None
    meanwhile: Callable[[], None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it is running."""
        running = self.process is not None and self.process.returncode is None
        return self.process.pid if running and self.process is not None else None


class Supervisor:
    """Keeps children alive until told to stop; records their pids for others."""

    def __init__(self, pids_file: Path, logs: Path, report: Callable[[str], None]) -> None:
        self.pids_file = pids_file
        self.logs = logs
        self.report = report
        self.children: dict[str, Child] = {}
        self.stopping = False
        self._is_unwritten = False
        self._watchdog: Process | None = None

    async def open(self) -> None:
        """End children of an earlier supervisor that died here, then supervise our own."""
        await asyncio.to_thread(end_orphans, self.pids_file)
        self._write_pids()
        script = str(Path(watchdog.__file__))
        self._watchdog = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", script, str(self.pids_file), str(os.getpid()),
            stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True,
        )  # fmt: skip

    async def start(self, component: Component) -> None:
        """Start a child and return once it is ready; raises Problem if it does not get ready."""
        child = Child(component, ChildLog(self.logs / f"{component.name}.log"))
        self.children[component.name] = child
        await self._spawn(child)
        await self._first_ready(child)
        child.keeper = asyncio.create_task(self._keep(child), name=f"keep {component.name}")

    async def run_once(self, component: Component) -> None:
        """Run a child that ends by itself, such as a migration; raises Problem on failure."""
        child = Child(component, ChildLog(self.logs / f"{component.name}.log"))
        self.children[component.name] = child
        await self._spawn(child)
        assert child.process is not None
        try:
            code = await asyncio.wait_for(child.process.wait(), component.ready_seconds)
        except TimeoutError:
            raise Problem(
                f"{component.name} took longer than {component.ready_seconds:.0f} s: "
                f"see {child.log.path}."
            ) from None
        finally:
            await self._end(child)
            del self.children[component.name]
            self._write_pids()
        if code:
            what = f"{component.name} failed"
            raise Problem(await child.log.explain(what, component.advice))

    async def wait_ready(self, name: str, seconds: float = 30.0) -> None:
        """Return once the named child is ready."""
        async with asyncio.timeout(seconds):
            await self.children[name].ready.wait()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a child, which then counts as not ready; returns its pid."""
        child = self.children[name]
        pid = child.pid
        if pid is None:
            raise Problem(f"{name} is not running.")
        child.ready.clear()
        os.kill(pid, number)
        return pid

    def freeze(self, name: str) -> None:
        """Freeze a child and its own children until ``thaw``."""
        self._signal_tree(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen child continue."""
        self._signal_tree(name, signal.SIGCONT)

    def _signal_tree(self, name: str, number: signal.Signals) -> None:
        pid = self.children[name].pid
        if pid is None:
            return
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            for member in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    member.send_signal(number)

    async def stop(self) -> None:
        """Stop in reverse order, each with its own deadline, then release the watchdog."""
        if self._watchdog is None:
            # Never started: the record belongs to another supervisor.
            return
        self.stopping = True
        for child in reversed(self.children.values()):
            await self._end(child)
        self.children.clear()
        self._write_pids()
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        await self._watchdog.wait()
        self._watchdog = None

    async def _spawn(self, child: Child) -> None:
        component = child.component
        if component.prepare is not None:
            await component.prepare()
        switch: dict[str, Any] = {}
        if component.account is not None:
            account = component.account
            switch = {"user": account.user, "group": account.group, "extra_groups": []}
        try:
            with child.log.pipe() as output:
                child.process = await asyncio.create_subprocess_exec(
                    *component.command, env=dict(component.environment), stdin=DEVNULL,
                    stdout=output, stderr=output, start_new_session=True,
                    cwd=component.folder, umask=OTHERS, **switch,
                )  # fmt: skip
        except OSError as error:
            raise Problem(
                f"{component.name} could not be started ({error.strerror}: "
                f"{component.command[0]}): run `make setup` again."
            ) from error
        child.started_at = time.monotonic()
        child.created = created_at(child.process.pid)
        self._write_pids()

    async def _first_ready(self, child: Child) -> None:
        seconds = child.component.ready_seconds
        try:
            async with asyncio.timeout(seconds):
                ready = await self._ready_or_dead(child)
        except TimeoutError:
            what = f"{child.component.name} was not ready after {seconds:.0f} s"
            raise Problem(await child.log.explain(what, child.component.advice)) from None
        if not ready:
            what = f"{child.component.name} stopped at its start"
            raise Problem(await child.log.explain(what, child.component.advice))

    async def _ready_or_dead(self, child: Child) -> bool:
        """Probe until the child is ready (True) or ended (False)."""
        process = child.process
        assert process is not None
        while process.returncode is None:
            if await _is_ready(child.component, process.pid) and process.returncode is None:
                child.ready.set()
                self._write_pids()
                return True
            await asyncio.sleep(PROBE_EVERY_S)
        return False

    async def _keep(self, child: Child) -> None:
        """Restart the child whenever it ends, immediately at first, more slowly if it keeps dying."""
        failures = 0
        while True:
            assert child.process is not None
            code = await child.process.wait()
            child.ready.clear()
            if self.stopping:
                return
            failures = 0 if time.monotonic() - child.started_at > HEALTHY_AFTER_S else failures
            delay = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            name = child.component.name
            again = f" in {delay:g} s" if delay >= 1 else ""
            self.report(f"{name} {describe_exit(code)}, starting it again{again}")
            await asyncio.sleep(delay)
            await self._restart(child)

    async def _restart(self, child: Child) -> None:
        kill_group(child)
        meanwhile, child.meanwhile = child.meanwhile, None
        try:
            if meanwhile is not None:
                await asyncio.to_thread(meanwhile)
            await self._spawn(child)
        except (Problem, OSError) as problem:
            # The keeper sees the old, ended process again and retries later.
            self.report(str(problem))
            return
        child.restarts += 1
        self._write_pids()
        if await self._ready_or_dead(child):
            seconds = time.monotonic() - child.started_at
            self.report(f"{child.component.name} is back ({seconds:.1f} s)")

    async def _end(self, child: Child) -> None:
        if child.keeper is not None:
            child.keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await child.keeper
        process = child.process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(child.component.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), child.component.stop_seconds)
            except TimeoutError:
                self.report(f"{child.component.name} did not stop in time and was killed")
        kill_group(child)
        await process.wait()
        await child.log.close()

    def _write_pids(self) -> None:
        components = {
            name: {
                "pid": child.pid,
                "created": child.created,
                "restarts": child.restarts,
                "ready": child.ready.is_set(),
                "stop_signal": int(child.component.stop_signal),
            }
            for name, child in self.children.items()
        }
        supervisor = {"pid": os.getpid(), "written_at": datetime.now(UTC).isoformat()}
        try:
            write_json(self.pids_file, {"supervisor": supervisor, "components": components})
        except OSError as error:
            # A full disk must not prevent a restart; it is written once there is room.
            if not self._is_unwritten:
                self.report(f"{self.pids_file.name} is not written ({error.strerror})")
            self._is_unwritten = True
            if not self.stopping:
                asyncio.get_running_loop().call_later(WRITE_AGAIN_S, self._write_pids_again)
        else:
            self._is_unwritten = False

    def _write_pids_again(self) -> None:
        if self._is_unwritten and not self.stopping:
            self._write_pids()


async def _is_ready(component: Component, pid: int) -> bool:
    """Ask the child; what cannot be read now, such as a sign just taken down, is asked again."""
    try:
        return await component.ready(pid)
    except OSError:
        return False


def kill_group(child: Child) -> None:
    """Kill what is left of a child's process group, such as its helpers."""
    if child.process is not None:
        with contextlib.suppress(OSError):
            os.killpg(child.process.pid, signal.SIGKILL)


def end_orphans(pids_file: Path) -> None:
    """End children that outlived their supervisor and its watchdog; reused pids are left alone."""
    components = read_json(pids_file).get("components", {})
    created = {row["pid"]: row["created"] for row in components.values() if row.get("pid")}
    living = [
        (pid, stop_signal)
        for pid, stop_signal in watchdog.children_in(pids_file)
        if abs(created_at(pid) - created.get(pid, 0.0)) < SAME_PROCESS_S
    ]
    watchdog.end(living, 6.0)


def created_at(pid: int) -> float:
    """When the process started, to distinguish it from a later one with the same pid."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def describe_exit(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
