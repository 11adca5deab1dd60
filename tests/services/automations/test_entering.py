"""What another system brings along when it lets somebody enter, and why it could not."""

import pytest

from domain.errors import Invalid
from services.automations import entering, reasons


def test_answers_are_kept_as_they_can_be_stored() -> None:
    brought = entering.brought({"order": "4\x001", "paid": True, "note": "x" * 5000})
    assert brought == {"order": "41", "paid": True, "note": "x" * entering.LONGEST_VALUE}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({f"a{at}": "x" for at in range(entering.MOST_ANSWERS + 1)}, "answers_limit"),
        ({"": "x"}, "answer_name"),
        ({"x" * 65: "x"}, "answer_name"),
        ({"two\nlines": "x"}, "answer_name"),
    ],
)
def test_too_many_answers_and_odd_names_are_refused(answers: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        entering.brought(answers)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("", None),
        ("no_share", "run_reason.no_share"),
        ("131026", "message_cause"),  # a code of Meta
        ("opted_out", "opted_out"),  # our own gate
    ],
)
def test_a_run_ends_with_a_reason_of_its_own_of_meta_or_of_our_gate(
    reason: str, key: str | None
) -> None:
    found = reasons.of_run(reason)
    assert (found.key if found else None) == key


def test_somebody_is_kept_out_by_a_rule_or_by_our_gate() -> None:
    assert reasons.of_start("filtered").key == "start_refused.filtered"
    assert reasons.of_start("opted_out") == reasons.of_run("opted_out")
