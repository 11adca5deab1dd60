"""Between upload and import: what a person sees of the file, and how it is read again."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.imports import Target
from domain.numbering import Written
from services.imports import preview, run
from services.imports.preview import RowView
from tests.services.imports.uploads import ready, uploaded

DOUBTFUL = "51987654321"
"""A mobile of Rio Grande do Sul, and with a plus sign one of Peru."""


async def rows(session: AsyncSession, content: str, folder: Path) -> list[RowView]:
    record = await ready(session, content, folder)
    return (await preview.first_rows(session, record, folder))[1]


async def test_a_number_in_doubt_is_shown_with_what_keeps_it_out(
    session: AsyncSession, tmp_path: Path
) -> None:
    clear, doubtful = await rows(session, f"Phone\n+5511987654321\n{DOUBTFUL}\n", tmp_path)
    assert (clear.phone, clear.region, clear.problems) == ("+5511987654321", "BR", [])
    assert doubtful.phone == ""
    [said] = map(say, doubtful.problems)
    assert "+51987654321" in said


@pytest.mark.parametrize(
    ("written", "phone", "region"),
    [(Written.NATIONAL, "+5551987654321", "BR"), (Written.INTERNATIONAL, "+51987654321", "PE")],
)
async def test_a_number_in_doubt_is_shown_as_the_person_says_the_file_is_written(
    session: AsyncSession, tmp_path: Path, written: Written, phone: str, region: str
) -> None:
    record = await ready(session, f"Phone\n{DOUBTFUL}\n", tmp_path, written=written)
    _, [shown] = await preview.first_rows(session, record, tmp_path)
    assert (shown.phone, shown.region, shown.problems) == (phone, region, [])


async def test_a_row_that_cannot_be_imported_says_every_reason(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = "Name,City,Phone\nAna\nBo,Bonn,nonsense\nCaio,Rio,+5511987654321,more\n"
    shown = await rows(session, content, tmp_path)
    assert [[sentence.key for sentence in row.problems] for row in shown] == [
        ["row_few_cells"], ["row_column"], ["row_extra_cells"],
    ]  # fmt: skip
    assert {row.phone for row in shown} == {""}


def workbook() -> bytes:
    book = Workbook()
    first, second = book.worksheets[0], book.create_sheet("Members")
    for row in (["Phone", "Born"], ["+34611000101", "1990-05-31"]):
        first.append(row)
    for row in (["Members of our club"], [], ["Joined", "Mobile"], ["31/05/2024", "+34611000102"]):
        second.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


async def test_another_sheet_is_another_table_with_its_own_columns(
    session: AsyncSession, tmp_path: Path
) -> None:
    record = await uploaded(session, workbook(), tmp_path, "people.xlsx")
    assert record.options.headers == ["Phone", "Born"]
    other = replace(record.options, sheet="Members")
    record = await preview.reread(session, record, other, tmp_path)
    assert record.options.headers == ["Joined", "Mobile"]
    assert record.options.date_order == "dmy"
    assert record.mapping[1] == Target.PHONE
    [row] = (await preview.first_rows(session, record, tmp_path))[1]
    assert row.phone == "+34611000102"


async def test_a_file_is_read_again_only_as_it_can_be(
    session: AsyncSession, tmp_path: Path
) -> None:
    record = await uploaded(session, b"Name;Phone\nAna;+34611000101\n", tmp_path)
    wrong = (
        (replace(record.options, delimiter="x"), "import_delimiter"),
        (replace(record.options, encoding="x"), "import_encoding"),
    )
    for options, code in wrong:
        with pytest.raises(Invalid) as refused:
            await preview.reread(session, record, options, tmp_path)
        assert refused.value.code == code
    apart = await preview.reread(session, record, replace(record.options, delimiter=","), tmp_path)
    assert apart.options.headers == ["Name;Phone"]
    (tmp_path / record.file_path).unlink()
    with pytest.raises(Invalid):
        await preview.first_rows(session, record, tmp_path)


async def test_what_is_gone_or_under_way_is_not_changed(
    session: AsyncSession, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        await preview.get_open(session, new_id())
    record = await ready(session, "Phone\n+5511987654321\n", tmp_path)
    assert (await preview.get_open(session, record.id)).mapping == [Target.PHONE]
    await run.start(session, record.id)
    with pytest.raises(Conflict):
        await preview.get_open(session, record.id)
