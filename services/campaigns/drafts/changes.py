"""Changes to a draft, and the columns that differ as a result."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.campaigns import (
    BRAKE,
    THROTTLE,
    Audience,
    CampaignType,
    Variable,
    require_brake,
    require_schedule,
    require_throttle,
)
from domain.contacts import clean_text
from domain.errors import Conflict, Invalid
from domain.sentences import Sentence
from domain.unset import UNSET, Unset
from services import clock
from store.campaigns.rows import CampaignRow

LONGEST_NAME = 120

OPEN_CHOICES: Mapping[str, tuple[str, Sentence]] = {
    "name": ("name", Sentence("launch_name")),
    "at": ("schedule", Sentence("launch_time")),
    "per_second": ("speed", Sentence("launch_speed", range=THROTTLE.said)),
    "brake_percent": ("brake", Sentence("launch_brake", range=BRAKE.said)),
}
"""What may be chosen without a value: the draft's problem in that case, and what to ask."""

_ANSWERED_BY = {
    "name": "name",
    "at": "scheduled_at",
    "per_second": "throttle",
    "brake_percent": "brake_percent",
}
_EMPTIED = ("at", "per_second")
"""If chosen without a value, these do not keep the previous one."""


@dataclass(frozen=True, slots=True)
class DraftChange:
    """The parts of a draft to change; UNSET ones stay as they are.

    None means: send at launch (``scheduled_at``), as fast as the number allows (``throttle``), never pause by itself
    (``brake_percent``), assign replies to nobody (``replies_to_id``).
    """

    name: str | Unset = UNSET
    type: CampaignType | Unset = UNSET
    channel_id: UUID | Unset = UNSET
    template_id: UUID | Unset = UNSET
    audience: Audience | Unset = UNSET
    agreed_only: bool | Unset = UNSET
    variables: Mapping[str, Variable] | Unset = UNSET
    scheduled_at: datetime | Unset | None = UNSET
    throttle: int | Unset | None = UNSET
    brake_percent: int | Unset | None = UNSET
    replies_to_id: UUID | Unset | None = UNSET
    blanks: frozenset[str] = frozenset()
    """Choices of OPEN_CHOICES made without a value: the draft asks for it."""
    keep: bool = False
    """List a blank draft even when nothing else was changed."""

    def given(self) -> dict[str, Any]:
        """The columns to change, with their values."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        del named["blanks"], named["keep"], named["agreed_only"]  # no columns
        return {name: value for name, value in named.items() if value is not UNSET}

    def still_open(self, before: Sequence[str]) -> list[str]:
        """Which choices have no value yet: earlier ones still without, and new ones."""
        return [
            choice
            for choice, part in _ANSWERED_BY.items()
            if choice in self.blanks or (choice in before and getattr(self, part) is UNSET)
        ]


def differing(row: CampaignRow, wanted: DraftChange) -> dict[str, Any]:
    """What a change would actually change, by column."""
    columns = {
        name: value
        for name, value in _columns(row, wanted).items()
        if value != getattr(row, name)
        and not (name == "audience" and value == Audience.from_json(row.audience).to_json())
    }
    if row.parent_id is not None:
        _keep_retry(columns)
    return columns


def _columns(row: CampaignRow, wanted: DraftChange) -> dict[str, Any]:
    columns: dict[str, Any] = {"open_choices": wanted.still_open(row.open_choices)}
    columns |= {_ANSWERED_BY[it]: None for it in _EMPTIED if it in wanted.blanks}
    columns |= wanted.given()
    if wanted.name is not UNSET:
        columns["name"] = named(wanted.name)
    if wanted.audience is not UNSET:
        columns["audience"] = wanted.audience.to_json()
    if wanted.agreed_only is not UNSET:
        audience = columns.get("audience", row.audience)
        if wanted.agreed_only != bool(audience.get("agreed_only")):
            columns["audience"] = {**audience, "agreed_only": wanted.agreed_only}
    if wanted.variables is not UNSET:
        columns["variables"] = {key: asdict(value) for key, value in wanted.variables.items()}
    require_schedule(columns.get("scheduled_at"), clock.now())
    require_throttle(columns.get("throttle"))
    require_brake(columns.get("brake_percent"))
    return columns


def _keep_retry(columns: dict[str, Any]) -> None:
    """A retry keeps the people and message of its first campaign."""
    if columns.keys() & {"audience", "template_id", "variables"}:
        raise Conflict("retry_fixed")


def named(name: str) -> str:
    """A campaign's name as stored; raises Invalid when it is empty or too long."""
    name = clean_text(name, sys.maxsize)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid("campaign_name", field="name", most=LONGEST_NAME)
    return name
