"""The append-only file from which a restarted simulator recovers its calls and pending webhooks."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson


class Journal:
    """JSON arrays, one per line; `flush` hands everything written so far to the kernel."""

    __slots__ = ("_buffer", "_descriptor", "_path", "on")

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._buffer: list[bytes] = []
        self._descriptor: int | None = None
        self.on = path is not None

    def open(self) -> Iterator[list[Any]]:
        """Yields every whole record of an earlier life, then is ready to append."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        whole = 0
        with os.fdopen(os.dup(self._descriptor), "rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break  # torn by a crash during a write
                whole += len(line)
                yield orjson.loads(line)
        os.ftruncate(self._descriptor, whole)
        os.lseek(self._descriptor, whole, os.SEEK_SET)

    def write(self, *record: Any) -> None:
        """Buffers one record; the caller decides when to flush it."""
        if self.on:
            self._buffer.append(orjson.dumps(record))

    def flush(self) -> None:
        """One write for everything buffered."""
        if not self._buffer or self._descriptor is None:
            return
        data = memoryview(b"\n".join(self._buffer) + b"\n")
        self._buffer.clear()
        while data:
            data = data[os.write(self._descriptor, data) :]

    def restart(self) -> None:
        """Empties the file."""
        self._buffer.clear()
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)

    def close(self) -> None:
        """Flushes and closes."""
        self.flush()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
