"""`whatsway bench import`: imports a large messy file into contacts, on a throwaway PostgreSQL."""

import asyncio
import csv
import io
import json
import os
import platform
import random
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.wording import say
from cli.addresses import Parts
from cli.bench import usage
from cli.stack import Stack
from domain.contacts import Selection
from domain.imports import ImportCounts
from services.contacts import search
from services.imports import preview, report, run, upload
from store.engine import Use, create_engine, create_sessions

HEADER = ["Nome", "Celular", "Cidade", "Plano", "Valor", "Cadastro", "Idioma"]
MAPPING = [
    "name",
    "phone",
    "new:text",
    "new:text",
    "new:number",
    "new:date",
    "language",
]
CITIES = ("São Paulo", "Rio de Janeiro", "Belo Horizonte", "Porto Alegre", "Recife", "")
PLANS = ("Ouro", "Prata", "Bronze")
INVALID_SHARE = 0.02
DOUBLE_SHARE = 0.03


def import_contacts(
    rows: Annotated[int, typer.Option(min=1, help="Rows of the file.")] = 50_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Import a generated file: validation, duplicates, merge, error report."""
    result = asyncio.run(measure(rows, quiet=as_json))
    print(json.dumps(result))


def generate(rows: int, seed: int = 7) -> bytes:
    """A file as shops export it: many spellings, duplicates, mistakes; the same every time."""
    dice = random.Random(seed)  # noqa: S311 - sample data
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    numbers: list[str] = []
    for index in range(rows):
        if numbers and dice.random() < DOUBLE_SHARE:
            national = dice.choice(numbers)
        else:
            national = (
                f"{dice.choice((11, 21, 31, 41, 81))}9{dice.randrange(60_000_000, 99_999_999)}"
            )
            numbers.append(national)
        wrong = dice.random() < INVALID_SHARE
        writer.writerow(
            [
                f"Cliente {index} da Silva",
                dice.choice(("", "ligar depois", "12345", "5,51199E+12"))
                if wrong
                else _spelled(national, dice),
                dice.choice(CITIES),
                dice.choice(PLANS),
                f"{dice.randrange(100_000) / 100:.2f}".replace(".", ","),
                f"{dice.randrange(1, 29):02}/{dice.randrange(1, 13):02}/2026",
                dice.choice(("pt-BR", "pt_BR", "en", "")),
            ]
        )
    return stream.getvalue().encode()


def _spelled(national: str, dice: random.Random) -> str:
    area, first, last = national[:2], national[2:7], national[7:]
    return dice.choice(
        (
            f"+55{national}",
            f"+55 {area} {first}-{last}",
            f"({area}) {first}-{last}",
            f"55{national}",
            national,
            f"0{national}",
            f"+55{area}{first[1:]}{last}",
        )
    )


async def measure(rows: int, *, quiet: bool) -> dict[str, Any]:
    """Import the file into an empty database; returns the figures."""
    parts = Parts(api=False, worker=False, temporal=False)
    with TemporaryDirectory(prefix="whatsway-bench-") as name:
        folder = Path(name)
        async with Stack(folder, ports="random", mode="demo", parts=parts) as stack:
            assert stack.settings.database_url is not None
            engine = create_engine(stack.settings.database_url, 3, Use.COMMAND)
            try:
                return await _import(create_sessions(engine), rows, folder, stack, quiet=quiet)
            finally:
                await engine.dispose()


async def _import(
    sessions: async_sessionmaker[AsyncSession],
    rows: int,
    folder: Path,
    stack: Stack,
    *,
    quiet: bool,
) -> dict[str, Any]:
    content = generate(rows)
    postgres = usage.cpu_seconds(stack)["postgres"]
    started, cpu = time.perf_counter(), time.process_time()
    import_id = await _upload(sessions, content, folder)

    def show(done: int, total: int) -> None:
        if not quiet:
            print(
                f"{time.perf_counter() - started:6.2f} s  {100 * done // total} % read", flush=True
            )

    async with sessions.begin() as session:
        counts = await run.run(session, import_id, data_dir=folder, progress=show)
    left_out = await _report(sessions, import_id)
    seconds = time.perf_counter() - started
    cpu_s = {
        "python": time.process_time() - cpu,
        "postgres": usage.cpu_seconds(stack)["postgres"] - postgres,
    }
    async with sessions() as session:
        stored = await search.count(session, Selection())
    figures = _figures(counts, seconds, stored, left_out)
    return {
        **figures,
        "file_mb": round(len(content) / 1e6, 1),
        "cpu_s": {name: round(value, 2) for name, value in cpu_s.items()},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }


async def _upload(sessions: async_sessionmaker[AsyncSession], content: bytes, folder: Path) -> UUID:
    async with sessions.begin() as session:
        record = await upload.upload(
            session,
            user_id=None,
            file_name="bench.csv",
            source=io.BytesIO(content),
            data_dir=folder,
            max_bytes=len(content),
        )
        options = replace(record.options, default_region="BR", new_group="Benchmark")
        await preview.set_mapping(session, record, options, MAPPING)
        await run.start(session, record.id)
    return record.id


async def _report(sessions: async_sessionmaker[AsyncSession], import_id: UUID) -> int:
    """Write the error report; returns its number of rows."""
    lines = 0
    async with sessions() as session:
        record = await preview.get(session, import_id)
        async for text in report.errors_csv(session, record, say):
            lines += text.count("\n")
    return lines - 1


def _figures(counts: ImportCounts, seconds: float, stored: int, left_out: int) -> dict[str, Any]:
    return {
        "rows": counts.rows,
        "seconds": round(seconds, 2),
        "rows_per_s": round(counts.rows / seconds),
        "new": counts.new,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "duplicate": counts.duplicate,
        "invalid": counts.invalid,
        "unclear": counts.unclear,
        "stored": stored,
        "reported": left_out,
        "grouped": counts.grouped,
    }
