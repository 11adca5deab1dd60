"""The output of a child process: a rotating file, and its last lines to explain a failure."""

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Iterator
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from typing_extensions import override

FILE_BYTES = 10 * 1024 * 1024
OLD_FILES = 3
LINE_BYTES = 256 * 1024
REMEMBERED_LINES = 40
# How our commands start their final sentence, which needs no addition.
OUR_SENTENCE = "whatsway: "


class LogFile(RotatingFileHandler):
    """A log only its owner can read; it loses lines while the disk is full, then continues."""

    @override
    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding="utf-8")

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        """Report nothing: a trace for every line would not help."""


class ChildLog:
    """Reads what a child prints, through every restart, into ``data/logs/<name>.log``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = LogFile(
            path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True
        )
        self._recent: deque[str] = deque(maxlen=REMEMBERED_LINES)
        self._readers: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def pipe(self) -> Iterator[int]:
        """A file descriptor for a child's output; our end is read until the last writer is gone.

        Our own pipe, because asyncio reports a child's exit only when its pipes close, and processes left behind by a
        killed PostgreSQL keep them open a little longer.
        """
        self._recent.clear()
        ours, theirs = os.pipe()
        reader = asyncio.create_task(self._read(ours))
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        try:
            yield theirs
        finally:
            os.close(theirs)

    async def explain(self, what: str, advice: str) -> str:
        """One sentence from the child's last output, and what to do next."""
        await self.close()
        words = next((line for line in reversed(self._recent) if line.strip()), "it said nothing")
        if words.startswith(OUR_SENTENCE):
            return words.removeprefix(OUR_SENTENCE)
        said = words.strip()[:400].rstrip(".")
        return f"{what} ({said}). {advice} The whole log is in {self.path}."

    async def close(self) -> None:
        """Read what is left, for a moment, and close the file."""
        readers = list(self._readers)
        if readers:
            _, late = await asyncio.wait(readers, timeout=1.0)
            for reader in late:
                reader.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._file.close()

    async def _read(self, descriptor: int) -> None:
        stream = asyncio.StreamReader(limit=LINE_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb")
        )
        try:
            while line := await read_line(stream):
                self._write(line.decode("utf-8", "replace").rstrip("\n"))
        finally:
            transport.close()

    def _write(self, line: str) -> None:
        self._recent.append(line)
        self._file.emit(
            logging.LogRecord("child", logging.INFO, "", 0, line.replace("\x00", ""), None, None)
        )


async def read_line(stream: asyncio.StreamReader) -> bytes:
    """A line, or part of one that is too long."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.readexactly(overrun.consumed or LINE_BYTES)
