"""The built-in PostgreSQL without a supervisor: for tests that need a server and nothing else."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from cli import ports
from cli.datafolder import DataFolder
from cli.embedded.postgres import EmbeddedPostgres
from cli.problems import Problem

# Nobody needs the data of a server that ends with this process.
FORGETFUL = ("--fsync=off", "--synchronous_commit=off", "--full_page_writes=off")
START_SECONDS = 30.0


@contextlib.contextmanager
def serve_postgres(folder: Path) -> Iterator[str]:
    """A server on a free port until the block ends; gives its address (user may do everything)."""
    data = DataFolder(folder)
    data.create()
    server = EmbeddedPostgres(data, ports.pick())
    asyncio.run(server.create())
    component = server.component()
    account = component.account
    with (data.logs / "postgres.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program and arguments
            (*component.command, *FORGETFUL),
            env=dict(component.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )
    try:
        wait_ready(server, process)
        yield server.url
    finally:
        process.send_signal(component.stop_signal)
        process.wait()


def wait_ready(server: EmbeddedPostgres, process: "subprocess.Popen[bytes]") -> None:
    """Return once the server takes connections."""
    deadline = time.monotonic() + START_SECONDS
    while not server.is_ready(process.pid):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Problem(f"PostgreSQL did not start: see {server.data.logs / 'postgres.log'}.")
        time.sleep(0.02)
