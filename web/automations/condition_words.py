"""A condition as a sentence: “City is Madrid”."""

from collections.abc import Mapping

from domain.automations.conditions import Condition, Operator, Subject
from domain.contacts import BUILT_IN_FIELDS
from services.automations.naming import FIELD
from web.campaigns.words import field_label
from web.i18n import gettext
from web.inbox.kinds import kind_name


def condition(one: Condition, names: Mapping[str, str]) -> str:
    """What it asks, in words."""
    _ = gettext
    if one.subject in (Subject.LABEL, Subject.GROUP):
        return _member(one, names)
    if one.subject is Subject.HOURS:
        within = (one.value == "open") is (one.operator is Operator.IS)
        return _("it is within working hours") if within else _("it is outside working hours")
    subject, value = _subject(one, names), _value(one)
    return _compared(one.operator) % {"subject": subject, "value": value}


def _member(one: Condition, names: Mapping[str, str]) -> str:
    _ = gettext
    name = names.get(one.name) or _("(deleted)")
    negated = one.operator in (Operator.IS_NOT, Operator.CONTAINS_NOT, Operator.EMPTY)
    if one.subject is Subject.LABEL:
        said = _("does not have the label “%(name)s”") if negated else _("has the label “%(name)s”")
    else:
        said = _("is not in the group “%(name)s”") if negated else _("is in the group “%(name)s”")
    return said % {"name": name}


def _subject(one: Condition, names: Mapping[str, str]) -> str:
    _ = gettext
    if one.subject is Subject.FIELD:
        if one.name in BUILT_IN_FIELDS:
            return field_label((), one.name)
        return names.get(f"{FIELD}{one.name}") or one.name
    if one.subject is Subject.ANSWER:
        return _("answer “%(name)s”") % {"name": one.name}
    known = {
        Subject.CONSENT: _("marketing consent"),
        Subject.WINDOW: _("24-hour window"),
        Subject.DAY: _("day"),
        Subject.MESSAGE_KIND: _("kind of the last message"),
        Subject.MESSAGE_TEXT: _("last message"),
    }
    return known.get(one.subject, one.subject)


def _value(one: Condition) -> str:
    _ = gettext
    known = {
        Subject.CONSENT: {
            "allowed": _("allowed"), "stopped": _("stopped"), "unknown": _("never asked"),
        },
        Subject.WINDOW: {"open": _("open"), "closed": _("closed")},
        Subject.DAY: {
            "mon": _("Monday"), "tue": _("Tuesday"), "wed": _("Wednesday"), "thu": _("Thursday"),
            "fri": _("Friday"), "sat": _("Saturday"), "sun": _("Sunday"),
        },
    }  # fmt: skip
    if one.subject is Subject.MESSAGE_KIND:
        return kind_name(one.value)
    return known.get(one.subject, {}).get(one.value) or f"“{one.value}”"


def _compared(operator: Operator) -> str:
    _ = gettext
    return {
        Operator.IS: _("%(subject)s is %(value)s"),
        Operator.IS_NOT: _("%(subject)s is not %(value)s"),
        Operator.CONTAINS: _("%(subject)s contains %(value)s"),
        Operator.CONTAINS_NOT: _("%(subject)s does not contain %(value)s"),
        Operator.STARTS_WITH: _("%(subject)s starts with %(value)s"),
        Operator.AT_LEAST: _("%(subject)s is at least %(value)s"),
        Operator.AT_MOST: _("%(subject)s is at most %(value)s"),
        Operator.MORE_THAN: _("%(subject)s is more than %(value)s"),
        Operator.LESS_THAN: _("%(subject)s is less than %(value)s"),
        Operator.EMPTY: _("%(subject)s is empty"),
        Operator.FILLED: _("%(subject)s is filled in"),
    }[operator]
