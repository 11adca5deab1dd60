"""Loads a whole file into the staging table: a thread checks rows, problems are counted, the first ones kept."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Invalid
from domain.imports import (
    FILE_ROW_LIMIT,
    KEPT_ERRORS,
    Import,
    ImportOptions,
    RowError,
    StagedRow,
)
from domain.sentences import Sentence
from services.imports.reading import Record, open_records
from services.imports.rows import Plan, RowReader
from store.imports import copying, staging

CHUNK = 2000
"""The rows read and copied at a time; progress moves once per chunk."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Tally:
    """What happened to a file's rows: all counted, the first problems kept."""

    staged: int = 0
    invalid: int = 0
    partial: int = 0
    kept: int = 0
    _codes: dict[tuple[str, bool, str], tuple[Sentence, int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows read so far."""
        return self.staged + self.invalid

    @property
    def room(self) -> int:
        """How many more rows with a problem can be kept."""
        return max(0, KEPT_ERRORS - self.kept)

    def count(self, errors: list[RowError] | tuple[RowError, ...]) -> bool:
        """Count one row's problems; returns whether to keep them.

        An excluded row counts under its first reason, so that reasons sum to the rows.
        """
        found: dict[tuple[str, bool, str], Sentence] = {}
        for error in filter(lambda one: one.cause, errors):
            found.setdefault(error.reason, error.why)
            if not error.imported:
                break
        for key, example in found.items():
            why, number = self._codes.get(key, (example, 0))
            self._codes[key] = (why, number + 1)
        keep = self.room > 0
        self.kept += keep
        return keep

    def add(self, code: str, why: Sentence, number: int) -> None:
        """Count problems found without reading rows."""
        if number:
            present = self._codes.get((code, False, ""), (why, 0))[1]
            self._codes[code, False, ""] = (why, present + number)

    def withdraw(self, noted: Mapping[str, int]) -> None:
        """Withdraw the notes of rows excluded after all, which are not partly imported."""
        for notes, rows in noted.items():
            self.partial -= rows
            for code, imported, own in orjson.loads(notes):
                why, number = self._codes.pop((code, imported, own))
                if number > rows:
                    self._codes[code, imported, own] = (why, number - rows)

    def reasons(self) -> list[tuple[str, str, int, bool]]:
        """Code, an example of its sentence (packed), number of rows, whether imported anyway; most frequent first."""
        found = [
            (code, why.packed(), number, imported)
            for (code, imported, _), (why, number) in self._codes.items()
        ]
        return sorted(found, key=lambda reason: (-reason[2], reason[0]))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows and errors ready for COPY, and the file position where they end."""

    rows: bytes
    errors: bytes
    done: int


def _next_chunk(
    import_id: UUID,
    lines: Iterator[Record],
    reader: RowReader,
    tally: Tally,
    position: Callable[[], int],
) -> _Chunk | None:
    rows: list[StagedRow] = []
    errors: list[RowError] = []
    before = tally.rows
    for record in islice(lines, CHUNK):
        result = reader.read(record)
        if isinstance(result, StagedRow):
            rows.append(result)
            tally.partial += bool(result.notes)
            problems: list[RowError] = list(result.notes)
        else:
            tally.invalid += 1
            problems = result
        if problems and tally.count(problems):
            errors.extend(problems)
    tally.staged += len(rows)
    if tally.rows > FILE_ROW_LIMIT:
        raise Invalid("import_rows", file_row_limit=FILE_ROW_LIMIT)
    if tally.rows == before:
        return None
    encoded = copying.encode_rows(rows), copying.encode_errors(import_id, errors)
    return _Chunk(*encoded, done=position())


async def stage(
    session: AsyncSession,
    record: Import,
    layout: Plan,
    reader: RowReader,
    path: Path,
    options: ImportOptions,
    progress: Progress,
) -> Tally:
    """Read the file at ``path`` into the staging table, using ``options``."""
    await staging.begin_stage(session, record.id)
    tally = Tally()
    opened = open_records(
        path,
        options.encoding,
        options.delimiter,
        first_line=options.header_line,
        width=layout.width,
    )
    with opened as (lines, position):
        if options.has_header:
            next(lines, None)

        def ahead() -> asyncio.Task[_Chunk | None]:
            # A thread checks the next chunk while the database stores this one.
            reading = asyncio.to_thread(_next_chunk, record.id, lines, reader, tally, position)
            return asyncio.create_task(reading)

        coming = ahead()
        try:
            while chunk := await coming:
                coming = ahead()
                await staging.stage(session, chunk.rows, chunk.errors)
                progress(chunk.done, options.size)
        finally:
            await asyncio.wait([coming])  # the file must not be closed under the thread
    return tally
