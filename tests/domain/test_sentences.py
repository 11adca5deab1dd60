"""Sentences survive being kept as text, whatever their parameters are, and old words stay as they were."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sentences import PLAIN, Region, Sentence, Text, unpacked

NAMES = st.from_regex(r"\A[a-z]{1,8}\Z").filter(lambda name: name != "key")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SIMPLE = st.one_of(
    TEXTS, st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False),
    st.dates(), st.datetimes(timezones=st.just(UTC)), TEXTS.map(Region), TEXTS.map(Text),
)  # fmt: skip
SENTENCES = st.recursive(
    st.builds(lambda key, params: Sentence(key, **params), NAMES, st.dictionaries(NAMES, SIMPLE, max_size=3)),
    lambda inner: st.builds(
        lambda key, params: Sentence(key, **params),
        NAMES,
        st.dictionaries(NAMES, inner | st.lists(SIMPLE | inner, max_size=3), min_size=1, max_size=2),
    ),
    max_leaves=6,
)  # fmt: skip


@given(SENTENCES)
def test_what_is_packed_comes_out_the_same(sentence: Sentence) -> None:
    found = unpacked(sentence.packed())
    assert found == sentence
    assert hash(found) == hash(sentence)
    assert {n: type(v) for n, v in found.params.items()} == {
        n: type(v) for n, v in sentence.params.items()
    }


@given(TEXTS)
def test_words_of_an_earlier_release_are_said_as_they_are(text: str) -> None:
    assert unpacked(text) == Sentence(PLAIN, text=text)


@pytest.mark.parametrize(
    "text",
    [
        '{"key":', '{"key":}', '{"key":"a","at":{"at":"never"}}', '{"key":"a","of":{}}', '{"key":3]',
        '{"key": "with a blank"', '["key"]', "",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_sentence_is_words(text: str) -> None:
    assert unpacked(text) == Sentence(PLAIN, text=text)


def test_a_key_is_no_other_sentence_and_its_variants_have_one_code() -> None:
    assert Sentence("a.one") != Sentence("a.two")
    assert Sentence("a", n=1) != Sentence("a", n=2)
    assert Sentence("a") != "a"
    assert Sentence("a.one").code == Sentence("a.two").code == Sentence("a").code == "a"
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert {Sentence("a", at=at), Sentence("a", at=at)} == {Sentence("a", at=at)}
    assert repr(Sentence("a", secret="x")) == "Sentence('a')"
