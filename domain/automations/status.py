"""The states of an automation."""

from enum import StrEnum


class AutomationStatus(StrEnum):
    """What an automation does: nothing yet, act, or hold everybody where they are."""

    DRAFT = "draft"
    LIVE = "live"
    PAUSED = "paused"
