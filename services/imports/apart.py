"""Opens workbooks in a separate process with limits, so that no workbook can block or starve anything else.

A few kilobytes can demand minutes and gigabytes in ways no check can predict. The result is stored next to the file, so
that showing it again opens nothing. Run as ``python -m services.imports.apart``, it is that process: reads a job as
JSON and writes its result.
"""

import ctypes
import errno
import os
import resource
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from domain.errors import Invalid
from domain.sentences import unpacked
from services.imports import spreadsheets
from services.imports.reading import Record
from services.imports.spreadsheets import Look

MEMORY_BYTES = 768 * 1024 * 1024
LOOK_S = 60
WRITE_S = 300
"""Seconds of CPU time; on a busy machine they may take ``PATIENCE`` times as long."""

PATIENCE = 3

TURNS = 2
"""Stopping a service may signal all its processes: being killed once is not yet the workbook's fault."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_GRACE_S = 2
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def look(path: Path, sheet: str = "") -> Look:
    """Run ``spreadsheets.look`` in the other process."""
    kept = _kept(path, sheet)
    try:
        seen = orjson.loads(kept.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        seen = _ask({"job": "look", "path": str(path), "sheet": sheet}, LOOK_S)
        with suppress(OSError):  # disk full: it is read again next time
            partial = kept.with_suffix(f".{secrets.token_hex(8)}.part")
            try:
                partial.write_bytes(orjson.dumps(seen))
                partial.replace(kept)
            finally:
                partial.unlink(missing_ok=True)
    return Look(**(seen | {"rows": [Record(**row) for row in seen["rows"]]}))


def to_csv(path: Path, target: Path, sheet: str) -> None:
    """Run ``spreadsheets.to_csv`` in the other process; atomic even with concurrent writers."""
    partial = target.with_suffix(f".{secrets.token_hex(8)}.part")
    try:
        _ask({"job": "to_csv", "path": str(path), "target": str(partial), "sheet": sheet}, WRITE_S)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _kept(path: Path, sheet: str) -> Path:
    """Where the result is stored; ``tables.remove`` finds it by name."""
    found = path.stat()
    key = sha256(f"{found.st_size} {found.st_mtime_ns} {sheet}".encode("utf-8", "replace"))
    return path.with_suffix(f".{key.hexdigest()[:16]}.look.json")


def _ask(job: dict[str, Any], seconds: int) -> Any:
    """The result of a job; raises Invalid when the workbook cannot be read within the limits."""
    job |= {"seconds": seconds, "bytes": MEMORY_BYTES, "parent": os.getpid()}
    done = _run(job)
    for _ in range(TURNS - 1):
        if done.stdout or done.returncode == -signal.SIGXCPU:
            break
        done = _run(job)
    if done.returncode == -signal.SIGXCPU:
        raise Invalid("import_slow")
    if done.returncode or not done.stdout:
        # Crashed, out of memory, or killed by a system that is.
        raise Invalid("import_too_large.workbook")
    answer = orjson.loads(done.stdout)
    if "invalid" in answer:
        raise Invalid(unpacked(answer["invalid"]), field=answer["field"])
    if "full" in answer:
        raise OSError(answer["full"], os.strerror(answer["full"]))
    return answer["result"]


def _run(job: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", __name__],
            input=orjson.dumps(job),
            # Nothing of ours but the program's location: there are no secrets to find.
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=job["seconds"] * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Invalid("import_slow") from None


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        if job["job"] == "look":
            seen = spreadsheets.look(Path(job["path"]), job["sheet"])
            return {"result": asdict(seen)}
        spreadsheets.to_csv(Path(job["path"]), Path(job["target"]), job["sheet"])
    except Invalid as refused:
        return {"invalid": refused.sentence.packed(), "field": next(iter(refused.fields), "")}
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return {"full": error.errno}
    return {"result": None}


def _end_with(parent: int) -> None:
    """Exit once the parent is gone; on systems other than Linux the limits end us."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _work() -> None:
    job = orjson.loads(sys.stdin.buffer.read())
    _end_with(job.get("parent", os.getppid()))  # the parent may be from the previous release
    limits = (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_AS, job["bytes"], job["bytes"]),
        # The lower limit sends a distinct signal, which tells it apart from others.
        (resource.RLIMIT_CPU, job["seconds"], job["seconds"] + _GRACE_S),
    )
    for which, soft, hard in limits:
        with suppress(ValueError, OSError):  # the system has a lower limit, or none
            resource.setrlimit(which, (soft, hard))
    os.umask(0o077)
    sys.stdout.buffer.write(orjson.dumps(_answer(job)))


if __name__ == "__main__":
    _work()
