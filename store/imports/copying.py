"""Rows and row errors of a file in COPY's text format; pure, so it can run in a thread."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from domain.ids import new_ids
from domain.imports import RowError, StagedRow

NOTHING = "\\N"


def _cell(text: str | None) -> str:
    """A cell in COPY's text format."""
    if text is None:
        return NOTHING
    if text.isprintable():
        return text.replace("\\", "\\\\")
    text = text.replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


_SAID = {True: "t", False: "f", None: NOTHING}


def encode_rows(rows: Sequence[StagedRow]) -> bytes:
    """Rows for ``staging.stage``."""
    return "".join(
        f"{row.line}\t{new}\t{row.phone}\t{row.phone_key}\t{_cell(row.name)}\t"
        f"{_cell(row.language)}\t{_cell(row.timezone)}\t{_cell(orjson.dumps(row.fields).decode())}\t"
        f"{_SAID[row.opt_out]}\t{_cell(row.raw)}\t{row.region}\t{_doubt(row)}\t{_notes(row) if row.notes else NOTHING}\n"
        for row, new in zip(rows, new_ids(len(rows)), strict=True)
    ).encode()


def _doubt(row: StagedRow) -> str:
    if row.doubt is None:
        return "\\N\t\\N\t\\N\t"
    if row.other is None:
        return f"{row.doubt}\t\\N\t\\N\t"
    return f"{row.doubt}\t{row.other.e164}\t{row.other.key}\t{row.other.region}"


def _notes(row: StagedRow) -> str:
    return _cell(orjson.dumps(sorted({note.reason for note in row.notes})).decode())


def encode_errors(import_id: UUID, errors: Sequence[RowError]) -> bytes:
    """Row errors for ``staging.stage``."""
    return "".join(
        f"{import_id}\t{error.line}\t{_cell(error.column)}\t{error.code}\t"
        f"{_cell(error.why.packed())}\t{_cell(error.raw)}\t{'t' if error.imported else 'f'}\n"
        for error in errors
    ).encode()
