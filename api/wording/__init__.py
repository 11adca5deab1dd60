"""The wording for the codes of the lower layers: one table of sentences, in the reader's language.

Each sentence is in the file of its noun. Named placeholders are the parameters that come with the code; numbers, dates
and countries are formatted for the language.
"""

import warnings
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

from api.wording import (
    activities,
    alerts,
    automation_matches,
    automation_parts,
    automation_problems,
    automations,
    calendars,
    campaign_states,
    campaigns,
    causes_numbers,
    causes_people,
    channel_states,
    channels,
    checks,
    consents,
    contacts,
    doctor,
    imports,
    launches,
    messages,
    people,
    phones,
    requests,
    settings,
    standstills,
    system,
    template_rules,
    templates,
    values,
)
from api.wording.speech import ENGLISH, Speech, place_name
from api.wording.tables import Borrowed, Counted, Table
from domain.errors import DomainError
from domain.sentences import Language, Region, Sentence, Text, Value, Zone

TABLES: tuple[Table, ...] = (
    activities.SENTENCES,
    alerts.SENTENCES,
    automation_matches.SENTENCES,
    automation_parts.SENTENCES,
    automation_problems.SENTENCES,
    automations.SENTENCES,
    calendars.SENTENCES,
    campaign_states.SENTENCES,
    campaigns.SENTENCES,
    causes_numbers.SENTENCES,
    causes_people.SENTENCES,
    channel_states.SENTENCES,
    channels.SENTENCES,
    checks.SENTENCES,
    consents.SENTENCES,
    contacts.SENTENCES,
    doctor.SENTENCES,
    imports.SENTENCES,
    launches.SENTENCES,
    messages.SENTENCES,
    people.SENTENCES,
    phones.SENTENCES,
    requests.SENTENCES,
    settings.SENTENCES,
    standstills.SENTENCES,
    system.SENTENCES,
    template_rules.SENTENCES,
    templates.SENTENCES,
    values.SENTENCES,
)

SENTENCES: Table = {key: words for table in TABLES for key, words in table.items()}
"""Every sentence, by key."""


def say(sentence: Sentence, speech: Speech = ENGLISH) -> str:
    """The sentence in words."""
    words = SENTENCES.get(sentence.key)
    if words is None:
        _warn(sentence.key)
        return sentence.key
    if isinstance(words, Borrowed):
        raise TypeError(f"{sentence.key} is said by its fields")
    shown = {name: _shown(value, speech) for name, value in sentence.params.items()}
    return _chosen(words, sentence.params, speech) % shown


def say_error(error: DomainError, speech: Speech = ENGLISH) -> str:
    """What an error says as a whole."""
    words = SENTENCES.get(error.sentence.key)
    if not isinstance(words, Borrowed):
        return say(error.sentence, speech)
    said = list(dict.fromkeys(say_fields(error, speech).values()))
    return " ".join(said if words is Borrowed.BY_FIELDS else said[:1])


def say_fields(error: DomainError, speech: Speech = ENGLISH) -> dict[str, str]:
    """What an error says about each field."""
    return {name: say(sentence, speech) for name, sentence in error.fields.items()}


def _chosen(words: str | Counted, params: Mapping[str, Value], speech: Speech) -> str:
    if isinstance(words, str):
        return speech.catalogue.gettext(words)
    number = params[words.by]
    count = number if isinstance(number, int) else 0
    return speech.catalogue.ngettext(words.one, words.many, count)


def _shown(value: Value, speech: Speech) -> str:
    if isinstance(value, Sentence):
        return say(value, speech)
    if type(value) in _MARKED:
        return _MARKED[type(value)](speech, str(value))
    if isinstance(value, StrEnum):
        _warn(f"the state {type(value).__name__}.{value}")
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (int, float)):
        return speech.number(value)
    if isinstance(value, date):
        return speech.moment(value)
    shown = [_shown(one, speech) for one in value]
    return (" " if all(one.endswith(".") for one in shown) else ", ").join(shown)


_MARKED: Mapping[type, Callable[[Speech, str], str]] = {
    Region: Speech.country,
    Language: Speech.language,
    Zone: lambda _speech, zone: place_name(zone),
    Text: lambda speech, text: speech.catalogue.gettext(text),
}
"""How to show texts that are marked as something to translate or to name."""


def _warn(what: str) -> None:
    """A sentence that a later release kept, or a state that nobody put into words: tests fail on it."""
    warnings.warn(f"no words for {what}", stacklevel=3)
