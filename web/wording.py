"""The codes of the lower layers, put into words in the reader's language."""

from api import wording
from api.wording.speech import Speech
from domain.errors import DomainError
from domain.sentences import Sentence, unpacked
from web import filters, i18n
from web.page import PageContext, current_page


def speech(page: PageContext | None = None) -> Speech:
    """A reader's language, number formats and zone; by default those of the page being rendered."""
    page = page or current_page.get()
    return speech_in(page.locale, page.timezone)


def speech_in(locale: str, timezone: str) -> Speech:
    """A language, with the reader's time zone."""
    zone = filters.zone_named(timezone)
    return Speech(i18n.translations(locale), i18n.display_locale(locale), zone)


def said(sentence: Sentence | str | None) -> str:
    """A sentence in words; a text is a stored one, packed or in an earlier release's words."""
    if not sentence:
        return ""
    whole = unpacked(sentence) if isinstance(sentence, str) else sentence
    return wording.say(whole, speech())


def error_words(error: DomainError) -> str:
    """What an error says as a whole."""
    return wording.say_error(error, speech())


def field_words(error: DomainError | None) -> dict[str, str]:
    """What an error says about each field; empty if there are none."""
    return wording.say_fields(error, speech()) if error else {}


def printed(value: object) -> object:
    """Whatever a template prints: a sentence is put into words, anything else stays as it is."""
    return said(value) if isinstance(value, Sentence) else value
