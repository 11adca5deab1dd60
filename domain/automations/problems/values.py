"""Checks of single values that many nodes and triggers have: durations, clocks, hours, names, keywords."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from domain.automations import keywords, parts, times
from domain.automations.conditions import Hours
from domain.automations.known import Known
from domain.automations.nodes import Duration, MatchMode, Unit
from domain.automations.problems.found import Problem, error, warning
from domain.calendars import DAYS, parsed_span
from domain.contacts import timezones
from domain.sentences import Sentence

MOST_MINUTES = 366 * 24 * 60
"""No single wait is longer than a year."""

MOST_WORDS = 100
"""Keywords of one trigger or branch."""

MINUTES = {
    Unit.MINUTES: 1,
    Unit.HOURS: 60,
    Unit.DAYS: 24 * 60,
    Unit.WEEKS: 7 * 24 * 60,
    Unit.MONTHS: 31 * 24 * 60,
}
"""The longest a unit can take."""

_NAME = re.compile(r"[\w:-]{1,80}")


def minutes(duration: Duration) -> int:
    """How long a wait can take at most."""
    return duration.amount * MINUTES[duration.unit]


def duration(at: str, value: Duration, field: str) -> Iterator[Problem]:
    """A wait of at least one minute and at most a year."""
    most = MOST_MINUTES if value.unit is not Unit.MONTHS else 12 * MINUTES[Unit.MONTHS]
    if value.amount < 1:
        yield error(at, Sentence("automation_duration"), f"{field}.amount")
    elif minutes(value) > most:
        yield error(at, Sentence("automation_duration.long"), f"{field}.amount")


def unset(at: str, field: str, name: str = "") -> Problem:
    """A value that is not there yet; ``name`` if its field is called otherwise than its path says."""
    return error(at, Sentence("automation_unset", part=parts.named(name or field)), field)


def needed(at: str, value: object, field: str) -> Iterator[Problem]:
    """A value that must be there."""
    if not (value.strip() if isinstance(value, str) else value):
        yield unset(at, field)


def reference(
    at: str, value: str, known: Collection[str], field: str, gone: Sentence
) -> Iterator[Problem]:
    """The id of something that must exist."""
    if not value:
        yield unset(at, field)
    elif value not in known:
        yield error(at, gone, field)


def references(
    at: str, values: Sequence[str], known: Collection[str], field: str, gone: Sentence
) -> Iterator[Problem]:
    """Ids of things that must exist, as many as there are."""
    for place, value in enumerate(values):
        if value not in known:
            yield error(at, gone, f"{field}.{place}")


def save_as(at: str, value: str, field: str) -> Iterator[Problem]:
    """The name of an answer, if there is one."""
    if value and not _NAME.fullmatch(value):
        yield error(at, Sentence("automation_save_as"), field)


def clock(at: str, value: str, field: str) -> Iterator[Problem]:
    """A time of day."""
    if times.parsed_clock(value) is None:
        yield error(at, Sentence("automation_clock"), field)


def zone(at: str, value: str, field: str) -> Iterator[Problem]:
    """The name of a zone, the contact's or ours."""
    if value not in {"", times.CONTACT_ZONE} and value not in timezones():
        yield error(at, Sentence("automation_zone"), field)


def moment(at: str, value: str, field: str) -> Iterator[Problem]:
    """A day and a time that exist."""
    if not value.strip():
        yield unset(at, field)
        return
    found = times.parsed_moment(value)
    if found is None or not times.is_everywhere(found):
        yield error(at, Sentence("automation_moment"), field)


def moment_of(value: str) -> datetime | None:
    """Local time without its zone, to compare with a clock on the wall."""
    found = times.parsed_moment(value)
    return None if found is None else found.replace(tzinfo=None)


def hours(
    at: str, value: Hours, known: Known, field: str = "hours", *, wanted: bool = True
) -> Iterator[Problem]:
    """Working hours; ``wanted`` where something depends on them."""
    if value.calendar:
        if wanted and value.calendar not in known.calendars:
            yield error(at, Sentence("automation_calendar_gone"), f"{field}.calendar")
        return
    yield from zone(at, value.zone, f"{field}.zone")
    days = value.days or {}
    for day, spans in days.items():
        if day not in DAYS or any(parsed_span(span) is None for span in spans):
            yield error(at, Sentence("automation_hours"), f"{field}.days.{day}"[:100])
    if wanted and not any(days.values()):
        yield error(at, Sentence("automation_hours.never"), f"{field}.days")


def words(at: str, values: Sequence[str], mode: MatchMode, field: str) -> Iterator[Problem]:
    """Keywords or patterns that can match."""
    if not values:
        yield error(at, Sentence("automation_keywords"), field)
    if len(values) > MOST_WORDS:
        yield error(at, Sentence("automation_keywords.many", most=MOST_WORDS), field)
    for place, word in enumerate(values[:MOST_WORDS]):
        if (problem := keywords.problem(mode, word)) is not None:
            yield error(at, problem, f"{field}.{place}")
    plain = [word if mode is MatchMode.REGEX else keywords.plain(word) for word in values]
    if len(set(plain)) < len(plain):
        yield warning(at, Sentence("automation_keywords.twice"), field)
