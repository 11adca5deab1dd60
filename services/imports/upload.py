"""Take a file in: store it, find out how to read it, guess where its columns go."""

import asyncio
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import ImportStatus, clean_text
from domain.errors import Invalid
from domain.ids import new_id
from domain.imports import (
    COLUMN_LIMIT,
    Import,
    ImportCounts,
    ImportOptions,
    detect_mapping,
    looks_like_header,
)
from services import phones
from services.imports import reading, spreadsheets
from store import fields
from store.imports import records

FOLDER = "imports"
SAMPLE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Glance:
    """The first rows of a file read with certain options."""

    options: ImportOptions
    rows: list[reading.Record]


def save(source: BinaryIO, path: Path, limit: int) -> None:
    """Copy the upload below ``path``; a workbook becomes CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    try:
        with partial.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        if partial.stat().st_size > limit:
            megabytes = limit // (1024 * 1024)
            raise Invalid(
                "import_too_large", f"The file is larger than {megabytes} MB. Split it in parts."
            )
        if spreadsheets.is_workbook(partial):
            spreadsheets.to_csv(partial, path)
        else:
            partial.replace(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        partial.unlink(missing_ok=True)


def detect(path: Path) -> ImportOptions:
    """How to read the file, as far as its bytes tell."""
    encoding = reading.detect_encoding(path)
    delimiter = reading.detect_delimiter(reading.sample_text(path, encoding))
    return ImportOptions(encoding=encoding, delimiter=delimiter, size=path.stat().st_size)


def glance(path: Path, options: ImportOptions, *, guess_header: bool = False) -> Glance:
    """The columns and the first rows; Invalid when no row is there or the table is too wide."""
    with reading.open_records(path, options.encoding, options.delimiter) as (records, _):
        rows = list(islice(records, SAMPLE_ROWS + 1))
    if not rows:
        raise Invalid("import_empty", "The file has no rows.")
    has_header = looks_like_header(rows[0].cells) if guess_header else options.has_header
    width = len(rows[0].cells) if has_header else max(len(row.cells) for row in rows)
    if width > COLUMN_LIMIT:
        raise Invalid("import_columns", f"The table has more than {COLUMN_LIMIT} columns.")
    if has_header and len(rows) == 1:
        raise Invalid("import_empty", "The file has column names but no rows.")
    names = rows[0].cells if has_header else [""] * width
    headers = [clean_text(name, 100) or f"Column {i}" for i, name in enumerate(names, 1)]
    options = replace(options, has_header=has_header, headers=headers)
    return Glance(options, rows[1:] if has_header else rows[:SAMPLE_ROWS])


async def upload(
    session: AsyncSession,
    *,
    user_id: UUID | None,
    file_name: str,
    source: BinaryIO,
    data_dir: Path,
    max_bytes: int,
) -> Import:
    """Store a file as a new import with everything guessed; Invalid says why it is no table."""
    import_id = new_id()
    file_path = f"{FOLDER}/{import_id}.csv"
    path = data_dir / file_path
    await asyncio.to_thread(save, source, path, max_bytes)
    try:
        options = await asyncio.to_thread(detect, path)
        seen = await asyncio.to_thread(glance, path, options, guess_header=True)
        cells = [row.cells for row in seen.rows]
        mapping = detect_mapping(
            seen.options.headers, cells, await fields.every(session), phones.is_mobile
        )
        record = Import(
            id=import_id,
            user_id=user_id,
            file_name=clean_text(Path(file_name.replace("\\", "/")).name, 200) or "contacts.csv",
            file_path=file_path,
            status=ImportStatus.UPLOADED,
            options=seen.options,
            mapping=mapping,
            counts=ImportCounts(),
            error=None,
            created_at=datetime.now(UTC),
            finished_at=None,
        )
        await records.create(session, record)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return record
