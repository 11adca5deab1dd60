from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer_messages import summary
from domain.messages import MessageState
from domain.webhooks import Reason
from services.sending.verdicts import trouble
from whatsapp.pieces import body_of, parse, take_apart
from whatsapp.webhooks import Malformed, callback


def envelope(*values: dict[str, Any], field: str = "messages") -> bytes:
    changes = [{"field": field, "value": value} for value in values]
    return orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    )


def test_every_part_of_a_batch_is_taken() -> None:
    value = {
        "metadata": {"phone_number_id": "42"},
        "contacts": [{"profile": {"name": "Mara"}, "wa_id": "15557010002"}],
        "messages": [
            {"from": "15557010002", "id": "wamid.1", "timestamp": "1790416800", "type": "text",
             "text": {"body": "Hi"}},
            {"from": "15557010002", "id": "wamid.2", "timestamp": "1790416801", "type": "button",
             "button": {"payload": "x", "text": "Stop"}, "context": {"id": "wamid.OUT"}},
        ],
        "statuses": [{"id": "wamid.3", "status": "read", "timestamp": "1790417000"}],
    }  # fmt: skip
    delivery = parse(envelope(value, value))
    assert [item.body for item in delivery.inbound] == ["Hi", "Stop"] * 2
    assert delivery.inbound[0].claim.name == "Mara"
    assert delivery.inbound[0].at == datetime.fromtimestamp(1790416800, UTC)
    assert delivery.inbound[1].reply_to == "wamid.OUT"
    assert [item.state for item in delivery.statuses] == [MessageState.READ] * 2
    assert {item.phone_number_id for item in delivery.inbound} == {"42"}


def test_a_failed_status_names_its_cause_and_our_attempt() -> None:
    message_id = uuid4()
    value = {
        "statuses": [
            {"id": "w", "status": "failed", "timestamp": "1790417005",
             "biz_opaque_callback_data": f"{message_id}:2",
             "errors": [{"code": 131049, "title": "t", "error_data": {"details": "why"}}]}
        ]
    }  # fmt: skip
    status = parse(envelope(value)).statuses[0]
    assert (status.message_id, status.code, status.detail) == (message_id, 131049, "why")


def test_unknown_types_are_kept_and_unknown_fields_passed_on() -> None:
    value = {"messages": [{"from": "1", "id": "w", "type": "hologram", "hologram": {"z": 1}}]}
    assert parse(envelope(value)).inbound[0].kind == "hologram"
    assert parse(envelope({"a": 1}, field="brand_new")).changes[0].field == "brand_new"


def test_nul_characters_do_not_poison_a_batch() -> None:
    value = {"messages": [{"from": "1", "id": "w", "type": "text", "text": {"body": "a\x00b"}}]}
    assert parse(envelope(value)).inbound[0].body == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 20_000, b"not json", b"\x00\xff\xfe"])
def test_what_is_not_json_says_so(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


@pytest.mark.fault("A2")
@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"7", b'{"entry":{}}', b'{"entry":[{"changes":[{}]}]}']
)
def test_json_that_is_no_webhook_is_one_object_for_the_log(body: bytes) -> None:
    (piece,) = take_apart(body)
    assert (piece.note, piece.items) == (Reason.NOT_A_WEBHOOK, ())
    assert take_apart(body_of([piece]))[0].note is Reason.NOT_A_WEBHOOK


@pytest.mark.parametrize("data", [None, 7, "", "someone-elses", "cmp7:ct41:a1"])
def test_callback_data_that_is_not_ours(data: object) -> None:
    assert callback(data) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "metadata": JSON, "contacts": st.lists(JSON, max_size=2),
        "messages": st.lists(
            st.fixed_dictionaries({"id": JSON, "type": st.sampled_from(["text", "image", "interactive", "x"])},
                                  optional={"text": JSON, "image": JSON, "interactive": JSON, "from": JSON,
                                            "timestamp": JSON, "context": JSON}), max_size=3),
        "statuses": st.lists(
            st.fixed_dictionaries({"id": JSON, "status": st.sampled_from(["sent", "failed", "new"])},
                                  optional={"errors": JSON, "pricing": JSON, "timestamp": JSON}), max_size=3),
        "user_preferences": JSON,
    },
)  # fmt: skip


@given(SHAPED, st.sampled_from(["messages", "user_preferences", "other"]))
def test_strange_shapes_never_crash_the_parser(value: dict[str, Any], field: str) -> None:
    parse(envelope(value, field=field))


def test_one_line_for_every_type() -> None:
    assert summary("location", {"location": {"latitude": 1, "longitude": 2}}) == "1, 2"
    assert summary("document", {"document": {"filename": "a.pdf"}}) == "a.pdf"
    reply = {"type": "list_reply", "list_reply": {"title": "Express"}}
    assert summary("interactive", {"interactive": reply}) == "Express"


@pytest.mark.parametrize(
    ("code", "read"),
    [
        (131026, 131026), ("131026", 131026), (0, 0), (None, None), ("", None), ("soon", None), (True, None),
        (2**31, None), (-(2**31), None), ([], None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_a_failure_without_a_code_has_none_and_is_no_trouble_of_the_number(
    code: object, read: int | None
) -> None:
    """0 is a code of Meta's own, which says that our token is no good."""
    status = {
        "id": "wamid.3", "status": "failed", "timestamp": "1790417000",
        "errors": [{"title": "Something", **({} if code is None else {"code": code})}],
    }  # fmt: skip
    [found] = parse(envelope({"statuses": [status]})).statuses
    assert (found.code, found.detail) == (read, "Something")
    assert (trouble(uuid4(), found.code) is None) is (read is None)
