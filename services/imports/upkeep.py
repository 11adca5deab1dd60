"""Deletes uploaded files and problem rows when nobody needs them any more."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from domain.sentences import Sentence
from services.imports import tables
from services.imports.upload import FOLDER
from store.campaigns import rows
from store.imports import errors, records

FILES_KEPT = timedelta(hours=24)
"""How long a file waits for somebody to start its import."""

ROWS_KEPT = timedelta(days=14)
"""How long rows with a problem can be downloaded."""

STEP = 500
ROWS_STEP = 5000
FOLDERS = (FOLDER, "campaigns")
_GONE = Sentence("import_abandoned").packed()


async def remove_abandoned(session: AsyncSession, now: datetime, data_dir: Path) -> bool:
    """Remove files of imports that nobody started; returns whether there may be more."""
    found = await records.abandoned(session, now - FILES_KEPT, STEP)
    for record in found:
        await asyncio.to_thread(tables.remove, data_dir / record.file_path)
    await records.forget_files(session, [record.id for record in found], _GONE)
    return len(found) == STEP


async def purge_rows(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of problem rows kept long enough; returns whether there may be more."""
    return await errors.purge(session, now - ROWS_KEPT, ROWS_STEP) == ROWS_STEP


async def remove_strays(session: AsyncSession, now: datetime, data_dir: Path) -> int:
    """Remove files without a row, as left by a crash; returns how many."""
    used = await records.paths_in_use(session) | await rows.pending_paths(session)
    kept = {Path(path).stem for path in used if path}
    before = (now - FILES_KEPT).timestamp()
    return await asyncio.to_thread(_remove_older, data_dir, kept, before)


def _remove_older(data_dir: Path, kept: set[str], before: float) -> int:
    removed = 0
    for folder in FOLDERS:
        for path in (data_dir / folder).glob("*"):
            stem = path.name.split(".", 1)[0]
            if stem not in kept and path.is_file() and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
