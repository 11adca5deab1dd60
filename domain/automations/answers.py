"""What counts as an answer: the message of a customer turned into the value a User Reply asks for."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from domain.amounts import parse_number
from domain.automations import keywords
from domain.automations.contents import Choice
from domain.automations.nodes import AnswerType
from domain.automations.states import Message
from domain.fields import DateOrder, parse_date, parse_moment
from domain.sentences import Sentence

TAPPED = frozenset({"button", "interactive"})
MEDIA = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
SILENT = frozenset({"reaction", "system"})
"""Never an answer: a waiting run does not even notice them."""

LONGEST = 4096
MOST_DAYS_WRITTEN = 40

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_PHONE = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015]{7,30}")
_MONTH_FIRST = ("en_US",)


@dataclass(frozen=True, slots=True)
class Answer:
    """A value that fits."""

    value: str


def chosen(message: Message, choices: Sequence[Choice]) -> Choice | None:
    """The button or row that was tapped, or whose title was typed."""
    if (
        message.payload
    ):  # of another question, whatever its title: an old button answers nothing new
        return next((one for one in choices if one.id == message.payload), None)
    if not said_in_words(message):
        return None
    said = keywords.plain(message.text)
    exact = next((one for one in choices if said and keywords.plain(one.title) == said), None)
    if exact is not None or not (words := keywords.worded(message.text)):
        return exact
    meant = [one for one in choices if keywords.worded(one.title) == words]
    return meant[0] if len(meant) == 1 else None


def said_in_words(message: Message) -> bool:
    """Whether the customer typed or tapped words, instead of sending a file or a place."""
    return message.kind == "text" or message.kind in TAPPED


def check(accepts: AnswerType, message: Message, language: str = "") -> Answer | Sentence:
    """The value of an answer, or why it does not fit. ``language`` decides how 03/04 is read."""
    match accepts:
        case AnswerType.ANY:
            return Answer(_anything(message))
        case AnswerType.MEDIA:
            return _media(message)
        case AnswerType.LOCATION:
            place = _place(message)
            return Answer(place) if place else Sentence("answer_location")
        case _:
            text = message.text.strip()[:LONGEST]
            if not (said_in_words(message) and text):
                return Sentence("answer_text")
            return _words(accepts, text, language)


def _words(accepts: AnswerType, text: str, language: str) -> Answer | Sentence:
    match accepts:
        case AnswerType.NUMBER:
            number = parse_number(_ascii_digits(text))
            return Sentence("answer_number") if number is None else Answer(f"{number:f}")
        case AnswerType.DATE:
            day = _day(_ascii_digits(text), language)
            return Answer(day) if day else Sentence("answer_date")
        case AnswerType.EMAIL:
            address = _EMAIL.findall(text)
            return Answer(address[0].rstrip(".")) if len(address) == 1 else Sentence("answer_email")
        case AnswerType.PHONE:
            number_text = _phone(_ascii_digits(text))
            return Answer(number_text) if number_text else Sentence("answer_phone")
        case _:
            return Answer(text)


def _anything(message: Message) -> str:
    """The words of a message, else its place or its file, else what it is."""
    text = message.text.strip()[:LONGEST]
    return text or _place(message) or message.media or message.kind


def _media(message: Message) -> Answer | Sentence:
    if message.kind not in MEDIA:
        return Sentence("answer_media")
    return Answer(message.media or message.kind)


def _place(message: Message) -> str:
    if message.kind != "location" or not (message.latitude and message.longitude):
        return ""
    return f"{message.latitude},{message.longitude}"


def _ascii_digits(text: str) -> str:
    """Digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in unicodedata.normalize("NFKC", text)
    )


def _day(text: str, language: str) -> str:
    if len(text) > MOST_DAYS_WRITTEN:
        return ""
    order = DateOrder.MONTH_FIRST if language.startswith(_MONTH_FIRST) else DateOrder.DAY_FIRST
    if (day := parse_date(text, order)) is not None:
        return day.isoformat()
    moment = parse_moment(text, order)
    return moment.date().isoformat() if moment else ""


def _phone(text: str) -> str:
    """Digits, with a plus sign where the customer wrote one."""
    if not _PHONE.fullmatch(text):
        return ""
    digits = "".join(filter(str.isdecimal, text))
    if not 7 <= len(digits) <= 15:
        return ""
    return f"+{digits}" if text.startswith("+") else digits
