"""What may be chosen in a draft without its value, which it asks for then."""

from collections.abc import Sequence
from typing import Any

from domain.campaigns import MAX_BRAKE, MAX_THROTTLE
from domain.sentences import Sentence

OPEN_CHOICES: dict[str, tuple[str, Sentence]] = {
    "name": ("name", Sentence("launch_name")),
    "at": ("schedule", Sentence("launch_time")),
    "per_second": ("speed", Sentence("launch_speed", max_throttle=MAX_THROTTLE)),
    "brake_percent": ("brake", Sentence("launch_brake", max_brake=MAX_BRAKE)),
}
"""What may be chosen without its value: the problem of a draft that this is, and what is asked."""


def still_open(wanted: Any, before: Sequence[str]) -> list[str]:
    """Which choices have no value yet: those of before that got none, and new ones."""
    answered = {
        "name": wanted.name is not None,
        "at": wanted.send_now or wanted.scheduled_at is not None,
        "per_second": wanted.full_speed or wanted.throttle is not None,
        "brake_percent": wanted.no_brake or wanted.brake_percent is not None,
    }
    return [
        choice
        for choice in OPEN_CHOICES
        if choice in wanted.blanks or (choice in before and not answered[choice])
    ]
