"""A column of answers about marketing is recognised, whatever else its heading says."""

import pytest

from domain.mappings import detect_mapping

ANSWERS = ["yes", "no", "", "yes", "Nein"]


def taken(header: str, answers: list[str]) -> bool:
    rows = [[f"+3461100010{index}", answer] for index, answer in enumerate(answers)]
    return detect_mapping(["Phone", header], rows, [])[1] == "consent"


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    "header",
    [
        "Newsletter", "Newsletter?", "NEWSLETTER (yes/no)", "Receives newsletter", "Newsletter opt-in",
        "Wants marketing messages", "Marketing via WhatsApp", "WhatsApp marketing consent [Y/N]",
        "Werbung erlaubt", "Recibir publicidad", "Aceita receber publicidade", "Boletín", "Согласие на рассылку",
        "Pazarlama izni", "Accepts Marketing",
    ],
)  # fmt: skip
def test_a_heading_that_names_marketing_over_answers_is_consent(header: str) -> None:
    assert taken(header, ANSWERS)


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    "header",
    [
        # Another way than WhatsApp, another matter, or a yes that means no.
        "Email marketing", "SMS marketing consent", "Newsletter sent", "No newsletter", "No marketing messages",
        "Newsletter opt out", "Keine Newsletter", "Marketing manager", "Photo consent", "WhatsApp", "Has WhatsApp",
        "Subscription", "Terms accepted", "VIP", "Promo",
    ],
)  # fmt: skip
def test_a_heading_that_may_mean_something_else_is_left_to_a_person(header: str) -> None:
    assert not taken(header, ANSWERS)


@pytest.mark.fault("A5")
def test_values_have_to_answer() -> None:
    assert not taken("Newsletter", ["Weekly", "Monthly", "yes"])
    assert not taken("Newsletter", ["2026-05-01", ""])
    assert not taken("Newsletter", ["", ""])
    two = [["+34611000101", "yes", "no"]]
    assert detect_mapping(["Phone", "Newsletter", "Marketing messages"], two, []) == [
        "phone",
        "",
        "",
    ]
