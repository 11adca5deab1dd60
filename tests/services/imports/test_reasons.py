"""An import's reasons: no example number for others, true sentences, no duplicate labels (issue 7)."""

from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say, say_error
from domain.actors import SYSTEM
from domain.contacts import CustomField, FieldType
from domain.entries import FileSource
from domain.errors import Invalid
from domain.fields import parse_value
from domain.numbering import Written
from domain.sentences import unpacked
from services.campaigns.files import entry_rows
from services.campaigns.files import intake as files
from services.campaigns.files.intake import Reading
from services.contacts import fields
from services.imports import report
from tests.services.numbering.test_files import given, imported, lines_of, table
from tests.words import words_of


@pytest.mark.fault("B1")
async def test_no_person_s_number_stands_for_others(session: AsyncSession, tmp_path: Path) -> None:
    content = table("491711234567", "491711234568", "+34611000106")
    record, counts = await imported(session, content, tmp_path, default_region="DE")
    assert counts.unclear == 2
    (reason,) = await report.reasons(session, record.id)
    assert (reason[0], reason[2]) == ("phone_unclear", 2)
    assert "4917" not in words_of(reason[1])
    assert counts.with_problems == 2
    lines = await lines_of(report.errors_csv(session, record, say))
    assert "+49491711234568" in lines[2][-1]


@pytest.mark.fault("B5")
async def test_a_value_is_no_reason_that_a_row_is_left_out(
    session: AsyncSession, tmp_path: Path
) -> None:
    for label in ("Birthday", "Joined"):
        await fields.create(session, SYSTEM, label=label, kind=FieldType.DATE)
    rows = "12,soon,\n+34611000101,30/02/2020,\n+34611000102,,later\n"
    record, counts = await imported(session, f"Phone,Birthday,Joined\n{rows}", tmp_path)
    assert [reason[0] for reason in await report.reasons(session, record.id)] == ["phone_country"]
    notes = {
        words_of(unpacked(said)): number for _, said, number, as_note in counts.reasons if as_note
    }
    assert notes == {
        "Birthday: this date does not exist.": 1,
        "Joined: write a date such as 2026-11-23.": 1,
    }
    text = "\n".join(line[-1] for line in await lines_of(report.errors_csv(session, record, say)))
    assert "Birthday: Birthday" not in text
    assert "Birthday: write a date such as 2026-11-23." in text, "in the file both are listed"


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30/02/2026", "does not exist"),
        ("2026-02-29", "does not exist"),
        ("31.04.2026", "does not exist"),
        ("2026-02-30 14:00", "does not exist"),
        ("45/13/2026", "write a date such as"),
        ("31/31/2020", "write a date such as"),
        ("soon", "write a date such as"),
        ("2026-05-01 14:30", "without a time"),
        ("2026-05-01 99:99", "write a date such as"),
    ],
)
def test_a_day_does_not_exist_only_where_that_is_true(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_value(CustomField("born", "Born", FieldType.DATE), text)
    assert said in say_error(refusal.value)
    assert ("without a time" in say_error(refusal.value)) is (said == "without a time")


@pytest.mark.fault("A5")
async def test_the_check_counts_what_the_file_says_of_marketing(
    session: AsyncSession, tmp_path: Path
) -> None:
    await imported(session, "Phone,Consent\n+34611000101,no\n+34611000102,no\n", tmp_path)
    rows = "+34611000101,yes\n+34611000102,no\n+34611000103,yes\n+34611000104,\n+34611000103,yes\n"
    _, counts = await imported(session, f"Phone,Consent\n{rows}", tmp_path)
    assert (counts.agreed, counts.opted_out, counts.left_alone) == (1, 1, 1)
    _, silent = await imported(session, "Phone\n+34611000101\n+34611000109\n", tmp_path)
    assert (silent.agreed, silent.opted_out, silent.left_alone) == (0, 0, 1)


@pytest.mark.fault("B1")
@pytest.mark.parametrize(
    "cell", ["3461100O106", "call me", "12", "", "5.51199E+12", "+999123456789", "+34611000106/07"]
)
async def test_a_bad_number_has_one_reason_in_imports_and_in_campaigns(
    session: AsyncSession, tmp_path: Path, cell: str
) -> None:
    content = table(cell, "+34611000106")
    record, _ = await imported(session, content, tmp_path, default_region="ES")
    ((code, message, _),) = await report.reasons(session, record.id)
    source = await given(session, content, tmp_path, Reading(default_region="ES"))
    assert source.usable == 1
    assert entry_rows.sentence(code, cell, FileSource(default_region="ES")) == message


async def left_out(session: AsyncSession) -> list[list[str]]:
    made = (await session.execute(sql("SELECT id FROM campaigns LIMIT 1"))).scalar_one()
    return await lines_of(files.problems_csv(session, made, say))


@pytest.mark.fault("B1")
@pytest.mark.parametrize(
    ("region", "said", "cells"),
    [
        ("DE", Written.UNSAID, ("491711234567", "491711234", "51987654321", "34611000101")),
        ("DE", Written.NATIONAL, ("491711234", "34611000101")),
        ("DE", Written.INTERNATIONAL, ("491711234", "1711234567")),
        ("", Written.UNSAID, ("491711234567", "611000403", "34611000101", "611000404")),
        ("BR", Written.UNSAID, ("51987654321", "11987654321", "34611000101")),
        ("ES", Written.UNSAID, ("442071838750", "3461100101", "34611000101")),
    ],
)
async def test_an_unclear_number_has_one_reason_in_imports_and_in_campaigns(
    session: AsyncSession, tmp_path: Path, region: str, said: Written, cells: tuple[str, ...]
) -> None:
    content = table(*cells, "+34611000106")
    record, _ = await imported(session, content, tmp_path, default_region=region, written=said)
    told = {
        line[1]: line[-1].removeprefix("Phone: ")
        for line in (await lines_of(report.errors_csv(session, record, say)))[1:]
    }
    await given(session, content, tmp_path, Reading(default_region=region, written=said))
    lines = (await left_out(session))[1:]
    assert {line[1]: line[-1] for line in lines} == told
    assert told


@pytest.mark.fault("B1")
async def test_a_mobile_of_a_file_without_country_is_called_what_it_is(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = table("491711234567", "611000403", "611000404")
    await given(session, content, tmp_path, Reading())
    lines = await left_out(session)
    said = lines[1][-1]
    assert said.startswith("This may be +491711234567 (Germany), but other numbers")
    assert "no mobile" not in said
