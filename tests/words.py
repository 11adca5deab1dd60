"""What an error says, for tests of services, which raise codes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from api.wording import say, say_error
from domain.errors import DomainError
from domain.sentences import PLAIN, Sentence

Kind = TypeVar("Kind", bound=DomainError)


@contextmanager
def refused_with(kind: type[Kind], words: str) -> Iterator[pytest.ExceptionInfo[Kind]]:
    """An error of this kind is raised, and what it says matches."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(words, say_error(caught.value)), say_error(caught.value)


def words_of(sentence: Sentence | None) -> str:
    """A sentence in words; "" if there is none."""
    return say(sentence) if sentence else ""


def plain(text: str) -> Sentence:
    """A sentence that is its own words."""
    return Sentence(PLAIN, text=text)
