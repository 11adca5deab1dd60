"""Whatever JSON arrives, every object in it is either understood or reported, and can be replayed."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.webhooks import Reason
from tests.deliveries import as_bytes, documented, envelope, message, spoiled, value
from whatsapp import bodies
from whatsapp.pieces import Delivery, body_of, take_apart
from whatsapp.webhooks import Malformed

TEXT = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(
    ["\ud83d", "\\u0000", "\x00"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=15,
)
SHAPES = list(documented())


@pytest.mark.fault("A2")
@given(JSON)
def test_no_json_is_a_dead_letter(document: Any) -> None:
    pieces = take_apart(json.dumps(document).encode())
    assert all(piece.items or piece.note for piece in pieces)


@pytest.mark.fault("A2")
@given(st.sampled_from(SHAPES), st.integers(0, 2**32), st.integers(1, 4))
def test_a_piece_handed_in_alone_is_understood_the_same(
    shape: dict[str, Any], seed: int, times: int
) -> None:
    for piece in take_apart(as_bytes(spoiled(shape, Random(seed), times))):
        (again,) = take_apart(body_of([piece]))
        assert again.note == piece.note
        assert (again.frame.key, again.frame.field) == (piece.frame.key, piece.frame.field)
        assert [type(item) for item in again.items] == [type(item) for item in piece.items]
        assert body_of([again]) == body_of([piece])
        assert piece.items or piece.note


@pytest.mark.fault("A2")
@given(st.sampled_from(SHAPES), st.integers(0, 2**32))
def test_neighbours_of_an_odd_object_are_understood(shape: dict[str, Any], seed: int) -> None:
    odd = spoiled(shape, Random(seed), 2)
    entries = odd["entry"] if isinstance(odd.get("entry"), list) else []
    good = envelope(("messages", value(messages=[message("text", "good")])))["entry"]
    both = {"object": "x", "entry": [*entries, *good]}
    found = Delivery.of(take_apart(as_bytes(both)))
    assert "wamid.text.good" in [item.wamid for item in found.inbound]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_are_no_json(body: bytes) -> None:
    try:
        pieces = take_apart(body)
    except Malformed:
        return
    assert all(piece.note is Reason.NOT_A_WEBHOOK for piece in pieces)


@given(JSON)
def test_what_is_read_can_be_stored(document: Any) -> None:
    text = bodies.written(bodies.read(json.dumps(document).encode())).decode()
    assert "\x00" not in text
    text.encode()
    # An escaped NUL would be refused by jsonb; the six characters stand with two backslashes.
    assert "\\u0000" not in text.replace("\\\\", "")
