"""How far the database had advanced when last checked, stored outside it to recognise an older copy.

An old copy of a data folder, or a disk snapshot, has the same names and numbers as the original database; only what it
does not have yet gives it away.
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
        """Whether this is the same database at an earlier time; False for another one."""
        return (
            known is not None and known.cluster == self.cluster and self.position < known.position
        )


async def measure(session: AsyncSession) -> Waterline | None:
    """The database's position; None if the server does not tell us."""
    found = await installation.position(session)
    return Waterline(*found) if found is not None else None


def read(folder: Path) -> Waterline | None:
    """The last stored position; None on the first start or if the file is unreadable."""
    try:
        content = json.loads((folder / FILE).read_text("utf-8"))
        return Waterline(str(content["cluster"]), int(content["position"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(folder: Path, line: Waterline) -> None:
    """Store it; a full disk is no reason to stop."""
    beside = folder / f".{FILE}.{os.getpid()}"
    try:
        beside.write_text(json.dumps({"cluster": line.cluster, "position": line.position}))
        beside.replace(folder / FILE)
    except OSError:
        beside.unlink(missing_ok=True)
