import json

import pytest

from domain.automations import picking
from domain.automations.nodes import Pick

ANSWER = json.loads(
    '{"data": {"items": [{"id": 7}, {"id": 8.50, "ok": false}], "none": null, "a.b": "dot"}, "big": 1e30, "0": "zero"}'
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.items[0].id", "7"),
        ("$.data.items[1].id", "8.5"),
        ("data.items.1.ok", False),
        ("data.items[-1].id", "8.5"),
        ("data.items[2].id", None),
        ("data.none", None),
        ("data.none.more", None),
        ("missing", None),
        ("data.items[0]", '{"id": 7}'),
        ('data["a.b"]', "dot"),
        ("big", "1000000000000000000000000000000"),
        ("0", "zero"),
        ("data.items[٣]", None),
        ("]][[..", json.dumps(ANSWER, ensure_ascii=False)),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: str | bool | None) -> None:
    assert picking.pick(ANSWER, path) == value


def test_what_is_not_there_is_not_saved() -> None:
    picks = (
        Pick(path="data.items[0].id", save_as="a"),
        Pick(path="x", save_as="b"),
        Pick(path="data"),
    )

    assert picking.picked(ANSWER, picks) == {"a": "7"}
    assert picking.picked([1], (Pick(path="[0]", save_as="a"),)) == {"a": "1"}
    assert picking.picked("text", (Pick(path="a", save_as="a"),)) == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": 12.50}', "12.50"),
        (b'{"a": 100.00}', "100.00"),
        (b'{"a": 1.5e3}', "1500"),
        (b'{"a": 12345678901234567890.12345678901234567890}', "12345678901234567890.12345678901234567890"),
        (b'\xef\xbb\xbf{"a": "caf\xe9"}', "caf\N{REPLACEMENT CHARACTER}"),
        ('{"a": 7}', "7"),
    ],
)  # fmt: skip
def test_numbers_stay_as_they_are_written(text: str | bytes, value: str) -> None:
    assert picking.pick(picking.read(text), "a") == value


def test_numbers_inside_what_is_nested_stay_as_they_are_written() -> None:
    order = '{"price": 1.50, "id": 90071992547409931234, "code": "007", "lines": [0.00, -2.10, true, null]}'
    answer = picking.read(f'{{"order": {order}}}')

    assert picking.pick(answer, "order") == order
    assert picking.pick(answer, "order.lines") == "[0.00, -2.10, true, null]"
    assert picking.pick(answer, "order.id") == "90071992547409931234"


@pytest.mark.parametrize(
    "text", ["", b"<p>", "{" * 5000, b"{'a': 1}", b'{"a": 007}', '{"a": 1e9999999999999999999}']
)
def test_what_is_not_json_is_told_apart(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        picking.read(text)
    assert picking.read("null") is None
