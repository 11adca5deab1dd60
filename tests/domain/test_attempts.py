"""The ledger of one message: what is logged and what the message itself says make one list."""

from datetime import UTC, datetime, timedelta

from domain.attempts import Attempt, AttemptOutcome, Present, timeline
from domain.messages import MessageState

T0 = datetime(2026, 11, 25, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def present(state: MessageState, attempt: int = 1, *, wamid: str | None = "wamid.1") -> Present:
    return Present(state, attempt, wamid, 131026, "No WhatsApp", at(5), at(6), at(9))


def outcomes(logged: list[Attempt], now: Present | None) -> list[tuple[int, str]]:
    return [(line.number, line.outcome.value) for line in timeline(logged, now)]


def test_nobody_was_tried_yet() -> None:
    assert outcomes([], None) == []


def test_the_accepted_attempt_is_read_off_the_message() -> None:
    earlier = Attempt(at(0), 1, AttemptOutcome.RETRY, code=130429, next_try_at=at(1))
    assert outcomes([earlier], present(MessageState.READ, 2)) == [(1, "retry"), (2, "accepted")]


def test_a_late_failure_follows_its_acceptance_with_its_code() -> None:
    lines = timeline([], present(MessageState.FAILED))
    assert [line.outcome for line in lines] == [AttemptOutcome.ACCEPTED, AttemptOutcome.FAILED]
    assert (lines[0].code, lines[1].code, lines[1].at) == (None, 131026, at(9))


def test_what_is_logged_is_not_told_twice() -> None:
    rejected = Attempt(at(9), 1, AttemptOutcome.REJECTED, code=131026)
    assert outcomes([rejected], present(MessageState.REJECTED, wamid=None)) == [(1, "rejected")]


def test_an_assumption_is_no_acceptance() -> None:
    logged = [
        Attempt(at(6), 1, AttemptOutcome.UNKNOWN),
        Attempt(at(60), 1, AttemptOutcome.ASSUMED_SENT, by="Mara"),
    ]
    assert outcomes(logged, present(MessageState.ACCEPTED, wamid=None)) == [
        (1, "unknown"),
        (1, "assumed_sent"),
    ]


def test_what_is_on_its_way_and_what_the_gate_refused() -> None:
    assert outcomes([], present(MessageState.SENDING)) == [(1, "sending")]
    assert outcomes([], present(MessageState.REFUSED)) == [(1, "refused")]
    assert outcomes([], present(MessageState.QUEUED)) == []


def test_a_failure_told_in_whole_seconds_still_follows_its_acceptance() -> None:
    early = Present(MessageState.FAILED, 1, "wamid.1", 131053, None, at(5), at(9), at(8))
    assert [line.outcome.value for line in timeline([], early)] == ["accepted", "failed"]


def test_an_acceptance_without_a_moment_is_no_line() -> None:
    now = Present(MessageState.SENT, 1, "wamid.1", None, None, None, None, None)
    assert outcomes([], now) == []
