"""Stored values of the audit log for people: names instead of ids, words instead of codes."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from api.wording.speech import place_name
from domain import causes
from domain.contacts import BUILT_IN_FIELDS
from domain.imports import FIELD, NEW, SKIP
from services.audit import NAMED, Names
from services.users import ANY_ZONE
from web import filters
from web.campaigns.words import column_name, field_label
from web.columns import targets
from web.i18n import gettext
from web.message_templates import category_name, language_name, status_name
from web.settings.audit import words
from web.settings.audit.keys import codes
from web.wording import said

MOST = 20
LONGEST = 200
_TURNS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Marks that change text direction: a name may contain them, and the log shows them."""


def shown(text: str) -> str:
    """A text that cannot affect the text around it."""
    said = _TURNS.sub("�", text)
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def value(how: str, held: Any, names: Names) -> Markup:
    """A stored value; lists with commas."""
    if held is None or held in ("", [], {}):
        return Markup("")
    if how in _WHOLE:
        return _WHOLE[how](held, names)
    if isinstance(held, list | tuple):
        said = [value(how, item, names) for item in held[:MOST]]
        return Markup(", ").join(filter(None, said))
    if how in NAMED:
        return _linked(how, str(held), names)
    if how in _ONE:
        return escape(shown(_ONE[how](str(held), names)))
    known = codes().get(how)
    if known is not None:
        return escape(known.get(str(held)) or gettext("recorded by an earlier version"))
    return _plain(held)


def _plain(held: Any) -> Markup:
    """As on every page: yes and no, numbers, times, phone numbers."""
    if isinstance(held, bool):
        return escape(gettext("yes") if held else gettext("no"))
    if isinstance(held, int | float):
        return escape(filters.number(held, 2 if isinstance(held, float) else 0))
    if isinstance(held, dict):
        return Markup(", ").join(
            Markup("{}: {}").format(shown(words.plain(str(name))), _plain(inner))
            for name, inner in list(held.items())[:MOST]
        )
    text = str(held)
    at = _moment(text)
    if at is not None:
        return filters.date_and_time(at)
    if text.startswith("+") and text[1:].isdecimal():
        return escape(filters.phone(text))
    return escape(shown(text))


def _moment(held: str) -> datetime | None:
    """A time as stored in the log, never just a day or a number."""
    try:
        at = datetime.fromisoformat(held) if len(held) >= 19 and held[10] in "T " else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def zone_name(zone: str) -> str:
    """A time zone that somebody chose, labelled as in the select."""
    if zone == ANY_ZONE:
        return gettext("My browser's time zone")
    return "UTC" if zone == "Etc/UTC" else place_name(zone)


def _cause(held: str, _names: Names) -> str:
    found = causes.by_key(held)
    return said(found.title) if found else gettext("recorded by an earlier version")


def _linked(kind: str, held: str, names: Names) -> Markup:
    """A thing by name, with a link while it exists."""
    name = names.get(held)
    if name is None and (former := names.get(f"deleted:{held}")):
        return escape(gettext("“%(name)s” (deleted)") % {"name": shown(former)})
    if name is None:
        return escape(gettext("%(kind)s, deleted since") % {"kind": words.kind(kind)})
    link = Markup('<a class="link" href="{}">{}</a>')
    return link.format(words.PAGES[kind].format(held), shown(name) or words.kind(kind))


def _components(held: Any, _names: Names) -> Markup:
    """The texts of a template, from header to buttons."""
    parts = [part for part in held if isinstance(part, dict)] if isinstance(held, list) else []
    texts = [part.get("text") for part in parts]
    texts += [
        button.get("text") for part in parts for button in part.get("buttons") or ()
        if isinstance(button, dict)
    ]  # fmt: skip
    return escape(shown(" · ".join(str(text) for text in texts if text)))


def _mapping(held: Any, names: Names) -> Markup:
    """Where the columns of a file went, except those left out."""
    columns = held.values() if isinstance(held, dict) else held
    known = [(key, name) for key, name in names.items() if key.startswith(FIELD)]
    places = {
        code: said
        for group in targets(known, NEW + "text")[1:]
        for code, said in group[1]
    }  # fmt: skip
    gone = gettext("a deleted field")
    said = [places.get(str(column), gone) for column in columns if column not in (SKIP, None)]
    return escape(shown(", ".join(said)))


def _variable(held: Any, names: Names) -> Markup:
    """What fills a variable of a message: a field, a column or a fixed text; and what stands in where it is empty."""
    if not isinstance(held, dict):
        return Markup("")
    field, default = str(held.get("field") or ""), shown(str(held.get("default") or ""))
    if not field:
        return escape(f"“{default}”") if default else Markup("")
    known = field in BUILT_IN_FIELDS or column_name(field)
    own = names.get(f"{FIELD}{field}", "")
    name = shown(own) if own else field_label((), field) if known else gettext("a deleted field")
    said = gettext("%(field)s, otherwise “%(default)s”") if default else "%(field)s"
    return escape(said % {"field": name, "default": default})


_WHOLE: Mapping[str, Callable[[Any, Names], Markup]] = {
    "components": _components,
    "mapping": _mapping,
    "variable": _variable,
}
"""How to show a value as a whole."""

_ONE: Mapping[str, Callable[[str, Names], str]] = {
    "another": lambda _held, _names: gettext("another contact that was the same person"),
    "id": lambda held, _names: held,
    "place": lambda held, _names: place_name(held),
    "zone": lambda held, _names: zone_name(held),
    "language": lambda held, _names: language_name(held),
    "category": lambda held, _names: category_name(held),
    "template_status": lambda held, _names: status_name(held),
    "cause": _cause,
}
"""How to show one value, or each in a list."""


def has_words(how: str, held: Any) -> bool:
    """Whether it can be shown; False for a code of ours without words."""
    known = codes().get(how)
    if known is None:
        return how in {*NAMED, *_WHOLE, *_ONE} or (how == "text" and not isinstance(held, dict))
    listed = held if isinstance(held, list | tuple) else [held]
    return all(item in (None, "") or str(item) in known for item in listed)
