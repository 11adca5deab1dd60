"""A token's default life, and whose tokens a person sees."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import new_id
from domain.permissions import GRANTS, Role
from services import tokens
from services.tokens import LONGEST_DAYS, USUAL_DAYS, Maker

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("maker", "days"),
    [
        (None, USUAL_DAYS),
        (Maker(new_id(), None), USUAL_DAYS),
        (Maker(new_id(), NOW + timedelta(days=7) + HOUR), 7),
        (Maker(new_id(), NOW + timedelta(days=LONGEST_DAYS) * 2), LONGEST_DAYS),
    ],
)
def test_a_token_made_by_a_token_lives_as_long_as_that_one(maker: Maker | None, days: int) -> None:
    assert tokens.usual_days(maker, NOW) == days


def test_only_the_right_over_people_shows_tokens_of_others() -> None:
    me = new_id()
    assert tokens.whose(me, GRANTS[Role.ADMIN]) is None
    assert tokens.whose(me, GRANTS[Role.MANAGER]) == me
