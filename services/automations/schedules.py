"""When the clock looks at a trigger."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from domain.automations import timing
from domain.automations.triggers import TimeTrigger, Trigger, WindowTrigger
from domain.contacts import timezones
from services.automations import zones


@cache
def every_zone() -> Collection[str]:
    """The zones that contacts may be in, and ours under "", for those who have none."""
    return ("", *sorted(timezones()))


def next_at(trigger: Trigger, now: datetime) -> datetime | None:
    """When the clock has to look at a trigger; None if it never has to."""
    match trigger:
        case TimeTrigger():
            return timing.next_at(trigger, now, zones.ours(), every_zone())
        case WindowTrigger(lead=lead) if lead is not None:
            return now
        case _:
            return None
