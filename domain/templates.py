"""The states of message templates, and why one cannot be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.sentences import Sentence

MARKETING = "MARKETING"
"""The category of templates that need consent."""


def is_marketing(category: str | None) -> bool:
    """Whether messages with a template of this category are marketing; one that we do not know is not."""
    return category == MARKETING


SENDABLE = ("APPROVED", "REINSTATED", "FLAGGED", "UNARCHIVED")
"""States in which WhatsApp accepts messages with a template: a flagged one is only on notice."""

_STOPPED = frozenset(
    ("PENDING", "IN_APPEAL", "REJECTED", "PAUSED", "DISABLED", "LOCKED", "LIMIT_EXCEEDED", "ARCHIVED",
     "PENDING_DELETION", "DELETED")
)  # fmt: skip
"""States we have words for."""

STATES = frozenset(SENDABLE) | _STOPPED
"""Every state a list can be filtered by."""


def problem(
    status: str,
    quality: str = "UNKNOWN",
    *,
    deleted: bool = False,
    components: Sequence[Mapping[str, Any]] = (),
) -> Sentence | None:
    """Why a template cannot be sent, or None.

    Low quality alone stops nothing, but explains why WhatsApp paused a template.
    """
    word = "DELETED" if deleted else status.upper()
    if word == "PAUSED" and quality.upper() != "RED":
        return Sentence("template_paused.unsaid")
    if word in _STOPPED:
        return Sentence(f"template_{word.lower()}")
    if word not in SENDABLE:
        return Sentence("template_not_approved")
    return unsendable(components)


def unsendable(components: Sequence[Mapping[str, Any]]) -> Sentence | None:
    """Parts that need something this product does not have, such as a product catalogue."""
    for component in components:
        header = str(component.get("format", "")).upper()
        if header in {"PRODUCT", "GIF"}:
            return Sentence("template_header_unsupported", header=header.lower())
        for button in component.get("buttons") or ():
            if str(button.get("type", "")).upper() in {"MPM", "SPM"}:
                return Sentence("template_products_unsupported")
        for card in component.get("cards") or ():
            if found := unsendable(card.get("components") or ()):
                return found
    return None


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """What a list shows; empty means no restriction. ``status`` DELETED shows those gone at Meta."""

    search: str = ""
    language: str = ""
    category: str = ""
    status: str = ""
    waba_id: str = ""
