"""An unclear answer loses the consent, never the person, and is reported with its values."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.imports import ImportOptions, StagedRow
from domain.sentences import unpacked
from services.campaigns.files import consent
from services.campaigns.files.intake import Reading
from services.imports import report
from services.imports.answers import NAMED_ANSWERS
from services.imports.encodings import UNREADABLE
from services.imports.reading import Record
from services.imports.rows import RowReader, plan
from tests.services.numbering.test_files import given, imported
from tests.words import words_of

pytestmark = pytest.mark.fault("8B3")
FILE = """Phone,Consent
+34611000101,yes
+34611000102,pendiente
+34611000103,no
+34611000104,
+34611000105,pendiente
+34611000106,ask again
12,ask again
+34611000103,yes
"""


async def test_the_person_is_kept_without_consent(session: AsyncSession, tmp_path: Path) -> None:
    record, counts = await imported(session, FILE, tmp_path)
    assert (counts.new, counts.duplicate, counts.invalid, counts.partial) == (6, 1, 1, 3)
    said = (counts.agreed, counts.opted_out, counts.consent_unclear, counts.not_asked)
    assert said == (1, 1, 3, 1)
    assert sum(said) + counts.left_alone == counts.importable
    notes = {words_of(unpacked(said)): number for _, said, number, note in counts.reasons if note}
    assert [*notes.values()] == [2, 1]
    assert all(f"“{cell}” is neither" in "".join(notes) for cell in ("pendiente", "ask again"))
    stopped = await session.execute(
        text("SELECT phone FROM contacts WHERE marketing_opt_out_at IS NOT NULL ORDER BY phone")
    )
    assert [phone[-1] for phone in stopped.scalars()] == ["2", "3", "5", "6"]
    agreed = await session.execute(
        text("SELECT phone FROM contacts WHERE marketing_agreed_at IS NOT NULL")
    )
    assert [phone[-1] for phone in agreed.scalars()] == ["1"]
    assert len(await report.reasons(session, record.id)) == 2


async def test_a_yes_of_before_does_not_outlive_a_doubt(
    session: AsyncSession, tmp_path: Path
) -> None:
    await imported(session, "Phone,Consent\n+34611000101,yes\n", tmp_path)
    _, counts = await imported(session, "Phone,Consent\n+34611000101,???\n", tmp_path)
    assert (counts.updated, counts.consent_unclear) == (1, 1)
    found = await session.execute(text("SELECT marketing_opt_out_at IS NOT NULL FROM contacts"))
    assert [*found.scalars()] == [True]


async def test_a_column_of_remarks_is_not_told_remark_by_remark(
    session: AsyncSession, tmp_path: Path
) -> None:
    rows = "".join(f"+346110001{at:02},remark {chr(97 + at)}\n" for at in range(25))
    personal = "+34611000200,call Maria Lopez 611 000 200\n+34611000201,a@b.example\n"
    _, counts = await imported(session, f"Phone,Consent\n{rows}{personal}", tmp_path)
    assert (counts.new, counts.consent_unclear) == (27, 27)
    notes = {words_of(unpacked(said)): number for _, said, number, note in counts.reasons if note}
    assert len(notes) == NAMED_ANSWERS + 1
    assert next(number for message, number in notes.items() if message[0] == "A") == 7
    assert not re.search(r"Maria|@", "".join(notes))


async def test_letters_that_cannot_be_read_are_no_consent(
    session: AsyncSession, tmp_path: Path
) -> None:
    content = f"Phone,Consent\n+34611000101,s{UNREADABLE}\n"
    layout = plan(["phone", "consent"], ImportOptions(headers=["Phone", "Consent"]), ())
    row = RowReader(layout).read(Record(2, content.splitlines()[1].split(",")))
    assert isinstance(row, StagedRow)
    assert (row.opt_out, [note.code for note in row.notes]) == (True, ["undecodable"])


async def test_rows_count_for_one_reason_each(session: AsyncSession, tmp_path: Path) -> None:
    content = (
        "Phone,Name,Consent,Note\n12,Ana,?,\n,,x?,\n+34611000101,Eva,yes,\n+34611000101,Eva,yes,\n"
    )
    record, counts = await imported(session, content, tmp_path)
    reasons = await report.reasons(session, record.id)
    assert sum(number for _, _, number in reasons) == counts.invalid + counts.duplicate == 3


async def test_the_file_of_a_campaign_names_them_too(session: AsyncSession, tmp_path: Path) -> None:
    source = await given(session, FILE, tmp_path, Reading())
    assert source.unclear_consents == ["ask again", "pendiente"]
    made = (await session.execute(text("SELECT id FROM campaigns"))).scalar_one()
    chosen = await consent.choose(session, made, SYSTEM, "Phone")
    assert chosen.unclear_consents == ["12"]  # numbers of people are not shown as answers
    chosen = await consent.choose(session, made, SYSTEM, "Consent")
    assert chosen.unclear_consents == ["ask again", "pendiente"]
