"""Which data folder a process works in: a mark in it, so that processes can tell whether they share one."""

import contextlib
import os
import secrets
from pathlib import Path

NAME = ".whatsway-folder"


def mark(path: Path) -> str:
    """The folder's mark, made by whoever comes first; empty while it cannot be read."""
    file = path / NAME
    with contextlib.suppress(OSError):
        if not file.exists():
            path.mkdir(parents=True, exist_ok=True)
            _make(file)
        return file.read_text("ascii").strip()
    return ""


def _make(file: Path) -> None:
    """All of it or nothing, and never over that of another process."""
    beside = file.with_name(f"{NAME}.{secrets.token_hex(8)}")
    beside.write_text(secrets.token_hex(8), "ascii")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
