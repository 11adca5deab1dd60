import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.automations import answers
from domain.automations.answers import Answer
from domain.automations.contents import Choice
from domain.automations.nodes import AnswerType
from domain.automations.states import Message
from domain.sentences import Sentence
from tests.graphs import NOW, tapped, wrote

CHOICES = (Choice("a1", "Café"), Choice("b2", "Tea"))
IMAGE = wrote(kind="image", media="7")
PLACE = wrote(kind="location", latitude="40.4", longitude="-3.7")


@pytest.mark.parametrize(
    ("accepts", "text", "value"),
    [
        (AnswerType.TEXT, "  hello  ", "hello"),
        (AnswerType.NUMBER, "12", "12"),
        (AnswerType.NUMBER, "1.234,50 €", "1234.50"),
        (AnswerType.NUMBER, "١٢", "12"),
        (AnswerType.NUMBER, "two", None),
        (AnswerType.NUMBER, "9" * 4096, None),
        (AnswerType.DATE, "24/12/2026", "2026-12-24"),
        (AnswerType.DATE, "2026-12-24 10:00", "2026-12-24"),
        (AnswerType.DATE, "30/02/2026", None),
        (AnswerType.DATE, "tomorrow", None),
        (AnswerType.DATE, "24/12/2026" + " " * 40 + "at noon", None),
        (AnswerType.EMAIL, "it is ana@example.com.", "ana@example.com"),
        (AnswerType.EMAIL, "a@b.co or c@d.co", None),
        (AnswerType.EMAIL, "ana@example", None),
        (AnswerType.PHONE, "+34 600 00 00 01", "+34600000001"),
        (AnswerType.PHONE, "(600) 000-001", "600000001"),
        (AnswerType.PHONE, "call me", None),
        (AnswerType.PHONE, "+34 600 00 00 01 2 3 4 5 6", None),
        (AnswerType.CHOICE, "any", "any"),
        (AnswerType.TEXT, "x" * 5000, "x" * 4096),
        (AnswerType.TEXT, " ", None),
        (AnswerType.MEDIA, "text", None),
        (AnswerType.LOCATION, "here", None),
        (AnswerType.ANY, "{{contact.name}}", "{{contact.name}}"),
    ],
)
def test_words_are_read_as_what_is_asked_for(
    accepts: AnswerType, text: str, value: str | None
) -> None:
    found = answers.check(accepts, wrote(text))

    assert (found.value if isinstance(found, Answer) else None) == value


def test_the_language_decides_which_comes_first() -> None:
    assert answers.check(AnswerType.DATE, wrote("03/04/2026"), "en_US") == Answer("2026-03-04")
    assert answers.check(AnswerType.DATE, wrote("03/04/2026"), "en_GB") == Answer("2026-04-03")


@pytest.mark.parametrize(
    "kind", ["sticker", "audio", "voice", "video", "document", "contacts", "order", "unsupported"]
)
@pytest.mark.parametrize("accepts", AnswerType)
def test_every_kind_of_message_means_something_everywhere(accepts: AnswerType, kind: str) -> None:
    found = answers.check(accepts, wrote(kind=kind, media="7" if kind in answers.MEDIA else ""))

    if accepts is AnswerType.ANY:
        assert found == Answer("7" if kind in answers.MEDIA else kind)
    elif accepts is AnswerType.MEDIA and kind in answers.MEDIA:
        assert found == Answer("7")
    else:
        assert isinstance(found, Sentence)


def test_files_and_places_are_answers_of_their_own() -> None:
    assert answers.check(AnswerType.MEDIA, IMAGE) == Answer("7")
    assert answers.check(AnswerType.LOCATION, PLACE) == Answer("40.4,-3.7")
    assert answers.check(AnswerType.ANY, PLACE) == Answer("40.4,-3.7")
    assert answers.check(AnswerType.ANY, wrote("look", kind="image", media="7")) == Answer("look")
    assert isinstance(
        answers.check(AnswerType.TEXT, wrote("look", kind="image", media="7")), Sentence
    )
    assert isinstance(answers.check(AnswerType.LOCATION, wrote(kind="location")), Sentence)


@pytest.mark.parametrize(
    ("message", "choice"),
    [
        (tapped("b2"), "b2"),
        (wrote("CAFE!"), "a1"),
        (wrote("b2"), None),
        (wrote("coffee"), None),
        (wrote(""), None),
        (wrote("Tea", kind="image"), None),
        # The button of another question, with a title that this one has, too.
        (tapped("z9", "tea"), None),
        (tapped("z9", "water"), None),
    ],
)
def test_a_choice_is_tapped_or_typed(message: Message, choice: str | None) -> None:
    found = answers.chosen(message, CHOICES)

    assert (found and found.id) == choice


@given(
    st.sampled_from(AnswerType),
    st.text(st.characters(codec=None), max_size=80),
    st.sampled_from(["text", "interactive", "image", "location", "reaction", "anything"]),
)
def test_nothing_that_people_send_breaks_it(accepts: AnswerType, text: str, kind: str) -> None:
    message = Message(id="1", kind=kind, text=text, at=NOW)

    assert isinstance(answers.check(accepts, message), Answer | Sentence)
    answers.chosen(message, CHOICES)


EMOJI = (
    Choice("a", "Yes ✅"),
    Choice("b", "No 👎🏽"),
    Choice("c", "👍"),
    Choice("d", "Late ⏰"),
    Choice("e", "🌙 Late"),
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("yes ✅", "a"), ("Yes", "a"), ("yes!", "a"), ("no 👎", "b"), ("NO", "b"), ("👍", "c"), ("👍🏿", None), ("late", None),
        ("🌙 late", "e"), ("✅", None), ("maybe", None),
    ],
)  # fmt: skip
def test_a_title_can_be_typed_without_its_emoji(typed: str, meant: str | None) -> None:
    found = answers.chosen(wrote(typed), EMOJI)
    assert (found.id if found else None) == meant
