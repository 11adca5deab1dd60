"""What happens to working hours and response targets."""

from dataclasses import dataclass
from uuid import UUID

from domain.journal.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFact(Fact, entity="calendar", key="calendar_id"):
    """Something that happened to a calendar of working hours."""

    calendar_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCreated(CalendarFact, kind="calendar.created"):
    """Somebody made a calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged(CalendarFact, kind="calendar.changed"):
    """Its hours, its holidays, or whose they are were changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDeleted(CalendarFact, kind="calendar.deleted"):
    """It was deleted; whoever had it has the default one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsChanged(Fact, kind="targets.changed", entity="targets", key="scope"):
    """How soon customers are to be answered was changed."""

    scope: str
