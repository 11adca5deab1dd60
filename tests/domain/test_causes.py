import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import causes
from domain.causes import cause_of, members
from domain.error_codes import CODES, LARGEST_CODE, blocking_reason
from tests.words import words_of


@pytest.mark.parametrize("code", CODES)
def test_every_code_the_sender_classifies_has_words_and_a_step(code: int) -> None:
    cause = cause_of(code, None)
    assert cause.key in causes._CAUSES
    assert code in members(cause.key).codes
    assert words_of(cause.title)
    assert words_of(cause.explanation).endswith(".")
    assert words_of(cause.step).endswith(".")


@pytest.mark.parametrize("code", [190, 131042, 368, 131048, 133010, 131037])
def test_a_blocked_number_and_a_paused_campaign_name_the_same_cause(code: int) -> None:
    assert causes.pause_cause(blocking_reason(code)).key == cause_of(code, None).key


def test_an_unknown_code_keeps_its_number_and_finds_its_people() -> None:
    cause = cause_of(987654, "whatever WhatsApp said")
    assert "987654" in words_of(cause.title)
    assert members(cause.key).codes == (987654,)
    assert causes.by_key(cause.key) == cause


@pytest.mark.parametrize("code", [200, 250, 299])
def test_permission_codes_are_a_matter_of_the_token(code: int) -> None:
    assert cause_of(code, None).key == "token"
    assert code in members("token").codes


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("sender_died", "no_answer"),
        ("no_answer", "no_answer"),
        ("not_reached", "temporary"),
        ("opted_out", "opted_out"),
        ("contact_deleted", "contact_deleted"),
        ("channel_token", "token"),
        (None, "other"),
        ("never heard of", "other"),
    ],
)
def test_our_own_reasons_have_causes(reason: str | None, key: str) -> None:
    assert cause_of(None, reason).key == key


def test_what_no_reason_explains_is_found_by_leaving_out_all_known_ones() -> None:
    rest = members("other")
    assert rest.unexplained
    assert "opted_out" in rest.reasons


def test_a_person_paused_it_when_there_is_no_reason() -> None:
    assert causes.pause_cause(None).key == "by_person"
    assert causes.pause_cause("missed_start").key == "missed_start"
    assert causes.pause_cause("new reason").key == "other"


@given(st.integers(-LARGEST_CODE, LARGEST_CODE))
def test_the_people_of_any_code_on_record_are_found_by_its_cause(code: int) -> None:
    cause = cause_of(code, None)
    assert code in members(cause.key).codes
    assert causes.by_key(cause.key) == cause


@pytest.mark.parametrize(
    "key",
    [
        "code_",
        "code_x",
        "code_-",
        "code_1.5",
        f"code_{LARGEST_CODE + 1}",
        "code_" + "9" * 5000,
        "code_²",
        "code_٣",
    ],
)
def test_a_link_to_a_code_that_cannot_be_names_nobody(key: str) -> None:
    assert causes.by_key(key) is None
    assert members(key) == causes.Members()
