"""Why a WhatsApp template could not be copied as it is."""

from enum import StrEnum

NAME_LIMIT = 512
"""Meta's limit."""

LANGUAGE_LIMIT = 20


class AsideReason(StrEnum):
    """Each has a sentence on the templates page."""

    NO_NAME = "no_name"
    UNREADABLE = "unreadable"
    NOT_STORED = "not_stored"
    CHARACTERS = "characters"  # copied, with replacements
