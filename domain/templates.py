"""Which templates there are, and why one may not leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.sentences import Sentence

MARKETING = "MARKETING"
"""The category of templates that need consent."""

SENDABLE = ("APPROVED", "REINSTATED", "FLAGGED", "UNARCHIVED")
"""States in which WhatsApp takes messages with a template: a flagged one is on notice, no more."""

_STOPPED = frozenset(
    ("PENDING", "IN_APPEAL", "REJECTED", "PAUSED", "DISABLED", "LOCKED", "LIMIT_EXCEEDED", "ARCHIVED",
     "PENDING_DELETION", "DELETED")
)  # fmt: skip
"""States of which we know what to say."""


def problem(
    status: str,
    quality: str = "UNKNOWN",
    *,
    deleted: bool = False,
    components: Sequence[Mapping[str, Any]] = (),
) -> Sentence | None:
    """Why a template cannot be sent, or None.

    Low quality alone stops nothing, but says why WhatsApp paused a template.
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
    """Parts that need something this product does not hold, such as a product catalogue."""
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
    """What a list shows; empty means no restriction. ``status`` DELETED shows the vanished ones."""

    search: str = ""
    language: str = ""
    category: str = ""
    status: str = ""
    waba_id: str = ""
