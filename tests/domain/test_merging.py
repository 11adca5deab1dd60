"""Two places of one person in a campaign: what reached them counts, and nobody is written to twice."""

from itertools import product

import pytest

from domain.ids import new_id
from domain.merging import Place, counting
from domain.messages import LANDED, MessageState

STATES = [None, *(state for state in MessageState if state is not MessageState.RECEIVED)]
MAY_HAVE_REACHED = {*LANDED, MessageState.SENDING, MessageState.UNKNOWN}
FAILED = {MessageState.FAILED, MessageState.REJECTED, MessageState.REFUSED}


@pytest.mark.parametrize(("one", "two"), list(product(STATES, STATES)))
def test_of_every_pair_the_right_one_counts_in_whatever_order(
    one: MessageState | None, two: MessageState | None
) -> None:
    first, second = Place(7, new_id(), one), Place(3, new_id(), two)
    best, other = counting((first, second))
    assert counting((second, first)) == (best, other)
    assert {best, other} == {first, second}
    if other.state in MAY_HAVE_REACHED:
        assert best.state in MAY_HAVE_REACHED
    if best.state in FAILED:
        assert other.state in FAILED
    # What already waits for its next try goes before who has no message at all.
    if (best.state, other.state) == (None, MessageState.QUEUED):
        pytest.fail("a try that has begun is given up for one that has not")
    if one == two:
        assert best is second  # the place further up


@pytest.mark.parametrize("state", STATES)
def test_only_what_would_still_be_sent_is_open(state: MessageState | None) -> None:
    assert Place(1, new_id(), state).open is (state is None or state is MessageState.QUEUED)
