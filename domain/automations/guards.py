"""The limits of automations that keep a mistake small."""

from datetime import timedelta
from enum import StrEnum

STARTS_PER_MINUTE = 1000
"""Runs of one automation that may start in a minute because something happened."""

MESSAGES_PER_HOUR = 30
"""Messages that automations may send to one contact in an hour."""

STARTS_OF_ONE = 30
"""Runs of one automation that may start for one contact in a minute because of what happened here: more go in circles."""

TURNS = 20
"""So many messages each way within ``TURNS_WITHIN`` are two programs talking to each other."""

TURNS_WITHIN = timedelta(minutes=2)


class Guard(StrEnum):
    """What halted an automation; stored and never changed."""

    STARTS = "starts"
    MESSAGES = "messages"
    BOTS = "bots"
    CIRCLE = "circle"  # what it does starts it again
    RESTORED = "restored"  # no guard: the database is an earlier copy of itself
