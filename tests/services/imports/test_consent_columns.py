"""Columns about consent by their names, also those in which a yes means no (issue 7, A5)."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.consent_answers import consent_of
from domain.headings import asks_to_stop, built_in
from services.campaigns.files.intake import Reading
from tests.services.numbering.test_files import given, imported

AGREES = [
    "Consent", "Opt-in", "Marketing consent", "WhatsApp opt-in", "Accepts Marketing", "Acepta publicidad",
    "Aceita marketing", "Werbeeinwilligung", "Einwilligung Werbung", "Accepte le marketing", "Consenso marketing",
    "Toestemming marketing", "AllowBroadcast", "Opted-In for WhatsApp", "Pazarlama izni", "Zgoda marketingowa", "Согласие на рассылку",
]  # fmt: skip
STOPS = [
    "Opt-out", "Opted out", "OPT_OUT", "Unsubscribed", "Unsubscribed?", "Do not contact", "DNC", "Baja",
    "No contactar", "Descadastrado", "Não contatar", "Désabonné", "Abgemeldet", "Werbesperre", "Keine Werbung",
    "Disiscritto", "Afgemeld", "Отписан",
]  # fmt: skip


@pytest.mark.fault("A5")
@pytest.mark.parametrize("header", AGREES + STOPS)
def test_a_column_about_consent_is_known_by_its_name(header: str) -> None:
    assert built_in(header) == "consent"
    assert asks_to_stop(header) is (header in STOPS)


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    ("cell", "agrees"),
    [("yes", False), ("TRUE", False), ("1", False), ("sí", False), ("no", True), ("0", True),
     ("unsubscribed", False), ("opted out", False), ("subscribed", True), ("maybe", None)],
)  # fmt: skip
def test_a_yes_to_stopping_is_a_no(cell: str, agrees: bool | None) -> None:
    assert consent_of(cell, asks_to_stop=True) is agrees


@pytest.mark.fault("A5")
@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    ("header", "stop", "other", "said"),
    [("Unsubscribed", "yes", "no", None), ("Acepta publicidad", "no", "sí", "agree")],
)
async def test_imports_and_campaign_files_read_the_column_alike(
    session: AsyncSession, tmp_path: Path, header: str, stop: str, other: str, said: str | None
) -> None:
    content = f"Phone,{header}\n+34611000101,{stop}\n+34611000102,{other}\n+34611000103,\n"
    source = await given(session, content, tmp_path, Reading())
    assert source.consent_column == header
    rows = await session.execute(text("SELECT consent FROM campaign_entries ORDER BY row"))
    assert list(rows.scalars()) == ["stop", said, None]
    _, counts = await imported(session, content, tmp_path)
    assert (counts.new, counts.agreed, counts.opted_out) == (3, 1 if said else 0, 1)
    found = await session.execute(
        text("SELECT phone FROM contacts WHERE marketing_opt_out_at IS NOT NULL")
    )
    assert list(found.scalars()) == ["+34611000101"]
