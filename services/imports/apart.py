"""Opens workbooks in a process of their own, with limits: whatever is in one, nobody else waits or starves.

A few kilobytes can ask for minutes and gigabytes, in ways that no check of ours knows beforehand. What
was seen is kept beside the file, so that a page which shows it again opens nothing.
Run as ``python -m services.imports.apart`` it is that process: a job comes in as JSON, its result goes out.
"""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from domain.errors import Invalid
from services.imports import spreadsheets
from services.imports.reading import Record
from services.imports.spreadsheets import Look

MEMORY_BYTES = 768 * 1024 * 1024
LOOK_S = 60
WRITE_S = 300
"""Seconds of computing; on a busy machine they may take ``PATIENCE`` times as long."""

PATIENCE = 3


def look(path: Path, sheet: str = "") -> Look:
    """``spreadsheets.look``, elsewhere."""
    kept = _kept(path, sheet)
    try:
        seen = orjson.loads(kept.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        seen = _ask({"job": "look", "path": str(path), "sheet": sheet}, LOOK_S)
        with suppress(OSError):  # no room: it is looked at again
            partial = kept.with_suffix(".part")
            partial.write_bytes(orjson.dumps(seen))
            partial.replace(kept)
    return Look(seen["sheets"], seen["sheet"], [Record(**row) for row in seen["rows"]])


def to_csv(path: Path, target: Path, sheet: str) -> None:
    """``spreadsheets.to_csv``, elsewhere."""
    try:
        _ask({"job": "to_csv", "path": str(path), "target": str(target), "sheet": sheet}, WRITE_S)
    finally:
        target.with_suffix(".part").unlink(missing_ok=True)


def _kept(path: Path, sheet: str) -> Path:
    """Where the look is kept; ``tables.remove`` finds it by its name."""
    found = path.stat()
    key = sha256(f"{found.st_size} {found.st_mtime_ns} {sheet}".encode("utf-8", "replace"))
    return path.with_suffix(f".{key.hexdigest()[:16]}.look.json")


def _ask(job: dict[str, Any], seconds: int) -> Any:
    """The result of a job; Invalid when the workbook is none that can be read within the limits."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", __name__],
            input=orjson.dumps(job | {"seconds": seconds, "bytes": MEMORY_BYTES}),
            # Nothing of ours but where the program is: no secret is there to be found.
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Invalid("import_slow", spreadsheets.SLOW) from None
    if done.returncode < 0:  # out of time, or of memory that others need
        raise Invalid("import_slow", spreadsheets.SLOW)
    try:
        answer = orjson.loads(done.stdout)
    except orjson.JSONDecodeError:
        raise Invalid("import_unreadable", spreadsheets.DAMAGED) from None
    if "invalid" in answer:
        code, message, fields = answer["invalid"]
        raise Invalid(code, message, fields)
    return answer["result"]


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        if job["job"] == "look":
            seen = spreadsheets.look(Path(job["path"]), job["sheet"])
            return {"result": asdict(seen)}
        spreadsheets.to_csv(Path(job["path"]), Path(job["target"]), job["sheet"])
    except Invalid as refused:
        return {"invalid": [refused.code, refused.message, dict(refused.fields)]}
    return {"result": None}


def _work() -> None:
    job = orjson.loads(sys.stdin.buffer.read())
    limits = ((resource.RLIMIT_AS, job["bytes"]), (resource.RLIMIT_CPU, job["seconds"]))
    for which, most in limits:
        with suppress(ValueError, OSError):  # the system has a lower one, or none
            resource.setrlimit(which, (most, most))
    os.umask(0o077)
    sys.stdout.buffer.write(orjson.dumps(_answer(job)))


if __name__ == "__main__":
    _work()
