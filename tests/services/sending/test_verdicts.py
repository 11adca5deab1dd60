"""What every answer from Meta means for one attempt: the whole table, written again by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.error_codes import CODES, ErrorKind
from domain.ids import new_id
from domain.messages import MessageState
from services.sending import verdicts
from services.sending.verdicts import DEFERRED, MOST_LATE_TRIES, MOST_TRIES, Verdict
from whatsapp.client import (
    CallNotMade,
    CallTurnedAway,
    CallUnanswered,
    ClaimExpired,
    CloudApiError,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MESSAGE = new_id()
UNHEARD_OF = 987_654


@dataclass(frozen=True, slots=True)
class Again:
    """Queued for another try, not before ``after_s`` and at the latest ``by_s`` seconds from now."""

    after_s: float
    by_s: float


REFUSED, DOUBT = MessageState.REJECTED, MessageState.UNKNOWN
AT_ONCE, IN_A_SECOND, SOON, TOMORROW = Again(0, 0), Again(1, 1), Again(1, 2), Again(86_400, 86_400)
Fate = MessageState | Again


@dataclass(frozen=True, slots=True)
class Row:
    """Codes with one meaning: for a campaign's first attempt, for a single message's, and for others beside it."""

    codes: tuple[int, ...]
    campaign: Fate
    single: Fate
    kind: ErrorKind
    blocks: str = ""


TABLE = (
    Row((4, 613, 80007, 130429), IN_A_SECOND, IN_A_SECOND, ErrorKind.THROTTLED),
    Row((131057, 133004, 134101, 2494100), SOON, SOON, ErrorKind.TEMPORARY),
    Row((131056,), IN_A_SECOND, IN_A_SECOND, ErrorKind.PAIR),
    Row((1, 2, 131000, 131016), DOUBT, DOUBT, ErrorKind.IN_DOUBT),
    Row((131049,), TOMORROW, REFUSED, ErrorKind.DEFER),
    Row((131026, 131062, 131070, 137000, 130403, 130472, 130497, 131021, 131030), REFUSED, REFUSED,
        ErrorKind.CONTACT),
    Row((131050,), REFUSED, REFUSED, ErrorKind.OPTED_OUT),
    Row((131047,), REFUSED, REFUSED, ErrorKind.WINDOW),
    Row((131055, 131061, 131063, 131065, 132000, 132001, 132007, 132015, 132016, 132068, 132069, 134100,
         134102, 141002), AT_ONCE, REFUSED, ErrorKind.TEMPLATE),
    Row((0, 3, 10, 102, 190, *range(200, 300), 131005), AT_ONCE, REFUSED, ErrorKind.CHANNEL, "token"),
    Row((131042, 131044), AT_ONCE, REFUSED, ErrorKind.CHANNEL, "payment"),
    Row((368, 131031, 131064), AT_ONCE, REFUSED, ErrorKind.CHANNEL, "policy"),
    Row((131048,), AT_ONCE, REFUSED, ErrorKind.CHANNEL, "spam_limit"),
    Row((33, 131045, 133000, 133005, 133006, 133010, 133015), AT_ONCE, REFUSED, ErrorKind.CHANNEL,
        "not_registered"),
    Row((131037,), AT_ONCE, REFUSED, ErrorKind.CHANNEL, "display_name"),
    Row((100, 131008, 131009, 132005, 132008, 132012, 132018, 135000, UNHEARD_OF), REFUSED, REFUSED,
        ErrorKind.REQUEST),
    Row((131052, 131053), REFUSED, REFUSED, ErrorKind.MEDIA),
)  # fmt: skip
BY_CODE = {code: row for row in TABLE for code in row.codes}


def judged(error: Exception, *, attempt: int = 1, patient: bool = True) -> Verdict:
    """The verdict on one attempt."""
    return verdicts.failed(MESSAGE, attempt, error, NOW, patient=patient)


def assert_fate(verdict: Verdict, fate: Fate) -> None:
    """The outcome is what the table says."""
    outcome = verdict.outcome
    assert (outcome.message_id, outcome.attempt, outcome.at) == (MESSAGE, 1, NOW)
    if isinstance(fate, Again):
        assert outcome.state is MessageState.QUEUED
        assert outcome.next_try_at is not None
        assert fate.after_s <= (outcome.next_try_at - NOW).total_seconds() <= fate.by_s
    else:
        assert (outcome.state, outcome.next_try_at) == (fate, None)


def test_the_table_is_complete() -> None:
    assert set(BY_CODE) == {*CODES, UNHEARD_OF}
    assert sum(len(row.codes) for row in TABLE) == len(BY_CODE)


@pytest.mark.parametrize("code", BY_CODE)
def test_a_code_means_this(code: int) -> None:
    row, error = BY_CODE[code], CloudApiError(code, "No", "in other words")
    campaign, single = judged(error), judged(error, patient=False)
    assert_fate(campaign, row.campaign)
    assert_fate(single, row.single)
    for verdict in (campaign, single):
        assert (verdict.kind, verdict.answered) == (row.kind, row.kind is not ErrorKind.IN_DOUBT)
        assert (verdict.outcome.code, verdict.outcome.detail) == (code, "in other words")
        assert verdict.trouble is not None
        assert (verdict.trouble.kind, verdict.trouble.message_id) == (row.kind, MESSAGE)
        if row.blocks:
            assert verdict.trouble.block_reason == row.blocks


@pytest.mark.parametrize(
    ("code", "status", "fate"),
    [
        (UNHEARD_OF, 400, REFUSED),
        (UNHEARD_OF, 404, REFUSED),
        (UNHEARD_OF, 500, DOUBT),  # their server failed at some unknown point
        (UNHEARD_OF, 503, DOUBT),
        (100, 500, DOUBT),
        (131026, 500, REFUSED),  # a code that says it all does so with any status
        (130429, 500, IN_A_SECOND),
        (130429, 429, IN_A_SECOND),
        (131000, 400, DOUBT),
    ],
)
def test_the_code_decides_and_the_status_only_where_it_says_nothing(
    code: int, status: int, fate: Fate
) -> None:
    assert_fate(judged(CloudApiError(code, "No", status=status)), fate)


@pytest.mark.parametrize(
    ("error", "patient", "fate", "detail"),
    [
        (CallNotMade(), True, SOON, "not_reached"),
        (CallNotMade(), False, SOON, "not_reached"),
        (CallTurnedAway(), True, SOON, "not_reached"),
        (ClaimExpired(), True, AT_ONCE, "claim_expired"),
        (ClaimExpired(), False, REFUSED, "claim_expired"),
        (CallUnanswered(), True, DOUBT, "no_answer"),
        (CallUnanswered(), False, DOUBT, "no_answer"),
    ],
)
def test_no_answer_means_this(error: Exception, patient: bool, fate: Fate, detail: str) -> None:
    verdict = judged(error, patient=patient)
    assert_fate(verdict, fate)
    assert (verdict.outcome.detail, verdict.outcome.code, verdict.trouble) == (detail, None, None)
    assert not verdict.answered


def test_an_acceptance_is_an_answer_and_nobodys_trouble() -> None:
    verdict = verdicts.accepted(MESSAGE, 3, "wamid.1", NOW)
    assert (verdict.outcome.state, verdict.outcome.wamid) == (MessageState.ACCEPTED, "wamid.1")
    assert verdict.answered
    assert verdict.trouble is None


def test_what_was_held_back_is_tried_soon_and_says_nothing_about_whatsapp() -> None:
    verdict = verdicts.held_back(MESSAGE, 1)
    assert verdict.outcome.state is MessageState.QUEUED
    assert verdict.outcome.next_try_at is not None
    assert verdict.outcome.next_try_at > verdict.outcome.at
    assert (verdict.answered, verdict.trouble) == (False, None)


@pytest.mark.parametrize(
    ("code", "last"),
    [(131057, MOST_TRIES - 1), (131056, MOST_TRIES - 1), (131049, 1), (130429, None), (190, None),
     (132001, None)],
)  # fmt: skip
def test_tries_end_where_another_one_would_be_no_better(code: int, last: int | None) -> None:
    """One that says nothing about this person is never counted against them."""
    error = CloudApiError(code, "No")
    again = [
        attempt
        for attempt in range(1, 100)
        if judged(error, attempt=attempt).outcome.state is MessageState.QUEUED
    ]
    assert again == [*range(1, (last or 99) + 1)]


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        (131049, Again(DEFERRED.total_seconds(), DEFERRED.total_seconds())),
        (130429, IN_A_SECOND),
        (
            131000,
            SOON,
        ),  # a failure that is reported is certain, whatever its code says of an answer
        (131042, AT_ONCE),
        (132001, AT_ONCE),
        (131026, None),
        (131050, None),
        (UNHEARD_OF, None),
        (None, None),
    ],
)
def test_what_whatsapp_gives_up_later_is_tried_again_where_that_may_help(
    code: int | None, wait: Again | None
) -> None:
    found = verdicts.wait_after_failure(code, 1)
    if wait is None:
        assert found is None
    else:
        assert found is not None
        assert timedelta(seconds=wait.after_s) <= found <= timedelta(seconds=wait.by_s)
    assert verdicts.wait_after_failure(code, MOST_LATE_TRIES) is None
    assert verdicts.wait_after_failure(code, None) is None or wait is not None
