"""A mark in the data folder, so that processes can tell whether they share it."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

NAME = ".whatsway-folder"
OURS = ("media", "imports", "campaigns")
"""Its parts that both API and worker write to."""


def mark(path: Path) -> str:
    """The folder's mark, created by the first process; empty while unreadable."""
    file = path / NAME
    with contextlib.suppress(OSError):
        if not file.exists():
            path.mkdir(parents=True, exist_ok=True)
            _make(file)
        return file.read_text("ascii").strip()
    return ""


def is_usable(path: Path) -> bool:
    """Whether files can be written and read back there; a full disk counts as writable.

    Actually tried: permissions say nothing about a share that is gone or mounted read-only.
    """
    probe = path / f"{NAME}.{secrets.token_hex(8)}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(b"?")
            written = probe.read_bytes() == b"?"
        finally:
            probe.unlink(missing_ok=True)
        return written and all(map(_is_open, filter(Path.is_dir, path.iterdir())))
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _is_open(folder: Path) -> bool:
    """A built-in database's folders belong to another account and do not count."""
    return folder.name not in OURS or os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _make(file: Path) -> None:
    """Write the mark atomically, and never over another process's."""
    beside = file.with_name(f"{NAME}.{secrets.token_hex(8)}")
    beside.write_text(secrets.token_hex(8), "ascii")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
