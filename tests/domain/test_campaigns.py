import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import retries
from domain.campaigns import (
    ACTIVE,
    Audience,
    CampaignAction,
    CampaignStatus,
    allows,
    missed_start,
    require,
    require_throttle,
    state_of,
)
from domain.errors import Conflict, Invalid
from domain.ids import new_id
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


@pytest.mark.parametrize("action", CampaignAction)
def test_whatever_is_allowed_leads_from_some_state_and_never_from_all(
    action: CampaignAction,
) -> None:
    """And whoever may stop a campaign may also slow it down: both are for one that has a workflow."""
    may = {status for status in CampaignStatus if allows(status, action)}
    assert set() < may < set(CampaignStatus)
    if action in (CampaignAction.STOP, CampaignAction.THROTTLE):
        assert may == set(ACTIVE)


def test_a_start_missed_by_more_than_a_quarter_of_an_hour_asks() -> None:
    instant, quarter = timedelta(microseconds=1), timedelta(minutes=15)
    assert not missed_start(None, NOW)
    assert not missed_start(NOW + quarter, NOW)
    assert not missed_start(NOW - quarter, NOW)
    assert missed_start(NOW - quarter - instant, NOW)


IDS = st.lists(st.uuids(), max_size=3)


@given(st.builds(Audience, st.booleans(), IDS, IDS, st.text(max_size=9), agreed_only=st.booleans()))
def test_an_audience_is_read_as_it_was_stored_and_a_retry_is_nobody_s_to_choose(
    chosen: Audience,
) -> None:
    stored = chosen.to_json()
    assert Audience.from_json(json.loads(json.dumps(stored))) == chosen
    parent = new_id()
    retried = Audience.from_json(stored | {"retry_of": str(parent)})
    assert (retried.retry_of, retried.retry_codes) == (parent, retries.CODES)
    assert retried.to_json() == stored
    assert Audience.from_json({}) == Audience()


@pytest.mark.parametrize("speed", [0, -1, 1001])
def test_impossible_speeds_are_refused(speed: int) -> None:
    with refused_with(Invalid, "between 1 and 1,000"):
        require_throttle(speed)
