"""A language for sentences: its catalogue, and how it formats numbers, dates and countries."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from gettext import NullTranslations

from babel import Locale, UnknownLocaleError, dates, numbers


@dataclass(frozen=True, slots=True)
class Speech:
    """Catalogue, CLDR locale and time zone of a reader."""

    catalogue: NullTranslations
    locale: Locale
    zone: tzinfo = UTC

    def number(self, value: float) -> str:
        """A number with the language's grouping: 1,024."""
        return numbers.format_decimal(value, locale=self.locale)

    def moment(self, value: date) -> str:
        """A day; a moment with its time and, if not in the reader's zone, UTC."""
        if not isinstance(value, datetime):
            return dates.format_date(value, "d MMMM yyyy", locale=self.locale)
        here = dates.format_datetime(
            value, "d MMMM yyyy, HH:mm", tzinfo=self.zone, locale=self.locale
        )
        return f"{here} UTC" if str(self.zone) == "UTC" else here

    def country(self, region: str) -> str:
        """The country's name."""
        return str(self.locale.territories.get(region, region))

    def language(self, code: str) -> str:
        """The language's name: "Portuguese (Brazil)" for pt_BR."""
        try:
            return Locale.parse(code).get_display_name(self.locale) or code
        except (UnknownLocaleError, ValueError):
            return code


def place_name(zone: str) -> str:
    """A time zone by its place: America/New York."""
    return zone.replace("_", " ")


ENGLISH = Speech(NullTranslations(), Locale.parse("en_GB"))
"""The wording for programs and the command line."""
