"""Turns what the wizard's steps post into changes of a draft."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Form
from pydantic import BaseModel, Field
from starlette.datastructures import FormData

from domain.campaigns import BRAKE, THROTTLE, Audience, CampaignType, Range, Variable
from domain.errors import Invalid
from domain.unset import UNSET
from services.campaigns.drafts.changes import LONGEST_NAME, DraftChange

MOST_VARIABLES = 100
LONGEST_VALUE = 2000
FIELD, DEFAULT = "field:", "default:"


class StepForm(BaseModel):
    """What every step posts: the revision it was rendered with, and where to go (empty: autosave)."""

    revision: int
    go: Annotated[str, Field(max_length=20)] = ""


class AudienceForm(StepForm):
    """Step 1."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    scope: Literal["everyone", "groups", "file", "program", ""] = ""
    group: list[UUID] = []
    without: list[UUID] = []
    agreed_only: Literal["1", "0", ""] = ""

    def change(self) -> DraftChange:
        """The change of the draft; with a file or a program, the groups chosen before stay.

        If the name is cleared, the page asks for one; until then the old one stays.
        """
        name = self.name if self.name.strip() else UNSET
        blanks = frozenset({"name"}) if name is UNSET else frozenset()
        agreed = self.agreed_only == "1" if self.agreed_only else UNSET
        kind = {"file": CampaignType.CSV, "program": CampaignType.API}.get(self.scope)
        if kind is not None:
            return DraftChange(name=name, type=kind, agreed_only=agreed, blanks=blanks)
        groups = [] if self.scope == "everyone" else self.group
        audience = Audience(
            self.scope == "everyone", groups, self.without, agreed_only=self.agreed_only == "1"
        )
        return DraftChange(name=name, type=CampaignType.CONTACTS, audience=audience, blanks=blanks)


class ScheduleForm(StepForm):
    """Step 3; ``at`` is wall-clock time in ``zone``."""

    when: Literal["now", "later"] = "now"
    at: Annotated[str, Field(max_length=30)] = ""
    zone: Annotated[str, Field(max_length=60)] = ""
    speed: Literal["full", "limited"] = "full"
    per_second: Annotated[str, Field(max_length=20)] = ""
    brake: Literal["on", "never", ""] = ""
    brake_percent: Annotated[str, Field(max_length=20)] = ""
    replies_to: UUID | Literal["nobody"] | None = None

    def change(self) -> DraftChange:
        """The change of the draft; a choice without its value is remembered as made."""
        later, limited, brakes = self.when == "later", self.speed == "limited", self.brake == "on"
        at = local_time(self.at, self.zone) if later and self.at else None
        per_second = self._number("per_second", THROTTLE) if limited else None
        percent = self._number("brake_percent", BRAKE) if brakes else None
        chosen = {
            "at": later and at is None,
            "per_second": limited and per_second is None,
            "brake_percent": brakes and percent is None,
        }
        return DraftChange(
            scheduled_at=UNSET if chosen["at"] else at,
            throttle=UNSET if chosen["per_second"] else per_second,
            brake_percent=None if self.brake == "never" else percent or UNSET,
            blanks=frozenset(name for name, blank in chosen.items() if blank),
            replies_to_id=None if self.replies_to == "nobody" else self.replies_to or UNSET,
        )

    def _number(self, name: str, allowed: Range) -> int | None:
        """A number from the form; an impossible one counts as missing and is asked for."""
        text = str(getattr(self, name)).strip()
        possible = text.isascii() and text.isdecimal() and len(text) < 10
        return int(text) if possible and int(text) in allowed else None


class TrialForm(BaseModel):
    """A test to one number; ``at`` is the recipient's position in the preview."""

    to: Annotated[str, Field(max_length=40)]
    at: Annotated[int, Field(ge=0, le=1000)] = 0
    once: UUID


TrialStep = Annotated[TrialForm, Form()]
AudienceStep = Annotated[AudienceForm, Form()]
ScheduleStep = Annotated[ScheduleForm, Form()]


def local_time(text: str, zone: str) -> datetime:
    """A wall-clock time in a zone, as UTC; for an hour that occurs twice, the first one.

    A time without a zone, or one skipped by the zone's clocks, is refused: anything else would be a guess.
    """
    if not zone:
        raise Invalid("schedule_invalid.browser", field="at")
    try:
        given = datetime.fromisoformat(text)
        there = ZoneInfo(zone)
        at = given.replace(tzinfo=there).astimezone(UTC)
        exists = at.astimezone(there).replace(tzinfo=None) == given
    except (ValueError, OverflowError, ZoneInfoNotFoundError) as error:
        raise Invalid("schedule_invalid.written", field="at") from error
    if not exists:
        raise Invalid("schedule_invalid.clocks", field="at")
    return at


def variables(form: FormData) -> dict[str, Variable]:
    """Step 2: the variables by slot key."""
    keys = [key.removeprefix(FIELD) for key in form if key.startswith(FIELD)][:MOST_VARIABLES]
    return {key: Variable(_text(form, FIELD + key), _text(form, DEFAULT + key)) for key in keys}


def number(form: FormData, name: str) -> int:
    """A whole number from the form; 0 if it is not one."""
    text = _text(form, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > LONGEST_VALUE:
        raise Invalid("value_long", field=name, most=LONGEST_VALUE)
    return text
