"""Stages of a received webhook delivery."""

from enum import StrEnum


class EventState(StrEnum):
    """Where a delivery is between the 200 and its effect."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"  # could not be processed; kept with its error, can be replayed
