"""Files uploaded for import, and what comes back."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import ContactFilter, Selection
from domain.imports import Import
from services.imports import preview, upload

EVERYONE = Selection(filter=ContactFilter())
MESSY = """Name;Phone;City;Born;Consent
Ana;+55 11 98765-4321;São Paulo;1990-05-01;yes
Bia;(11) 98765-4322;;;no
Ana again;+55 11 8765-4321;Rio;;
Nobody;not a number;;;
"Broken;+5511987654323;;;
Caio;11 98765-4324;;31/31/2020;perhaps
Dora;11 98765-4325;;;;too;many

Eva;11 98765-4326
"""


async def uploaded(session: AsyncSession, data: bytes, folder: Path, name: str = "a.csv") -> Import:
    return await upload.upload(
        session,
        user_id=None,
        file_name=name,
        source=io.BytesIO(data),
        data_dir=folder,
        max_bytes=1024 * 1024,
    )


async def ready(
    session: AsyncSession, content: str | bytes, folder: Path, **changes: object
) -> Import:
    data = content.encode() if isinstance(content, str) else content
    record = await uploaded(session, data, folder)
    options = replace(record.options, default_region="BR", **changes)  # type: ignore[arg-type]
    return await preview.set_mapping(session, record, options, record.mapping)


async def text_of(lines: object) -> str:
    return "".join([line async for line in lines])  # type: ignore[attr-defined]


def csv_of(rows: Iterable[Iterable[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([list(row) for row in rows])
    return stream.getvalue()
