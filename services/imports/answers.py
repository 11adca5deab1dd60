"""Answers about marketing that nobody understands, as people are told of them."""

from domain.contacts import clean_text
from domain.sentences import Sentence

NAMED_ANSWERS = 20
"""Different texts of a consent column that are named; a column with more says something else."""

_LONGEST = 30
_DIGITS = 4


def named_answer(cell: str, named: set[str]) -> str:
    """An answer as it is named to people, which ``named`` remembers; "" of one too many, or of a person's data."""
    text = clean_text(cell, 60)
    personal = len(text) > _LONGEST or "@" in text or sum(map(str.isdigit, text)) > _DIGITS
    if personal or (text not in named and len(named) >= NAMED_ANSWERS):
        return ""
    named.add(text)
    return text


def unclear(answer: str) -> Sentence:
    """What becomes of somebody with this answer, "" for one that is not named."""
    if not answer:
        return Sentence("consent_unclear")
    return Sentence("consent_unclear.named", answer=answer)
