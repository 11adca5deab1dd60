"""A throwaway PostgreSQL for a test run, without durability."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from cli.embedded.accounts import give, let_pass, let_read, unprivileged
from cli.embedded.postgres import installation, plain_environment
from tests.eventually import eventually_blocking

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "io_method": "sync",
    "timezone": "UTC",
}


class ThrowawayPostgres:
    """A cluster in a temporary folder, on a free port, gone after ``stop``."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="whatsway-test-pg-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://tester@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the cluster and wait until it answers."""
        account = unprivileged()
        programs = installation() / "bin"
        let_pass(programs / "postgres", account)
        let_read(programs.parent, account)
        let_pass(self.folder, account)
        give(self.folder, account)
        options: dict[str, Any] = {"env": plain_environment(), "cwd": "/"}
        if account is not None:
            options |= {"user": account.user, "group": account.group, "extra_groups": []}
        cluster = self.folder / "cluster"
        subprocess.run(
            [programs / "initdb", f"--pgdata={cluster}", "--username=tester", "--auth=trust",
             "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, **options,
        )  # fmt: skip
        switches = [f"--{name}={value}" for name, value in SETTINGS.items()]
        self._process = subprocess.Popen(
            [programs / "postgres", "-D", cluster, f"--port={self.port}", *switches],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options,
        )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        eventually_blocking(self._answers, "PostgreSQL answers")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End the server and remove its files."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGINT)
            self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
