"""Take a contact file with its options from a program, then import it or count what the import would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Invalid
from domain.imports import SKIP, Import, ImportOptions
from services.imports import preview, run, upload

READING = frozenset({"encoding", "delimiter", "has_header", "header_line", "sheet"})
"""Options that override how a file was recognised."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A file, its options by name, and what its columns mean.

    ``mapping`` is a target for each column, or targets by names (or numbers, from 0) of columns;
    without one it is guessed.
    """

    file_name: str
    source: BinaryIO
    options: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, str] | Sequence[str] | None = None
    counts_only: bool = False


async def submit(
    session: AsyncSession, actor: Actor, sent: Submission, *, data_dir: Path, max_bytes: int
) -> Import:
    """The import as it begins; a worker does the rest."""
    record = await upload.upload(
        session, user_id=actor.user_id, file_name=sent.file_name, source=sent.source,
        data_dir=data_dir, max_bytes=max_bytes,
    )  # fmt: skip
    if READING & sent.options.keys():
        options = _with(record.options, sent)
        record = await preview.reread(session, record, options, data_dir)
    options = _with(record.options, sent)
    targets = record.mapping if sent.mapping is None else aligned(sent.mapping, options.headers)
    await preview.set_mapping(session, record, options, targets)
    if sent.counts_only:
        return await run.request_check(session, record.id, actor)
    return await run.start(session, record.id, actor)


def _with(options: ImportOptions, sent: Submission) -> ImportOptions:
    """What was recognised, with what the program said on top."""
    return replace(options, **sent.options)


def aligned(mapping: Mapping[str, str] | Sequence[str], headers: Sequence[str]) -> list[str]:
    """A target for each column."""
    if not isinstance(mapping, Mapping):
        return list(mapping)
    targets = [SKIP] * len(headers)
    for name, target in mapping.items():
        if name in headers:
            targets[headers.index(name)] = target
        elif name.isascii() and name.isdigit() and int(name) < len(headers):
            targets[int(name)] = target
        else:
            raise Invalid("mapping_column", field="mapping", name=name[:60])
    return targets
