"""Each process reports every few seconds that it is alive, its clock offset and what it can reach."""

import asyncio
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.ids import new_id
from domain.system import DATABASE, FOLDER, Look, Process
from services import clock, folders
from store import health, processes

BEAT_S = 10.0


@dataclass(slots=True)
class Health:
    """One process: its identity, and each part's state and since when."""

    kind: str
    id: UUID = field(default_factory=new_id)
    looks: dict[str, Look] = field(default_factory=dict)
    is_written: bool = False

    def look(self, name: str, *, ok: bool, ms: float | None = None, said: str = "") -> None:
        """Record a part's state; its ``since`` stays while the state is the same."""
        known = self.looks.get(name)
        since = (
            known.since
            if known is not None and (known.ok, known.said) == (ok, said)
            else clock.now()
        )
        self.looks[name] = Look(ok, since, None if ms is None else round(ms), said)

    async def look_at_folder(self, path: Path) -> None:
        """Record which data folder this process uses, and whether it can."""
        name = f"{FOLDER}:{await asyncio.to_thread(folders.mark, path)}"
        for known in [known for known in self.looks if known.startswith(f"{FOLDER}:")]:
            if known != name:
                del self.looks[known]
        self.look(name, ok=await asyncio.to_thread(folders.is_usable, path))

    async def beat(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Write the report; raises if the database does not accept it, which is recorded too."""
        begin = time.monotonic()
        try:
            async with sessions.begin() as session:
                ahead = await clock.measure(session)
                self.look(DATABASE, ok=True, ms=(time.monotonic() - begin) * 1000)
                await processes.beat(session, self.id, **self._columns(ahead))
            self.is_written = True
        except BaseException:
            self.look(DATABASE, ok=False)
            raise

    def _columns(self, ahead: timedelta) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "host": socket.gethostname()[:100],
            "version": health.newest_revision() or "",
            "ahead_ms": round(min(max(ahead.total_seconds() * 1000, -(2**31)), 2**31 - 1)),
            "looks": {
                name: {"ok": look.ok, "since": look.since.isoformat(), "ms": look.ms}
                | ({"said": look.said} if look.said else {})
                for name, look in self.looks.items()
            },
        }

    async def end(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Remove the process on a clean shutdown, so that it is not missed."""
        if not self.is_written:
            return
        async with sessions.begin() as session:
            await processes.forget(session, self.id)


async def every(session: AsyncSession) -> list[Process]:
    """All processes heard from within a day."""
    return [
        Process(
            row.kind, row.host, row.version, row.started_at, row.seen_at, row.ahead_ms,
            {name: _look(told) for name, told in row.looks.items()},
        )
        for row in await processes.every(session)
    ]  # fmt: skip


def _look(told: dict[str, Any]) -> Look:
    return Look(
        bool(told["ok"]),
        datetime.fromisoformat(told["since"]),
        told.get("ms"),
        told.get("said", ""),
    )
