"""Personal data in webhook bodies: nothing is shown that is not known to be technical."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import HIDDEN, IDS, SHOWN, masked
from tests.deliveries import documented

PERSONAL = (
    "34611222333", "ES.48213907716650021934", "Mara V", "maravoss", "Is it in stock?", "STOP:1", "Stop promotions",
    "Express", "a.pdf", "37.4", "Philz", "Bo J", "1415", "👍", "34611222444",
)  # fmt: skip


def test_no_person_is_seen_in_any_documented_shape() -> None:
    shapes = list(documented())
    assert len(shapes) > 30
    said = json.dumps(shapes, ensure_ascii=False)
    assert [word for word in PERSONAL if word not in said] == []
    shown = json.dumps([masked(shape) for shape in shapes], ensure_ascii=False)
    assert [word for word in PERSONAL if word in shown] == []


def test_what_is_technical_stays() -> None:
    status = {
        "id": "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNQ==",
        "status": "read",
        "timestamp": "1790417000",
    }
    body = {
        "entry": [
            {
                "id": "102030405060708",
                "changes": [{"field": "messages", "value": {"statuses": [status]}}],
            }
        ]
    }
    shown = masked(body)
    assert shown["entry"][0]["id"] == "102030405060708"
    value = shown["entry"][0]["changes"][0]["value"]["statuses"][0]
    assert (value["status"], value["timestamp"]) == ("read", "1790417000")
    # The end of an id tells messages apart; its start holds the person's number.
    assert value["id"] == f"{HIDDEN}UjQyNQ=="[-9:] or value["id"] == f"{HIDDEN}QyNQ=="


VALUES = st.recursive(
    st.text(min_size=1) | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text().filter(lambda name: name not in SHOWN | IDS), VALUES))
def test_under_a_name_nobody_knows_no_value_is_shown(body: dict[str, Any]) -> None:
    def values(held: Any) -> list[Any]:
        if isinstance(held, dict):
            return [one for inner in held.values() for one in values(inner)]
        return (
            [one for inner in held for one in values(inner)] if isinstance(held, list) else [held]
        )

    unknown = {
        name: held
        for name, held in body.items()
        if not (SHOWN | IDS) & set(json.dumps(held).split('"'))
    }
    assert set(values(masked(unknown))) <= {HIDDEN}


@pytest.mark.parametrize("long", ["x" * 81, "text " * 20])
def test_a_long_value_or_name_is_hidden_under_any_name(long: str) -> None:
    assert masked({"type": long, long: "status"}) == {"type": HIDDEN, HIDDEN: HIDDEN}


def test_depth_is_bounded() -> None:
    body: Any = "x"
    for _ in range(5000):
        body = [body]
    assert HIDDEN in json.dumps(masked(body), ensure_ascii=False)
