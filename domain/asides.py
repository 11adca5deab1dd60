"""Why a template of WhatsApp could not be taken over as it is."""

from enum import StrEnum

NAME_LIMIT = 512
"""What Meta allows."""

LANGUAGE_LIMIT = 20


class AsideReason(StrEnum):
    """Each has its sentence on the page of templates."""

    NO_NAME = "no_name"
    UNREADABLE = "unreadable"
    NOT_STORED = "not_stored"
    CHARACTERS = "characters"  # taken over, with replacements
