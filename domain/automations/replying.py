"""How a User Reply asks, asks again, and understands what it hears."""

from collections.abc import Mapping
from dataclasses import replace

from domain.automations import answers, texts
from domain.automations.contents import Buttons, Choice, Content, List, Text, choices
from domain.automations.nodes import ANSWERED, UserReply, branches, choice_branch
from domain.automations.states import Facts, Message, State, Value
from domain.sentences import Sentence


def question(
    data: UserReply, tries: int, facts: Facts, known: Mapping[str, Value]
) -> Content | None:
    """What is asked, the first time or again; None when there is nothing to ask with.

    Asked again, it keeps its buttons or rows and says the ``retry_text``, or the same once more.
    """
    ask = data.ask
    if tries and data.retry_text.strip():
        ask = _saying(ask, data.retry_text)
    if ask is None:
        return None
    return texts.fill_content(ask, texts.spoken(facts, known), texts.values(facts, known))


def _saying(ask: Content | None, text: str) -> Content:
    """The question with another text, or just the text where it has no choices."""
    return replace(ask, text=text) if isinstance(ask, Buttons | List) else Text(text=text)


def asks_again(data: UserReply, state: State, facts: Facts) -> bool:
    """Whether the author wants it asked once more, and there is something to ask with."""
    if state.tries >= data.retries:
        return False
    again = question(data, state.tries + 1, facts, state.answers)
    return again is not None and not texts.says_nothing(again)


def understood(
    data: UserReply, message: Message, state: State, facts: Facts
) -> tuple[str, str] | Sentence:
    """The branch and the value of an answer, or why it does not fit."""
    pick = answers.chosen(message, _offered(data, state, facts))
    if pick is not None:
        return choice_branch(pick.id), pick.title
    if ANSWERED not in branches(data):
        return Sentence("answer_choice")
    found = answers.check(data.accepts, message, facts.language)
    return found if isinstance(found, Sentence) else (ANSWERED, found.value)


def _offered(data: UserReply, state: State, facts: Facts) -> tuple[Choice, ...]:
    """The buttons or rows as the customer saw them."""
    return choices(question(data, state.tries, facts, state.answers))


def saved_as(data: UserReply) -> str:
    """The name an answer is kept under: without one of its own, that of the field it is written to."""
    return data.save_as or data.field
