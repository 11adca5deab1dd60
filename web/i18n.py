"""A page's language: negotiation, and gettext with the catalogues in web/locales."""

from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.core import UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from web.page import current_page

LOCALES = Path(__file__).parent / "locales"
DEFAULT_LOCALE = "en"


@lru_cache(maxsize=1)
def available_locales() -> tuple[str, ...]:
    """English, which is in the templates, and every language with a catalogue."""
    found = sorted(path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/messages.po"))
    return (DEFAULT_LOCALE, *(name for name in found if name != DEFAULT_LOCALE))


@lru_cache(maxsize=32)
def translations(locale: str) -> NullTranslations:
    """The catalogue of a language, compiled in memory from its .po file."""
    source = LOCALES / locale / "LC_MESSAGES" / "messages.po"
    if locale not in available_locales() or not source.exists():
        return NullTranslations()
    with source.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def negotiate(accept_language: str) -> str:
    """The best available language for an Accept-Language header."""
    wanted = [part.split(";")[0].strip() for part in accept_language.split(",")]
    return negotiate_locale(wanted, available_locales(), sep="-") or DEFAULT_LOCALE


@lru_cache(maxsize=64)
def display_locale(locale: str) -> Locale:
    """The CLDR locale for numbers and dates; plain English means day before month and 24-hour time."""
    try:
        return Locale.parse("en_GB" if locale in {"", DEFAULT_LOCALE} else locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def gettext(message: str) -> str:
    """Translate into the language of the page being rendered."""
    return translations(current_page.get().locale).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Translate with the plural form that fits ``number``."""
    return translations(current_page.get().locale).ngettext(singular, plural, number)
