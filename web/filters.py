"""Jinja filters: numbers, times, phones and names formatted for the viewer."""

import zlib
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates, numbers
from markupsafe import Markup, escape

from domain.initials import initials as initials_of
from domain.targets import Lateness, lateness
from services import clock, phones
from web.i18n import display_locale, gettext, ngettext
from web.page import current_page

NOTHING = "—"
_BYTE_UNITS = ("B", "KB", "MB", "GB", "TB")
_DURATION_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_PATTERNS = {"datetime": "d MMM y, HH:mm", "date": "d MMM y", "time": "HH:mm"}
_AVATAR_HUES = 6


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """12408 → 12,408 in the viewer's language; None → a dash."""
    if value is None:
        return NOTHING
    locale = display_locale(current_page.get().locale)
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return numbers.format_decimal(value, format=pattern, locale=locale)


def compact(value: float | None) -> str:
    """12408 → 12.4K."""
    if value is None:
        return NOTHING
    locale = display_locale(current_page.get().locale)
    return numbers.format_compact_decimal(
        value, format_type="short", locale=locale, fraction_digits=1
    )


def percent(share: float | None, digits: int = 0) -> str:
    """0.123 → 12%; ``digits`` after the point."""
    if share is None:
        return NOTHING
    locale = display_locale(current_page.get().locale)
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return numbers.format_percent(share, format=pattern, locale=locale)


def money(amount: float | Decimal | None, currency: str) -> str:
    """12.5, "EUR" → €12.50."""
    if amount is None:
        return NOTHING
    return numbers.format_currency(
        amount, currency, locale=display_locale(current_page.get().locale)
    )


def viewer_zone() -> ZoneInfo:
    """The viewer's chosen zone; UTC until the browser rewrites times in its own."""
    return zone_named(current_page.get().timezone)


def zone_named(name: str) -> ZoneInfo:
    """A zone by name; UTC if there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _text(at: datetime, form: str) -> str:
    locale = display_locale(current_page.get().locale)
    pattern = _PATTERNS[form]
    return dates.format_datetime(at, format=pattern, tzinfo=viewer_zone(), locale=locale)


def _element(at: datetime | None, form: str, text: str, zone: str) -> Markup:
    if at is None:
        return escape(NOTHING)
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    title = dates.format_datetime(at, format=_PATTERNS["datetime"], locale=display_locale(""))
    recipient = f' data-zone="{escape(zone)}"' if zone else ""
    return Markup('<time datetime="{}" data-format="{}" title="{} UTC"{}>{}</time>').format(
        at.isoformat(timespec="seconds"),
        form,
        title,
        Markup(recipient),  # noqa: S704 - escaped above
        text,
    )


def date_and_time(at: datetime | None, zone: str = "") -> Markup:
    """23 Nov 2026, 10:42 as <time>; ``zone`` adds the recipient's own time to the hover text."""
    return _element(at, "datetime", _text(at, "datetime") if at else "", zone)


def date_only(at: datetime | None, zone: str = "") -> Markup:
    """23 Nov 2026 as <time>."""
    return _element(at, "date", _text(at, "date") if at else "", zone)


def time_only(at: datetime | None, zone: str = "") -> Markup:
    """10:42 as <time>."""
    return _element(at, "time", _text(at, "time") if at else "", zone)


def ago(at: datetime | None, now: datetime | None = None) -> Markup:
    """3 min ago as <time>, kept current by the page."""
    if at is None:
        return escape(NOTHING)
    delta = at - (now or clock.now())
    text = gettext("just now")
    if abs(delta.total_seconds()) >= 45:
        locale = display_locale(current_page.get().locale)
        text = dates.format_timedelta(delta, add_direction=True, format="short", locale=locale)
    return _element(at, "ago", text, "")


def duration(seconds: float | None) -> str:
    """3840 → 1 h 4 min: the two largest units."""
    if seconds is None:
        return NOTHING
    left = max(0, round(seconds))
    parts: list[str] = []
    for size, unit in _DURATION_STEPS:
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2]) or "0 s"


def file_size(size: float | None) -> str:
    """5242880 → 5 MB."""
    if size is None:
        return NOTHING
    step = 0
    while size >= 1024 and step < len(_BYTE_UNITS) - 1:
        size /= 1024
        step += 1
    return f"{number(size, 1 if step > 1 else 0)} {_BYTE_UNITS[step]}"


def phone(value: str | None) -> str:
    """+2348035550142 → +234 803 555 0142; anything else is returned unchanged."""
    return phones.shown(value) if value else NOTHING


def initials(name: str | None) -> str:
    """Amara Okafor → AO; a bare phone number gives its last two digits."""
    return initials_of(name or "")


def hue(name: str | None) -> int:
    """An avatar's colour, 1 to 6, always the same for the same name."""
    return zlib.crc32((name or "").encode()) % _AVATAR_HUES + 1


def window_words(seconds: float) -> str:
    """The rest of a 24-hour window, in the inbox's words."""
    if seconds <= 0:
        return gettext("Window closed")
    if seconds >= 3_600:
        return gettext("%(hours)s h left") % {"hours": int(seconds // 3_600)}
    minutes = max(1, round(seconds / 60))
    return ngettext("%(num)s min left", "%(num)s min left", minutes) % {"num": minutes}


def due_words(seconds: float) -> str:
    """When something is due, in seconds from now; what is late has none left."""
    if seconds <= 0:
        return gettext("Overdue by %(time)s") % {"time": _span(-seconds)}
    return gettext("Due in %(time)s") % {"time": _span(seconds)}


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 60:
        return gettext("%(minutes)s min") % {"minutes": max(1, minutes)}
    if minutes < 48 * 60:
        return gettext("%(hours)s h") % {"hours": minutes // 60}
    return gettext("%(days)s d") % {"days": minutes // (24 * 60)}


def due_tone(due_at: datetime, now: datetime) -> str:
    """Red when it is late, amber when it is due soon."""
    tones = {Lateness.LATE: "danger", Lateness.SOON: "warning", None: "neutral"}
    return tones[lateness(due_at, now)]


def window_tone(seconds: float) -> str:
    """Green above four hours, amber below, red in the last half hour, grey when closed."""
    if seconds <= 0:
        return "neutral"
    if seconds < 1_800:
        return "danger"
    return "warning" if seconds < 4 * 3_600 else "success"


def epoch(at: datetime) -> float:
    """Seconds since 1970, for arithmetic in templates."""
    return at.timestamp()
