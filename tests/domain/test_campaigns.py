from datetime import UTC, datetime, timedelta

import pytest

from domain.campaigns import (
    CampaignAction,
    CampaignStatus,
    allows,
    missed_start,
    require,
    require_throttle,
    state_of,
)
from domain.errors import Conflict, Invalid
from tests.words import refused_with, words_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("status", CampaignStatus)
def test_only_a_draft_is_launched_or_edited(status: CampaignStatus) -> None:
    is_draft = status is CampaignStatus.DRAFT
    assert allows(status, CampaignAction.LAUNCH) is is_draft
    assert allows(status, CampaignAction.EDIT) is is_draft


def test_an_ended_campaign_is_retried_put_away_or_deleted_and_nothing_else() -> None:
    may = {CampaignAction.ARCHIVE, CampaignAction.DELETE, CampaignAction.RETRY}
    for status in (CampaignStatus.STOPPED, CampaignStatus.COMPLETED):
        for action in CampaignAction:
            assert allows(status, action) is (action in may)
            if action in may:
                continue
            with refused_with(Conflict, f"^{words_of(state_of(status))}, so .*\\.$"):
                require(status, action)


def test_a_start_missed_by_more_than_a_quarter_of_an_hour_asks() -> None:
    assert not missed_start(None, NOW)
    assert not missed_start(NOW - timedelta(minutes=14), NOW)
    assert missed_start(NOW - timedelta(minutes=16), NOW)


@pytest.mark.parametrize("speed", [0, -1, 1001])
def test_impossible_speeds_are_refused(speed: int) -> None:
    with refused_with(Invalid, "between 1 and 1,000"):
        require_throttle(speed)
