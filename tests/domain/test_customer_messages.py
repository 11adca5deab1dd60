"""What customers send besides plain text, in Meta's formats and malformed ones."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.customer_messages import came_from, part, summary
from domain.customer_parts import (
    CallPermission,
    Cards,
    Choice,
    FormAnswer,
    Notice,
    Order,
    Unsupported,
)


@pytest.mark.fault("B8")
def test_an_order_has_lines_quantities_and_an_exact_total() -> None:
    items = [
        {"product_retailer_id": "sku1", "quantity": 2, "item_price": 30, "currency": "USD"},
        {"product_retailer_id": "sku2", "quantity": "3", "item_price": "0.10", "currency": "usd"},
    ]
    item = {"order": {"catalog_id": "1", "text": "gift-wrap, please", "product_items": items}}
    order = part("order", item)
    assert isinstance(order, Order)
    assert order.totals == {"USD": Decimal("60.30")}
    assert (
        summary("order", item)
        == "2 \N{MULTIPLICATION SIGN} sku1, 3 \N{MULTIPLICATION SIGN} sku2\ngift-wrap, please"
    )


@pytest.mark.fault("B8")
def test_an_order_without_a_price_has_no_total() -> None:
    order = part("order", {"order": {"product_items": [{"product_retailer_id": "a"}]}})
    assert isinstance(order, Order)
    assert (order.totals, order.items[0].quantity) == ({}, 1)


@pytest.mark.fault("B8")
@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        ('{"flow_token":"t","email":"mara@shop.example"}', (("email", "mara@shop.example"),)),
        ('{"ok":true,"sizes":["S","M"],"n":5}', (("ok", "yes"), ("sizes", "S, M"), ("n", "5"))),
        ('{"values":{"city":"Ávila","zip":"05001"}}', (("values / city", "Ávila"), ("values / zip", "05001"))),
        ({"already": "an object"}, (("already", "an object"),)),
        ("not json", ()),
    ],
)  # fmt: skip
def test_every_field_of_a_form_is_read(answers: Any, lines: tuple[tuple[str, str], ...]) -> None:
    reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answers}}
    form = part("interactive", {"interactive": reply})
    assert isinstance(form, FormAnswer)
    assert form.answers == lines
    assert form.raw == ("" if lines else "not json")


@pytest.mark.fault("B8")
def test_a_list_reply_keeps_its_description() -> None:
    reply = {
        "type": "list_reply",
        "list_reply": {"id": "r1", "title": "Express", "description": "1-2 days"},
    }
    assert part("interactive", {"interactive": reply}) == Choice("Express", "1-2 days")
    assert summary("interactive", {"interactive": reply}) == "Express"


@pytest.mark.fault("B8")
def test_call_permission_notices_and_reasons_are_read() -> None:
    reply = {
        "type": "call_permission_reply",
        "call_permission_reply": {"response": "accept", "expiration_timestamp": "1790416830"},
    }
    permission = part("interactive", {"interactive": reply})
    assert isinstance(permission, CallPermission)
    assert permission.allowed
    assert permission.until is not None
    system = {"type": "user_changed_number", "body": "User Mara V changed from 1 to 2"}
    assert part("system", {"system": system}) == Notice("user_changed_number", system["body"])
    for key in ("wa_id", "new_wa_id"):
        told = part("system", {"system": system | {key: "34611000107"}})
        assert told == Notice("user_changed_number", system["body"], "+34611000107")
    error = {"code": 131051, "title": "Unknown", "error_data": {"details": "Not supported."}}
    poll = {"unsupported": {"type": "poll_creation"}, "errors": [error]}
    assert part("unsupported", poll) == Unsupported("poll_creation", 131051, "Not supported.")


@pytest.mark.fault("B8")
@pytest.mark.parametrize(
    ("card", "name", "details"),
    [
        (
            {"name": {"formatted_name": "Bo J"}, "phones": [{"phone": "+1 415"}]},
            "Bo J",
            ("+1 415",),
        ),
        ({"name": {"first_name": "Bo", "last_name": "J"}, "phones": None}, "Bo J", ()),
        (
            {"org": {"company": "Lumen"}, "phones": [{"wa_id": "14155550829"}]},
            "Lumen",
            ("14155550829",),
        ),
        ({"phones": [{"phone": "+1 415"}]}, "+1 415", ()),
        ({"emails": [{"email": "a@b.example"}], "name": None}, "a@b.example", ()),
        ({}, "", ()),
    ],
)
def test_a_card_without_a_name_is_called_by_what_it_holds(
    card: dict[str, Any], name: str, details: tuple[str, ...]
) -> None:
    shared = part("contacts", {"contacts": [card]})
    assert isinstance(shared, Cards)
    assert (shared.cards[0].name, shared.cards[0].details) == (name, details)


@pytest.mark.fault("B8")
@pytest.mark.fault("A2")
@pytest.mark.parametrize(
    "answers",
    [
        r'{"\ud83d": "\ud83d", "list": ["\ud83d", {"\udc00": "a\u0000"}], "deep": {"a": {"b": "\ud83d"}}}',
        '{"a":' * 60 + "1" + "}" * 60,
        '{"a":' + "[" * 900 + "]" * 900 + "}",
        '{"a":' * 50_000,
        '{"a": ' + "9" * 5_000 + "}",
    ],
)
def test_answers_of_a_form_are_text_that_a_page_and_the_database_hold(answers: str) -> None:
    reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answers}}
    found = part("interactive", {"interactive": reply})
    assert isinstance(found, FormAnswer)
    shown = found.text + found.raw
    assert shown.encode("utf-8")
    assert "\0" not in shown


def test_where_a_message_came_from() -> None:
    referral = {
        "source_url": "javascript:alert(1)",
        "source_type": "ad",
        "headline": "Chat",
        "body": "Summer!",
    }
    came = came_from({"referral": referral, "context": {"frequently_forwarded": True}})
    assert (came.ad, came.ad_text, came.ad_url, came.forwarded) == ("Chat", "Summer!", "", "often")
    context = {"id": "w", "referred_product": {"product_retailer_id": "sku1"}}
    assert came_from({"context": context}).product == "sku1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=12,
)
KINDS = (
    "order", "interactive", "button", "system", "unsupported", "contacts", "text", "location",
    "image", "reaction", "poll",
)  # fmt: skip
NAMES = st.sampled_from(
    ("type", "product_items", "nfm_reply", "response_json", "name", "phones", "list_reply", "title",
     "call_permission_reply", "errors", "error_data", "quantity", "item_price", "body", "org")
)  # fmt: skip


@pytest.mark.fault("B8")
@given(
    kind=st.sampled_from(KINDS),
    inner=JSON
    | st.dictionaries(NAMES, JSON | st.lists(st.dictionaries(NAMES, JSON, max_size=3), max_size=2)),
    beside=st.dictionaries(st.sampled_from(("errors", "referral", "context", "contacts")), JSON),
)
def test_absurd_shapes_are_read_without_an_error(
    kind: str, inner: Any, beside: dict[str, Any]
) -> None:
    item = {**beside, kind: inner}
    assert isinstance(summary(kind, item), str)
    came_from(item)
    found = part(kind, item)
    if isinstance(found, Order):
        assert all(total.is_finite() for total in found.totals.values())


@pytest.mark.fault("B8")
@pytest.mark.parametrize(
    ("given", "said"),
    [(2, 2), ("3", 3), (2.0, 2), ("2.0", 2), ("2.5", Decimal("2.5")), (-1, 1), ("many", 1), ("1e999", 1), (None, 1)],
)  # fmt: skip
def test_an_order_says_how_many(given: object, said: object) -> None:
    found = part(
        "order",
        {
            "order": {
                "product_items": [{"product_retailer_id": "A", "quantity": given, "item_price": 2}]
            }
        },
    )
    assert isinstance(found, Order)
    assert found.items[0].quantity == said


@pytest.mark.fault("B8")
def test_a_card_without_a_name_and_a_number_shows_what_it_has() -> None:
    card = {
        "addresses": [{"street": "Calle 5", "city": "Madrid"}],
        "urls": [{"url": "https://a.example"}],
    }
    found = part("contacts", {"contacts": [card]})
    assert isinstance(found, Cards)
    assert (found.cards[0].name, found.cards[0].details) == (
        "Calle 5, Madrid",
        ("https://a.example",),
    )


@pytest.mark.fault("B8")
def test_an_answer_of_a_form_keeps_its_digits() -> None:
    answers = '{"price": 12.50, "id": 900719925474099312, "more": [{"tip": 1.10}, 2.00]}'
    reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answers}}
    found = part("interactive", {"interactive": reply})
    assert isinstance(found, FormAnswer)
    assert found.answers == (
        ("price", "12.50"), ("id", "900719925474099312"), ("more", '{"tip": "1.10"}, 2.00'),
    )  # fmt: skip
