"""Targets of a file's column, as option groups of a select."""

from collections.abc import Sequence
from typing import Any

from domain.contacts import FieldType
from domain.imports import NEW, SKIP, Target
from services.imports.dialects import DELIMITERS
from web.groups import kind_names
from web.i18n import gettext as _


def in_one_column(headers: Sequence[str], samples: Sequence[str] = ()) -> bool:
    """Whether everything seems to be in one column because the separator is wrong."""
    return len(headers) == 1 and any(
        mark in text for mark, _ in DELIMITERS for text in (*headers, *samples)
    )


def targets(known: list[tuple[str, str]], new_target: str) -> list[Any]:
    """A column's targets, as option groups of a select."""
    inferred = FieldType(new_target.removeprefix(NEW))
    kinds = sorted(kind_names().items(), key=lambda item: item[0] is not inferred)
    fresh = [
        (NEW + kind, _("New field: %(type)s") % {"type": name.lower()})
        for kind, name in kinds
        if kind is not FieldType.ENUM
    ]
    built_in = [
        (Target.PHONE.value, _("WhatsApp number")),
        (Target.NAME.value, _("Name")),
        (Target.FIRST_NAME.value, _("First name")),
        (Target.LAST_NAME.value, _("Last name")),
        (Target.LANGUAGE.value, _("Language")),
        (Target.TIMEZONE.value, _("Timezone")),
        (Target.CONSENT.value, _("Consent to marketing (yes or no)")),
    ]
    grouped: list[Any] = [(SKIP, _("Leave out")), (_("Contact"), built_in)]
    if known:
        grouped.append((_("Your fields"), known))
    return [*grouped, (_("Add a field"), fresh)]
