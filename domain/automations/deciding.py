"""What nodes decide by themselves: which branch to take, until when to wait."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from domain import calendars
from domain.automations import evaluation, keywords, times
from domain.automations.nodes import (
    FAILED,
    NO,
    OTHER,
    YES,
    Branch,
    Gap,
    KeywordCatch,
    RandomSplit,
    TimeGap,
    UserReply,
    choice_branch,
)
from domain.automations.reasons import Reason
from domain.automations.states import Facts, State
from domain.clocks import at_local

Way = tuple[str, str, Mapping[str, Any] | None]
"""The branch, a reason, and small details of why."""


def way(data: KeywordCatch | Branch | RandomSplit, state: State, facts: Facts) -> Way:
    """The branch that a node takes at once."""
    match data:
        case KeywordCatch():
            return _caught(data, facts)
        case Branch():
            found = evaluation.explain(data.when, facts, state.answers, data.hours)
            place = {"group": found.group, "condition": found.condition}
            return YES if found.holds else NO, "", place if found.group is not None else None
        case RandomSplit():
            return _drawn(data, state)


def _caught(data: KeywordCatch, facts: Facts) -> Way:
    text = facts.message.text if facts.message else ""
    for case in data.cases:
        word = keywords.found(case.mode, case.words, text)
        if word is not None:
            return choice_branch(case.id), "", {"word": word}
    return OTHER, "", None


def _drawn(data: RandomSplit, state: State) -> Way:
    shares = [share for share in data.shares if share.percent > 0]
    if not shares:
        return FAILED, Reason.NO_SHARE, None
    digest = hashlib.sha256(f"{state.seed}:{state.step}".encode()).digest()
    # A whole number below the sum of all shares, evenly enough: 64 bits over at most a few hundred.
    drawn = int.from_bytes(digest[:8]) % sum(share.percent for share in shares)
    for share in shares:
        if drawn < share.percent:
            break
        drawn -= share.percent
    return choice_branch(share.id), "", None


def timeout(data: UserReply, facts: Facts) -> datetime | None:
    """When a wait for a reply ends by itself."""
    return None if data.timeout is None else times.add(facts.now, data.timeout, facts.zone)


def moment(gap: TimeGap, facts: Facts) -> datetime | Reason:
    """When a wait ends, which may have passed, or why nobody can say."""
    try:
        found = _moment(gap, facts)
    except OverflowError:
        return Reason.NO_MOMENT
    if isinstance(found, Reason) or found - facts.now > times.FARTHEST:
        return Reason.NO_MOMENT if isinstance(found, datetime) else found
    return found


def _moment(gap: TimeGap, facts: Facts) -> datetime | Reason:
    zone = times.zone_named(gap.zone, facts.zone, facts.our_zone)
    match gap.until:
        case Gap.DURATION:
            return times.add(facts.now, gap.wait, facts.zone)
        case Gap.MOMENT:
            return _at_moment(gap.moment, zone)
        case Gap.HOURS:
            return _opening(gap, facts)
        case Gap.CLOCK:
            clock = times.parsed_clock(gap.clock)
            return Reason.NO_MOMENT if clock is None else times.next_clock(facts.now, clock, zone)
        case Gap.FIELD:
            return _near_field(gap, zone, facts)


def _opening(gap: TimeGap, facts: Facts) -> datetime | Reason:
    if gap.hours.calendar and gap.hours.calendar not in facts.calendars:
        return Reason.GONE
    meant = times.calendar_of(gap.hours, facts.calendars, facts.zone, facts.our_zone)
    return calendars.next_open(meant, facts.now) or Reason.NEVER_OPEN


def _at_moment(text: str, zone: tzinfo) -> datetime | Reason:
    found = times.parsed_moment(text)
    if found is None:
        return Reason.NO_MOMENT
    return times.aware(found, zone)


def _near_field(gap: TimeGap, zone: tzinfo, facts: Facts) -> datetime | Reason:
    day = times.parsed_day(str(facts.fields.get(gap.field, "")), zone)
    clock = times.parsed_clock(gap.clock)
    if day is None or clock is None:
        return Reason.NO_DATE if day is None else Reason.NO_MOMENT
    return at_local(datetime.combine(day + timedelta(days=gap.days), clock), zone)
