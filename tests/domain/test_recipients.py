import itertools

from domain.messages import MessageState
from domain.recipients import EXCLUSIVE, RECONCILED, STATES, Bucket, bucket_of

OUTBOUND = [state for state in MessageState if state is not MessageState.RECEIVED]


def test_every_outbound_state_is_in_exactly_one_bucket() -> None:
    for state in OUTBOUND:
        assert sum(state in STATES[bucket] for bucket in EXCLUSIVE) == 1
        assert state in STATES[bucket_of(state)]


def test_the_terms_of_the_line_hold_every_state_once() -> None:
    terms = [state for bucket in RECONCILED for state in STATES[bucket]]
    assert sorted(terms) == sorted(OUTBOUND)


def test_the_funnel_only_narrows() -> None:
    stages = [Bucket.SUBMITTED, Bucket.REACHED_SENT, Bucket.REACHED_DELIVERED, Bucket.READ]
    for wider, narrower in itertools.pairwise(stages):
        assert set(STATES[narrower]) < set(STATES[wider])
