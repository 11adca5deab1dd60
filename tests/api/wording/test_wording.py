"""Every code used in the lower layers has words, and nothing else does."""

import re
from datetime import UTC, date, datetime
from gettext import NullTranslations

import pytest
from babel import Locale
from typing_extensions import override

from api import wording
from api.wording import SENTENCES, say, say_error
from api.wording.speech import ENGLISH, Speech
from api.wording.tables import Borrowed, Counted
from domain.campaigns import CampaignAction, CampaignStatus, require
from domain.errors import Conflict, Invalid
from domain.sentences import PLAIN, Region, Sentence, Text, unpacked
from tests.raising import KINDS, sites

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def texts(key: str) -> list[str]:
    """The words of a key, in the singular and the plural."""
    words = SENTENCES.get(key, "")
    if isinstance(words, Counted):
        return [words.one, words.many]
    return [] if isinstance(words, Borrowed) else [words]


def named(key: str) -> set[str]:
    """The parameters that a key's words contain, or choose their plural by."""
    words = SENTENCES.get(key)
    counted = {words.by} if isinstance(words, Counted) else set()
    return counted.union(*(PLACEHOLDER.findall(one) for one in texts(key)))


def test_every_code_has_a_sentence() -> None:
    missing = {key: site.place for site in sites() for key in site.keys if key not in SENTENCES}
    assert missing == {}


def test_every_sentence_is_said_somewhere() -> None:
    said = {key for site in sites() for key in site.keys}
    # Two are written by the database, for all rows of a file at once.
    assert set(SENTENCES) - said - {"row_duplicate", "row_duplicate.person"} == set()


def test_every_key_is_in_one_table() -> None:
    keys = [key for table in wording.TABLES for key in table]
    assert sorted(keys) == sorted(set(keys))


def test_a_sentence_gets_all_that_it_names() -> None:
    lacking = [
        (site.place, key, name)
        for site in sites()
        if site.params is not None
        for key in site.keys & set(SENTENCES)
        for name in named(key)
        if name not in site.params
    ]
    assert lacking == []


def test_nothing_is_given_that_no_sentence_names() -> None:
    idle = {
        site.place: idle
        for site in sites()
        if site.params
        and (idle := site.params - {name for key in site.keys for name in named(key)})
    }
    assert idle == {}


def test_an_error_is_raised_with_a_code_and_no_words() -> None:
    worded = {
        site.place: key
        for site in sites()
        if site.kind in KINDS
        for key in site.keys
        if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", key)
    }
    assert worded == {}


def test_words_hold_no_percent_sign_but_places() -> None:
    for key in SENTENCES:
        for words in texts(key):
            assert "%" not in PLACEHOLDER.sub("", words).replace("%%", ""), key


def test_values_are_written_as_the_language_writes_them() -> None:
    spanish = Speech(NullTranslations(), Locale("es"), UTC)
    sentence = Sentence("selection_changed", found=12_345, expected=1)
    assert say(sentence) == "The selection now has 12,345 contacts instead of 1. Look again."
    assert "12.345" in say(sentence, spanish)
    row = Sentence("phone_unclear.row", country=Region("ES"), number="+34600000000")
    assert "The row says Spain" in say(row)
    assert "España" in say(row, spanish)
    end = Sentence("restriction_utility", end=datetime(2026, 12, 1, 9, 5, tzinfo=UTC))
    assert say(end).endswith("until 1 December 2026, 09:05 UTC.")
    assert say(Sentence("token_invalid.life", latest=date(2027, 1, 2))).endswith("2 January 2027.")


def test_numbers_choose_the_plural() -> None:
    assert say(Sentence("channel_in_use", count=1)).startswith(
        "1 running or scheduled campaign uses"
    )
    assert say(Sentence("channel_in_use", count=2)).startswith(
        "2 running or scheduled campaigns use"
    )


class Catalogue(NullTranslations):
    """Knows two messages."""

    @override
    def gettext(self, message: str) -> str:
        known = {"too much": "demasiado", "Join the conversation first.": "Únete primero."}
        return known.get(message, message)


def test_the_reader_gets_their_language() -> None:
    speech = Speech(Catalogue(), Locale("es"))
    assert say(Sentence("not_in_room"), speech) == "Únete primero."
    about = Sentence("forbidden.role", about=Text("too much"))
    assert "demasiado" in say(about, speech)
    assert "too much" in say(about, ENGLISH)


def test_an_error_without_words_of_its_own_says_those_of_its_fields() -> None:
    fields = {"name": Sentence("token_name"), "scopes": Sentence("token_scopes")}
    both = say_error(Invalid("token_invalid", fields=fields))
    assert both == " ".join(map(say, fields.values()))
    first = say_error(Invalid("contact_invalid", fields=fields))
    assert first == say(fields["name"])


def test_a_variant_is_a_matter_of_words() -> None:
    error = Conflict("import_empty.rows")
    assert (error.code, error.sentence.key) == ("import_empty", "import_empty.rows")
    assert "rows" not in error.code


def test_a_sentence_survives_a_column() -> None:
    whole = Sentence(
        "row_column", column="A", problem=Sentence("phone_unclear.row", country=Region("ES"), number=3),
        at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), day=date(2026, 1, 2), named=["x", Text("y")],
    )  # fmt: skip
    assert unpacked(whole.packed()) == whole
    assert hash(unpacked(whole.packed())) == hash(whole)


@pytest.mark.parametrize("kept", ["The file is empty.", '{"key":', '{"key": 3', "{}"])
def test_words_of_an_earlier_release_are_said_as_they_are(kept: str) -> None:
    assert unpacked(kept) == Sentence(PLAIN, text=kept)
    assert say(unpacked(kept)) == kept


def test_a_sentence_without_words_is_noticed() -> None:
    with pytest.warns(match="no words for made_up"):
        assert say(Sentence("made_up")) == "made_up"


def test_a_state_without_words_is_noticed() -> None:
    """``running`` is a word of programs; a sentence about it says what that means."""
    with pytest.warns(match=r"no words for the state CampaignStatus\.running"):
        say(Sentence(PLAIN, text=CampaignStatus.RUNNING))


@pytest.mark.parametrize(
    ("status", "action", "words"),
    [
        ("draft", "pause", "This campaign is a draft, so there is nothing to pause yet."),
        ("stopped", "resume", "This campaign was stopped, so there is nothing to resume."),
        ("running", "edit", "This campaign is running, so it can no longer be edited."),
        (
            "scheduled",
            "edit",
            "This campaign is scheduled and has not started. Take it back to a draft to edit it.",
        ),
    ],
)
def test_what_a_state_forbids_is_said_in_a_sentence(status: str, action: str, words: str) -> None:
    with pytest.raises(Conflict) as refused:
        require(CampaignStatus(status), CampaignAction(action))
    assert say_error(refused.value) == words
