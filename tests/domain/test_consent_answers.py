"""What cells about consent say, in the words and with the asides of real tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import consent_answers
from domain.consent_answers import consent_of, said_in
from domain.fields import parse_bool

pytestmark = pytest.mark.fault("8B3")

YES = (
    "Sí, por web", "ja bitte", "yes (2024-05-01)", "Confirmed", "Var", "İzin verdi", "onaylı", "Onaylandı", "kabul etti",
    "Yes, via website", "YES - 12/05/2024 10:30", "Oui, merci", "Sí (formulario web)", "opted in 2024-05-01T10:00Z",
    "Sim, por favor", "✓ 2024-05-01", "ja, seit März 2024", "sì, grazie", "Opt-in (WhatsApp)", "confirmado", "bestätigt",
    "согласен", "موافق", "同意する", "已同意", "동의함", "đồng ý", "samtykker", "udělen", "Yes.", "[yes]", "d’accord",
)  # fmt: skip
NO = (
    "revocado", "Yok", "Reddetti", "STOP", "DNC", "No, gracias", "nein danke", "no (2024-05-01)", "No - asked by mail to be removed",
    "Widerrufen am 3.4.2024", "izin vermedi", "İptal", "cofnięta", "отказался", "拒绝", "거부", "refusée", "ritirato", "expired",
    "Opted out 2023", "No; wants letters", "Yok (mağaza)",
)  # fmt: skip
DOUBT = (
    "pendiente", "pending", "maybe", "?", "yes but only email", "yes (email)", "Sí, pero no por WhatsApp", "ja, nur Post", "yes and no",
    "yes, unsubscribed", "1 May 2024", "1/5/2024", "2024-05-01", "da luglio", "on request", "Var mı?x", "ask again", "yes until 2020 or so",
    "n/a", "-", "x".join("y" * 200), "yes " * 60,
)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "answer"),
    [(cell, True) for cell in YES]
    + [(cell, False) for cell in NO]
    + [(cell, None) for cell in DOUBT],
)
def test_a_cell_says(cell: str, answer: bool | None) -> None:
    assert consent_of(cell) is answer


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("yes, by web", False), ("No, remove him", None), ("No (2024)", True), ("revocado", False)],
)
def test_a_cell_of_a_column_that_asks_to_stop(cell: str, answer: bool | None) -> None:
    assert consent_of(cell, asks_to_stop=True) is answer


def test_no_word_is_both() -> None:
    assert not consent_answers._AGREED & consent_answers._REFUSED
    nothing = consent_answers._ASIDES
    assert not nothing & (consent_answers._REFUSED | consent_answers._NOT)
    assert [word for word in nothing if parse_bool(word) is False] == []


@pytest.mark.parametrize("word", sorted(consent_answers._AGREED))
def test_a_word_for_yes_in_a_column_that_asks_to_stop_stops(word: str) -> None:
    wanted = None if word in consent_answers._SUBSCRIBED else "stop"
    assert said_in(word, asks_to_stop=True) == wanted


@pytest.mark.parametrize(
    "cell",
    ["Yes/No", "Sí / No", "yes, no", "OK no", "Yes no WhatsApp", "Si, no whatsapp", "[ ] yes [ ] no", "☑ no",
     "active since 2020, no", "yes, in the shop, no WhatsApp", "yes n/a", "☑ yes ☐", "yes ☒"],
)  # fmt: skip
def test_a_no_beside_a_yes_is_in_doubt(cell: str) -> None:
    assert consent_of(cell) is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [("No WhatsApp", "unclear"), ("no, by web", "unclear"), ("no 2024-05-01", None), ("no", None), ("yes", "stop"),
     ("Subscribed", None), ("confirmada", "stop"), ("liegt vor", "stop"), ("tak", "stop"), ("", None)],
)  # fmt: skip
def test_what_an_opt_out_column_says(cell: str, said: str | None) -> None:
    assert said_in(cell, asks_to_stop=True) == said


@given(
    st.sampled_from(YES),
    st.sampled_from(("but", "only email", "not", "no", "no WhatsApp", "nur Post", "sin SMS", "?x")),
)
def test_a_yes_with_a_condition_is_in_doubt(yes: str, condition: str) -> None:
    assert consent_of(f"{yes} {condition}") is not True


@given(st.text(max_size=60))
def test_any_text_has_an_answer_or_none(text: str) -> None:
    assert consent_of(text) in {True, False, None}
