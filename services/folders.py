"""Which data folder a process works in: a mark in it, so that processes can tell whether they share one."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

NAME = ".whatsway-folder"
OURS = ("media", "imports", "campaigns")
"""What lies in it that API and worker both write."""


def mark(path: Path) -> str:
    """The folder's mark, made by whoever comes first; empty while it cannot be read."""
    file = path / NAME
    with contextlib.suppress(OSError):
        if not file.exists():
            path.mkdir(parents=True, exist_ok=True)
            _make(file)
        return file.read_text("ascii").strip()
    return ""


def is_usable(path: Path) -> bool:
    """Whether files can be written there and read again; on a full disk they can once there is room.

    Tried, not asked for: permissions say nothing about a share that is gone or mounted to be read only.
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
    """The folders of a built-in database belong to another account and are none of ours."""
    return folder.name not in OURS or os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _make(file: Path) -> None:
    """All of it or nothing, and never over that of another process."""
    beside = file.with_name(f"{NAME}.{secrets.token_hex(8)}")
    beside.write_text(secrets.token_hex(8), "ascii")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
