"""A sender asks for next tries exactly when one is due, and for each of them once."""

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from activities.campaigns.next_tries import NextTry


class Clock(asyncio.SelectorEventLoop):
    """Time as the test says."""

    now = 100.0

    @override
    def time(self) -> float:
        return self.now


@given(st.lists(st.one_of(st.none(), st.integers(-50, 500), st.just("take")), max_size=30))
def test_the_earliest_counts_until_it_is_taken(steps: list[int | str | None]) -> None:
    """Each number is a message to be tried again after so many seconds; between two steps ten pass."""
    clock = Clock()
    clock.close()
    known, noted = NextTry(clock=clock), list[float]()
    for step in steps:
        due = any(at <= clock.now for at in noted)
        assert known.is_due() is due
        if step == "take":
            assert known.take() is due
            noted = [] if due else noted
        else:
            wait = timedelta(seconds=step) if isinstance(step, int) else None
            known.note(wait)
            noted += [] if wait is None else [clock.now + max(0.0, wait.total_seconds())]
        clock.now += 10
