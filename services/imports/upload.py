"""Accept a file: store it, detect how to read it, guess where its columns go."""

import asyncio
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction

from domain.contacts import ImportStatus, clean_text
from domain.errors import Invalid
from domain.fields import guess_order
from domain.ids import new_id
from domain.imports import Import, ImportCounts
from domain.mappings import detect_mapping
from services import clock, phones
from services.imports import tables
from services.imports.moments import exact
from store import fields
from store.imports import records

FOLDER = "imports"
_PIECE = 1024 * 1024


def save(source: BinaryIO, folder: Path, name: str, limit: int) -> Path:
    """Copy the upload into ``folder`` with a suffix for its apparent type; raises Invalid when it is too large."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.part"
    try:
        with partial.open("wb") as target:
            _copy(source, target, limit)
        path = folder / f"{name}{tables.suffix(partial)}"
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _copy(source: BinaryIO, target: BinaryIO, limit: int) -> None:
    size = 0
    while piece := source.read(_PIECE):
        size += len(piece)
        if size > limit:
            megabytes = limit // (1024 * 1024)
            raise Invalid("import_too_large", megabytes=megabytes)
        target.write(piece)


async def upload(
    session: AsyncSession,
    *,
    user_id: UUID | None,
    file_name: str,
    source: BinaryIO,
    data_dir: Path,
    max_bytes: int,
) -> Import:
    """Store a file as a new import with everything guessed; raises Invalid if it is not a table."""
    import_id = new_id()
    name = clean_text(Path(file_name.replace("\\", "/")).name, 200) or "contacts.csv"
    path = await asyncio.to_thread(save, source, data_dir / FOLDER, str(import_id), max_bytes)
    try:
        options = await asyncio.to_thread(tables.detect, path)
        seen = await tables.glanced(path, options, guess_header=True)
        cells = [[*map(exact, row.cells)] for row in seen.rows]
        mapping = detect_mapping(
            seen.options.headers, cells, await fields.every(session), phones.is_mobile
        )
        record = Import(
            id=import_id,
            user_id=user_id,
            file_name=name,
            file_path=f"{FOLDER}/{path.name}",
            status=ImportStatus.UPLOADED,
            options=replace(seen.options, date_order=guess_order(chain.from_iterable(cells))),
            mapping=mapping,
            counts=ImportCounts(),
            error=None,
            created_at=clock.now(),
            finished_at=None,
        )
        await records.create(session, record)
    except BaseException:
        tables.remove(path)
        raise
    _remove_unless_committed(session, path)
    return record


def _remove_unless_committed(session: AsyncSession, path: Path) -> None:
    """Remove the file if the caller rejects the rest, such as the columns."""
    decided = False

    def keep(_session: object) -> None:
        nonlocal decided
        decided = True

    def remove(_session: object, transaction: SessionTransaction) -> None:
        nonlocal decided
        if transaction.parent is None and not decided:
            decided = True
            tables.remove(path)

    event.listen(session.sync_session, "after_commit", keep)
    event.listen(session.sync_session, "after_transaction_end", remove)
