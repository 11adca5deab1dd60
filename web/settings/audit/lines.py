"""A line of the audit log: who did what to which thing, its link, and what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from domain.audit import AuditEntry
from services.audit import NAMED, Names, about
from services.journal import SECRET_WORDS
from web.called import person
from web.i18n import gettext
from web.settings.audit import keys, words
from web.settings.audit.values import has_words, shown, value

_CALLED = ("name", "label", "email", "file_name")
_INNER = {"fields": "field:", "variables": "variable:"}
"""Values that hold others, each of which is told for itself, and how those are named."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after; empty if there was none."""

    label: str
    before: Markup
    after: Markup

    @property
    def text(self) -> str:
        """Without markup."""
        sides = filter(None, (self.before.striptags(), self.after.striptags()))
        return f"{self.label}: {' → '.join(sides)}"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words."""

    entry: AuditEntry
    who: str
    way: str
    what: str
    thing: str
    href: str
    changes: list[Change]


def line(entry: AuditEntry, names: Names) -> Line:
    """An entry in words."""
    thing, href = _thing(entry, names)
    return Line(
        entry,
        shown(entry.user_name) or gettext("System"),
        way(entry.actor, names),
        words.action(entry.action),
        thing,
        href,
        changes(entry, names, thing),
    )


def way(actor: str, names: Names) -> str:
    """How it was done, if not on a page."""
    _ = gettext
    if actor.startswith("token:"):
        name = names.get(actor)
        return _("with the API token “%(name)s”") % {"name": shown(name)} if name else _("with an API token")  # fmt: skip
    kind, _colon, acting = actor.partition(":")
    if kind == "automation":
        name = names.get(acting)
        return _("by the automation “%(name)s”") % {"name": shown(name)} if name else _("by an automation")  # fmt: skip
    return {"user": "", "system": ""}.get(actor, words.plain(actor).lower())


def _thing(entry: AuditEntry, names: Names) -> tuple[str, str]:
    """The thing's name and link; no link if it is gone."""
    _ = gettext
    entity, entity_id = about(entry)
    live = names.get(f"field:{entity_id}" if entity == "field" else entity_id)
    kept = next(_kept(entry), "")
    kind, page = words.kind(entity), words.PAGES.get(entity, "")
    if entity_id == words.MANY:
        return "", ""
    if entity in NAMED and live is None:
        return kept or _("%(kind)s, deleted since") % {"kind": kind}, ""
    name = person(shown(live or kept)) or (kind if page else "")
    return name, page.format(entity_id)


def _kept(entry: AuditEntry) -> Iterator[str]:
    """The thing's name when the entry was written."""
    for held in (entry.after, entry.before):
        for field in _CALLED:
            if held and isinstance(held.get(field), str):
                yield shown(held[field])


def changes(entry: AuditEntry, names: Names, thing: str = "") -> list[Change]:
    """Changed values in words, without the thing's name, which comes first anyway."""
    before, after = _flat(entry.before), _flat(entry.after)
    order = list(keys.keys())
    told = []
    for name in sorted({*before, *after}, key=lambda name: _place(order, entry.entity, name)):
        if _is_silent(name) or before.get(name) == after.get(name):
            continue
        key = keys.key_of(entity=entry.entity, name=name) or _unlisted(name, names)
        is_edit = name in before.keys() & after.keys() or bool(
            name.startswith(tuple(_INNER.values())) and entry.before
        )
        old, new = (_side(key, name, held, names, is_edit) for held in (before, after))
        is_title = name in _CALLED and not (old and new) and thing != "" and thing in (old, new)
        if (old or new) and not is_title:
            told.append(Change(key.label, old, new))
    return told


def _side(key: keys.Key, name: str, held: Mapping[str, Any], names: Names, is_edit: bool) -> Markup:
    """A value before or after; for a changed one, also that there was or is none."""
    nothing = key.nothing or (gettext("nothing") if is_edit else "")
    said = value(key.how, held.get(name), names)
    return said or (escape(nothing) if is_edit or name in held else Markup(""))


def _is_silent(name: str) -> bool:
    """Whether another value already says it, or it is a secret that was never stored."""
    return name in keys.SILENT or any(word in name for word in SECRET_WORDS)


def _flat(held: Mapping[str, Any] | None) -> dict[str, Any]:
    """The stored values, with a contact's custom fields and a message's variables listed individually."""
    flat = dict(held or {})
    for name, prefix in _INNER.items():
        inner = flat.pop(name, None)
        if isinstance(inner, dict):
            flat |= {f"{prefix}{key}": value for key, value in inner.items()}
    return flat


def _unlisted(name: str, names: Names) -> keys.Key:
    """What a value is that has a name of its own: a field, a variable of a message."""
    kind, _, own = name.partition(":")
    if kind == "field":
        return keys.Key(shown(names.get(name, "")) or gettext("A deleted field"))
    if kind == "variable":
        part, _, number = own.rpartition(".")
        place = "" if part == "body" else words.plain(part)
        said = gettext("Variable %(name)s") % {"name": number}
        return keys.Key(shown(f"{place} · {said}" if place else said), "variable")
    return keys.Key(words.plain(name))


def _place(order: list[str], entity: str, name: str) -> tuple[int, str]:
    known = f"{entity}.{name}" if f"{entity}.{name}" in order else name
    return (order.index(known) if known in order else len(order)), name


def unsaid(
    action: str, entity: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[str]:
    """The parts of an entry that have no words yet."""
    missing = [] if action in words.actions() else [f"the action {action}"]
    if entity not in words.kinds():
        missing.append(f"the kind {entity}")
    for name, held in [*(before or {}).items(), *(after or {}).items()]:
        key = keys.key_of(entity, name)
        if _is_silent(name) or (name in _INNER and isinstance(held, dict)):
            continue
        if key is None:
            missing.append(f"the key {name} of {entity}")
        elif not has_words(key.how, held):
            missing.append(f"{held!r} in {name} of {entity}")
    return missing
