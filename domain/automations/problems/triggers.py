"""Problems of triggers: nothing to listen for, nobody to reach, and names of what is gone."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.automations import triggers
from domain.automations.known import BUILT_IN, Known
from domain.automations.problems import conditions, values
from domain.automations.problems.found import Problem, error
from domain.automations.problems.nodes import MOST_DAYS, dated
from domain.automations.triggers import Entry, Timing, Trigger
from domain.calendars import DAYS
from domain.sentences import Sentence

_WINDOW_MINUTES = 24 * 60
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def check(at: str, data: Trigger, known: Known) -> Iterator[Problem]:
    """Everything about one trigger by itself."""
    gone = Sentence("automation_channel_gone")
    yield from values.references(at, data.channels, known.channels, "channels", gone)
    yield from conditions.check(at, data.filters, data.hours, "filters", known)
    yield from _entry(at, data)
    if (of_type := _CHECKS.get(type(data))) is not None:
        yield from of_type(at, data, known)


def _entry(at: str, data: Trigger) -> Iterator[Problem]:
    if data.entry.rule is not Entry.ONCE_A_PERIOD:
        return
    if data.entry.period is None:
        yield values.unset(at, "entry.period")
    else:
        yield from values.duration(at, data.entry.period, "entry.period")


def _keyword(at: str, data: triggers.KeywordTrigger, _known: Known) -> Iterator[Problem]:
    yield from values.words(at, data.words, data.mode, "words")


def _button(at: str, data: triggers.ButtonTrigger, _known: Known) -> Iterator[Problem]:
    if not any(payload.strip() for payload in data.payloads):
        yield values.unset(at, "payloads")


def _first_message(at: str, data: triggers.FirstMessageTrigger, _known: Known) -> Iterator[Problem]:
    if data.quiet is not None:
        yield from values.duration(at, data.quiet, "quiet")


def _campaign_reply(
    at: str, data: triggers.CampaignReplyTrigger, known: Known
) -> Iterator[Problem]:
    gone = Sentence("automation_campaign_gone")
    yield from values.references(at, data.campaigns, known.campaigns, "campaigns", gone)


def _label(at: str, data: triggers.LabelTrigger, known: Known) -> Iterator[Problem]:
    yield from values.needed(at, data.labels, "labels")
    gone = Sentence("automation_label_gone")
    yield from values.references(at, data.labels, known.labels, "labels", gone)


def _group(at: str, data: triggers.GroupTrigger, known: Known) -> Iterator[Problem]:
    yield from values.needed(at, data.groups, "groups")
    gone = Sentence("automation_group_gone")
    yield from values.references(at, data.groups, known.groups, "groups", gone)


def _field(at: str, data: triggers.FieldTrigger, known: Known) -> Iterator[Problem]:
    gone = Sentence("automation_field_gone", name=data.field)
    yield from values.reference(at, data.field, {*known.fields, *BUILT_IN}, "field", gone)


def _window(at: str, data: triggers.WindowTrigger, _known: Known) -> Iterator[Problem]:
    if data.lead is None:
        return
    yield from values.duration(at, data.lead, "lead")
    if values.minutes(data.lead) >= _WINDOW_MINUTES:
        yield error(at, Sentence("automation_lead"), "lead")


def _time(at: str, data: triggers.TimeTrigger, known: Known) -> Iterator[Problem]:
    yield from _timing(at, data, known)
    yield from values.zone(at, data.zone, "zone")
    if not data.everybody and not data.groups:
        yield error(at, Sentence("automation_audience"), "groups")
    gone = Sentence("automation_group_gone")
    yield from values.references(at, data.groups, known.groups, "groups", gone)
    yield from _sender(at, data.channel, known)


def _timing(at: str, data: triggers.TimeTrigger, known: Known) -> Iterator[Problem]:
    match data.timing:
        case Timing.ONCE:
            yield from values.moment(at, data.moment, "moment")
            found = values.moment_of(data.moment)
            if found is not None and found < known.now.astimezone(known.zone).replace(tzinfo=None):
                yield error(at, Sentence("automation_schedule_past"), "moment")
        case Timing.CALENDAR:
            yield from values.clock(at, data.clock, "clock")
            yield from _calendar(at, data)
        case Timing.FIELD:
            yield from values.clock(at, data.clock, "clock")
            yield from dated(at, data.field, known)
            if abs(data.offset) > MOST_DAYS:
                sentence = Sentence("automation_range", least=-MOST_DAYS, most=MOST_DAYS)
                yield error(at, sentence, "offset")


def _calendar(at: str, data: triggers.TimeTrigger) -> Iterator[Problem]:
    if data.every == "week" and not data.days:
        yield values.unset(at, "days")
    if any(day not in DAYS for day in data.days):
        yield error(at, Sentence("automation_value"), "days")
    if data.every == "month" and not 1 <= data.month_day <= 31:
        yield error(at, Sentence("automation_range", least=1, most=31), "month_day")


def _sender(at: str, channel: str, known: Known) -> Iterator[Problem]:
    """The number that sends: without a message to answer, nothing else says which."""
    if not channel:
        yield error(at, Sentence("automation_sender"), "channel")
    elif channel not in known.channels:
        yield error(at, Sentence("automation_channel_gone"), "channel")


def _webhook(at: str, data: triggers.WebhookTrigger, known: Known) -> Iterator[Problem]:
    yield from values.needed(at, data.phone_path, "phone_path")
    if data.country and not _COUNTRY.fullmatch(data.country):
        yield error(at, Sentence("automation_country"), "country")
    for place, value in enumerate(data.values):
        yield from values.needed(at, value.path, f"values.{place}.path")
        yield from values.needed(at, value.save_as, f"values.{place}.save_as")
        yield from values.save_as(at, value.save_as, f"values.{place}.save_as")
    yield from _sender(at, data.channel, known)


def _manual(at: str, data: triggers.ManualTrigger, known: Known) -> Iterator[Problem]:
    if data.channel and data.channel not in known.channels:
        yield error(at, Sentence("automation_channel_gone"), "channel")


_CHECKS: Mapping[type[Trigger], Callable[[str, Any, Known], Iterator[Problem]]] = {
    triggers.KeywordTrigger: _keyword,
    triggers.ButtonTrigger: _button,
    triggers.FirstMessageTrigger: _first_message,
    triggers.CampaignReplyTrigger: _campaign_reply,
    triggers.LabelTrigger: _label,
    triggers.GroupTrigger: _group,
    triggers.FieldTrigger: _field,
    triggers.WindowTrigger: _window,
    triggers.TimeTrigger: _time,
    triggers.WebhookTrigger: _webhook,
    triggers.ManualTrigger: _manual,
}
"""Any message, and opting in, need nothing more."""
