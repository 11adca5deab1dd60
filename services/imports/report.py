"""Results of imports: the history, and the failed rows, ready to fix and upload."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.imports import Import, RowError
from domain.sentences import Say, Sentence, unpacked
from domain.tables import csv_line
from store.imports import errors, records

PAGE = 1000


@dataclass(frozen=True, slots=True)
class History:
    """A page of imports and the id after which the next page starts."""

    items: list[Import]
    next_before: UUID | None


async def history(session: AsyncSession, *, before: UUID | None = None, limit: int = 50) -> History:
    """Imports, newest first."""
    items = await records.page(session, before=before, limit=limit + 1)
    return History(items[:limit], items[limit - 1].id if len(items) > limit else None)


async def reasons(session: AsyncSession, import_id: UUID) -> list[tuple[str, Sentence, int]]:
    """Why rows were left out: code, an example sentence, how many."""
    record = await records.get(session, import_id)
    if record is not None and record.counts.reasons:
        kept = [found[:3] for found in record.counts.reasons if not found[3]]
    else:
        kept = await errors.summary(session, import_id)
    return [(code, unpacked(words), number) for code, words, number in kept]


async def errors_csv(session: AsyncSession, record: Import, say: Say) -> AsyncIterator[str]:
    """CSV lines: the rows as they were in the file, with the line and the problem in words appended."""
    headers = record.options.headers
    yield "\ufeff" + csv_line([*headers, "line", "problem"])
    after = (0, 0)
    held: list[RowError] = []
    while page := await errors.page(session, record.id, after=after, limit=PAGE):
        after = (page[-1][1].line, page[-1][0])
        held += [error for _, error in page]
        # A row with several problems may continue on the next page, so wait for it.
        last = held[-1].line
        yield _lines([error for error in held if error.line != last], len(headers), say)
        held = [error for error in held if error.line == last]
    yield _lines(held, len(headers), say)


def _lines(found: list[RowError], width: int, say: Say) -> str:
    lines = []
    for line, same in groupby(found, key=lambda error: error.line):
        row = list(same)
        cells = [cell.replace("\x00", "") for cell in json.loads(row[0].raw)]
        cells += [""] * (width - len(cells))
        problems = [say(_sentence(error)) for error in row]
        lines.append(csv_line([*cells, str(line), "; ".join(problems)]))
    return "".join(lines)


def _sentence(error: RowError) -> Sentence:
    said = error.sentence
    return Sentence("row_without_value", problem=said) if error.imported else said
