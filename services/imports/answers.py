"""Unclear answers about marketing, as they are reported to people."""

from domain.contacts import clean_text
from domain.sentences import Sentence

NAMED_ANSWERS = 20
"""The most distinct texts of a consent column to report; a column with more is about something else."""

_LONGEST = 30
_DIGITS = 4


def named_answer(cell: str, named: set[str]) -> str:
    """An answer as shown to people, remembered in ``named``; "" beyond the limit or for personal data."""
    text = clean_text(cell, 60)
    personal = len(text) > _LONGEST or "@" in text or sum(map(str.isdigit, text)) > _DIGITS
    if personal or (text not in named and len(named) >= NAMED_ANSWERS):
        return ""
    named.add(text)
    return text


def unclear(answer: str) -> Sentence:
    """What happens to somebody with this answer; "" for one that is not shown."""
    if not answer:
        return Sentence("consent_unclear")
    return Sentence("consent_unclear.named", answer=answer)
