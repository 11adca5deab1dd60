"""Bodies of drafts: omitted parts stay, null clears what can be empty, ranges are the domain's."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel, ValidationError

from api.campaigns.shapes import CampaignChangeIn, CampaignIn, CountersOut, ThrottleIn
from domain.campaigns import BRAKE, THROTTLE, CampaignType, Range
from domain.counters import COLUMNS, COUNTED, NOTHING
from domain.unset import UNSET
from services.campaigns.drafts.changes import DraftChange
from web.campaigns.live import SpeedForm


def _change(body: dict[str, Any], model: type[CampaignChangeIn] = CampaignChangeIn) -> DraftChange:
    return model.model_validate(body).change()


def test_what_is_left_out_stays_as_it_is() -> None:
    assert _change({"revision": 3}) == DraftChange()


@pytest.mark.parametrize("part", ["scheduled_at", "throttle", "brake_percent", "replies_to_id"])
def test_null_empties_what_can_be_empty(part: str) -> None:
    assert getattr(DraftChange(), part) is UNSET
    assert getattr(_change({part: None}), part) is None


@pytest.mark.parametrize(
    "part", ["name", "type", "channel_id", "template_id", "audience", "variables"]
)
def test_null_says_nothing_of_what_cannot_be_empty(part: str) -> None:
    assert _change({part: None}) == DraftChange()


def test_values_arrive_as_the_service_takes_them() -> None:
    group = uuid4()
    body = {"name": "A", "type": "csv", "audience": {"group_ids": [str(group)]}, "throttle": 7}
    change = _change(body, CampaignIn)
    assert change.name == "A"
    assert change.type is CampaignType.CSV
    assert change.throttle == 7
    assert change.audience is not UNSET
    assert change.audience.group_ids == [group]


@pytest.mark.parametrize(
    ("model", "part", "allowed"),
    [
        (CampaignChangeIn, "throttle", THROTTLE),
        (CampaignChangeIn, "brake_percent", BRAKE),
        (ThrottleIn, "per_second", THROTTLE),
        (SpeedForm, "per_second", THROTTLE),
    ],
)
def test_bodies_and_forms_take_the_range_of_the_domain(
    model: type[BaseModel], part: str, allowed: Range
) -> None:
    for value in (allowed.least, allowed.most):
        assert getattr(model.model_validate({part: str(value)}), part) == value
    for value in (allowed.least - 1, allowed.most + 1):
        with pytest.raises(ValidationError):
            model.model_validate({part: str(value)})


def test_programs_see_every_counter_and_who_is_left() -> None:
    assert set(COUNTED) < set(COLUMNS)
    shown = CountersOut.of(NOTHING)
    schema = CampaignCounters(counters=shown).model_dump()["counters"]
    assert schema.keys() == {*COLUMNS, "queued"}


class CampaignCounters(BaseModel):
    """A body with counters."""

    counters: CountersOut
