"""Counters: sums that hold whatever the numbers are."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.counters import COLUMNS, COUNTED, NOTHING, Counters
from domain.messages import LANDED, MessageState
from domain.recipients import STATES, Bucket

NUMBERS = st.integers(0, 10**6)
COUNTERS = st.builds(Counters, **dict.fromkeys(COLUMNS, NUMBERS))


@given(COUNTERS)
def test_the_terms_of_the_line_sum_to_the_audience(counters: Counters) -> None:
    terms = counters.landed + counters.not_sent + counters.unknown + counters.sending
    assert terms + counters.queued == counters.total


@given(COUNTERS)
def test_each_stage_of_the_funnel_holds_the_next(counters: Counters) -> None:
    stages = (
        counters.submitted, counters.reached_sent, counters.reached_delivered, counters.reached_read,
    )  # fmt: skip
    assert list(stages) == sorted(stages, reverse=True)
    assert counters.landed <= counters.submitted


@given(COUNTERS, st.sampled_from(COUNTED), st.integers(1, 50))
def test_a_stage_counts_exactly_the_states_of_its_list(
    counters: Counters, state: str, more: int
) -> None:
    moved = replace(counters, **{state: getattr(counters, state) + more})
    for bucket, name in (
        (Bucket.SUBMITTED, "submitted"), (Bucket.LANDED, "landed"), (Bucket.READ, "reached_read"),
        (Bucket.REACHED_SENT, "reached_sent"), (Bucket.REACHED_DELIVERED, "reached_delivered"),
    ):  # fmt: skip
        gained = getattr(moved, name) - getattr(counters, name)
        assert gained == (more if MessageState(state) in STATES[bucket] else 0), name
    assert counters.queued - moved.queued == more


def test_every_state_of_a_sent_message_is_counted_and_nothing_is_all_zero() -> None:
    assert {*COUNTED} == {s.value for s in MessageState} - {"received", "queued"}
    assert {s.value for s in LANDED} < {*COUNTED}
    assert {getattr(NOTHING, name) for name in COLUMNS} == {0}
    assert (NOTHING.queued, NOTHING.submitted) == (0, 0)
