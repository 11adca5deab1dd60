"""The builder's test: an automation played with the production interpreter, another clock and a world that only pretends."""

from domain.automations.play.outcomes import Line, Lit, PlayOut, PlayProblem
from domain.automations.play.scripts import (
    Action,
    Jump,
    JumpTo,
    NextWait,
    Person,
    PlayIn,
    Send,
    Tap,
    Write,
)
from domain.automations.play.stage import play

__all__ = [
    "Action",
    "Jump",
    "JumpTo",
    "Line",
    "Lit",
    "NextWait",
    "Person",
    "PlayIn",
    "PlayOut",
    "PlayProblem",
    "Send",
    "Tap",
    "Write",
    "play",
]
