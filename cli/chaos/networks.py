"""A separate host for PostgreSQL, in a network namespace, that can vanish silently."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cli.problems import Problem

NEW_NETWORK = 0x40000000
NETWORK = f"198.18.{os.getpid() % 250}"
"""From the range reserved for network tests (RFC 2544); one per process."""

OURS, SECOND, THEIRS = f"{NETWORK}.1", f"{NETWORK}.3", f"{NETWORK}.2"

BYTES = 65536


@dataclass(slots=True)
class Host:
    """The other machine: it forwards its port to PostgreSQL here."""

    name: str
    link: str
    server: asyncio.Server | None = None
    port: int = 0
    moved: bool = False
    ours: list[str] = field(default_factory=lambda: [OURS, SECOND])
    """Our two addresses; new connections come from the first."""
    passing: set[asyncio.Task[None]] = field(default_factory=set)

    async def detour(self, url: str) -> str:
        """Serve this database from the other host; returns its address there."""
        parts = urlsplit(url)
        assert parts.port is not None
        target = parts.port
        with _inside(self.name):
            listener = socket.create_server((THEIRS, 0), backlog=512)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self.passing.add(task)
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await _pass_on(reader, writer, target)
            self.passing.discard(task)

        self.server = await asyncio.start_server(accept, sock=listener)
        self.port = listener.getsockname()[1]
        place = f"{parts.username}:{parts.password}@{THEIRS}:{self.port}"
        return urlunsplit(parts._replace(netloc=place))

    async def vanish(self) -> None:
        """From now on nothing comes back from it, not even a refusal."""
        await _run("ip", "-n", self.name, "route", "replace", "blackhole", f"{self.ours[0]}/32")

    async def return_elsewhere(self) -> None:
        """Another machine has taken the address over: old connections stay dead, new ones work."""
        self.ours.reverse()
        now = self.ours[0]
        if self.moved:
            await _run("ip", "-n", self.name, "route", "delete", "blackhole", f"{now}/32")
        await _run("ip", "route", "replace", f"{THEIRS}/32", "dev", self.link, "src", now)
        self.moved = True


@asynccontextmanager
async def other_host() -> AsyncIterator[Host]:
    """A namespace with one link to us; removed at the end with everything in it."""
    number = os.getpid() % 100_000
    host = Host(f"whatsway{number}", f"ww{number}")
    theirs = f"wx{number}"
    await _run("ip", "netns", "add", host.name)
    try:
        await _run("ip", "link", "add", host.link, "type", "veth", "peer", "name", theirs)
        await _run("ip", "link", "set", theirs, "netns", host.name)
        await _run("ip", "address", "add", f"{OURS}/29", "dev", host.link)
        await _run("ip", "address", "add", f"{SECOND}/29", "dev", host.link)
        await _run("ip", "link", "set", host.link, "up")
        await _run("ip", "-n", host.name, "address", "add", f"{THEIRS}/29", "dev", theirs)
        await _run("ip", "-n", host.name, "link", "set", theirs, "up")
        yield host
    finally:
        if host.server is not None:
            host.server.close()
        for task in host.passing:
            task.cancel()
        await _run("ip", "netns", "delete", host.name)


def why_not() -> str | None:
    """Why no such host can be created here; None if it can."""
    if shutil.which("ip") is None:
        return "the program ip (iproute2) is not installed"
    if os.geteuid() != 0:
        return "making a network namespace needs root"
    return None


@contextmanager
def _inside(name: str) -> Iterator[None]:
    """Create sockets within the namespace, to which they then belong."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(Path("/run/netns") / name, os.O_RDONLY)
    try:
        if libc.setns(there, NEW_NETWORK):
            raise Problem(f"The network namespace {name} cannot be entered.")
        yield
    finally:
        libc.setns(home, NEW_NETWORK)
        os.close(home)
        os.close(there)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int) -> None:
    other_reader, other_writer = await asyncio.open_connection("127.0.0.1", target)
    try:
        await asyncio.wait(
            [
                asyncio.create_task(_pump(reader, other_writer)),
                asyncio.create_task(_pump(other_reader, writer)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        other_writer.close()
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(BYTES):
            writer.write(data)
            await writer.drain()


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise Problem(
            f"`{' '.join(command)}` did not work: {said.decode(errors='replace').strip()}"
        )
