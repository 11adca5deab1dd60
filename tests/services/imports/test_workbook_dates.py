"""Workbook dates: texts have what a cell shows, date fields the exact day (issue 7, B5)."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.contacts import FieldType
from domain.imports import Target
from services.contacts import fields
from services.imports import preview, report, run, upload
from tests.services.numbering.test_files import lines_of

MOMENT = datetime(2026, 4, 3, 14, 30)
SHAPES = ["dd/mm/yyyy hh:mm", "mm/dd/yy h:mm AM/PM", "[$-407]d. mmmm yyyy hh:mm", "d-mmm"]
SHOWN = ["03/04/2026 14:30", "04/03/26 2:30 PM", "3. April 2026 14:30", "3-Apr"]


def book() -> io.BytesIO:
    made = Workbook()
    sheet: Any = made.active
    sheet.append(["Name", "Phone", "Note", "Day", "Slot"])
    for line, shape in enumerate(SHAPES, 2):
        sheet.append(
            [MOMENT, f"+346110001{line:02}", MOMENT, MOMENT.replace(hour=0, minute=0), MOMENT]
        )
        for column in (1, 3, 5):
            sheet.cell(line, column).number_format = shape
        sheet.cell(line, 4).number_format = "d mmm yy"
    sheet.append(["Bad", "12", MOMENT, MOMENT, MOMENT])
    sheet.cell(6, 3).number_format, sheet.cell(6, 4).number_format = SHAPES[0], "d mmm yy"
    written = io.BytesIO()
    made.save(written)
    written.seek(0)
    return written


@pytest.mark.fault("B5")
async def test_an_import_keeps_what_the_cells_of_a_workbook_show(
    session: AsyncSession, tmp_path: Path
) -> None:
    for label, kind in (
        ("Note", FieldType.TEXT), ("Day", FieldType.DATE), ("Slot", FieldType.DATETIME),
    ):  # fmt: skip
        await fields.create(session, SYSTEM, label=label, kind=kind)
    record = await upload.upload(
        session, user_id=None, file_name="people.xlsx", source=book(), data_dir=tmp_path,
        max_bytes=10**7,
    )  # fmt: skip
    assert Target.PHONE in record.mapping
    views = await preview.columns(record, tmp_path)
    assert views[2].samples == SHOWN[:3]
    assert views[3].new_target == "new:date"
    record = await preview.set_mapping(session, record, record.options, record.mapping)
    _, rows = await preview.first_rows(session, record, tmp_path)
    assert [row.values["note"] for row in rows[:4]] == SHOWN
    await run.run(session, record.id, data_dir=tmp_path)
    stored = (await session.execute(text("SELECT name, fields FROM contacts ORDER BY phone"))).all()
    assert [row.name for row in stored] == SHOWN
    assert [row.fields["note"] for row in stored] == SHOWN
    assert {row.fields["day"] for row in stored} == {"2026-04-03"}
    assert [row.fields.get("slot") for row in stored] == ["2026-04-03T14:30"] * 3 + [None]
    ((_, *cells), *_) = [
        row for row in await lines_of(report.errors_csv(session, record, say)) if row[0] == "Bad"
    ]
    assert cells[:2] == ["12", SHOWN[0]], "as it stands in the file"
