"""How far the database had come when we last looked, kept outside of it: a copy from before is told by it.

An old copy of a data folder, or a snapshot of a disk, has the same names and numbers as the database that it
is taken for; only what it does not know yet gives it away.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from store import installation

FILE = "waterline.json"


@dataclass(frozen=True, slots=True)
class Waterline:
    """The last durable byte of a cluster's log on one timeline."""

    cluster: str
    position: int

    def is_behind(self, known: "Waterline | None") -> bool:
        """Whether this is the same database at an earlier time; of another one nothing is known."""
        return (
            known is not None and known.cluster == self.cluster and self.position < known.position
        )


async def measure(session: AsyncSession) -> Waterline | None:
    """Where the database stands; None when this server does not tell us."""
    found = await installation.position(session)
    return Waterline(*found) if found is not None else None


def read(folder: Path) -> Waterline | None:
    """What was kept last; None at the first start, or when the file is not readable."""
    try:
        content = json.loads((folder / FILE).read_text("utf-8"))
        return Waterline(str(content["cluster"]), int(content["position"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(folder: Path, line: Waterline) -> None:
    """Remember it; a full disk is not worth stopping for."""
    beside = folder / f".{FILE}.{os.getpid()}"
    try:
        beside.write_text(json.dumps({"cluster": line.cluster, "position": line.position}))
        beside.replace(folder / FILE)
    except OSError:
        beside.unlink(missing_ok=True)
