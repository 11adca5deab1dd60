"""Sentences as response fields: programs get English."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from api.wording import say
from domain.sentences import Sentence, unpacked


def _worded(value: Any) -> Any:
    return say(value) if isinstance(value, Sentence) else value


def _kept(value: Any) -> Any:
    return say(unpacked(value)) if isinstance(value, str) else _worded(value)


Worded = Annotated[str, BeforeValidator(_worded)]
"""A sentence, in words."""

Spoken = Annotated[str, BeforeValidator(lambda value: _worded(value) or "")]
"""A sentence in words, or nothing."""

KeptWords = Annotated[str, BeforeValidator(_kept)]
"""A sentence stored packed in a column, in words."""
