import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.template_components import clean
from domain.template_rendering import preview_text, render
from domain.template_slots import compile_payload, examples, slots, variables
from domain.templates import problem
from tests.words import refused_with

IMAGE = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://x.org/a.jpg"]}}
BODY = {
    "type": "BODY",
    "text": "Hi {{1}}, order {{2}} is ready.",
    "example": {"body_text": [["Mara", "A-81"]]},
}
BUTTONS = {
    "type": "BUTTONS",
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Stop"},
        {
            "type": "URL",
            "text": "Track",
            "url": "https://shop.org/t/{{1}}",
            "example": ["https://shop.org/t/A-81"],
        },
        {"type": "COPY_CODE", "text": "Copy code", "example": ["SAVE20"]},
    ],
}


def template(*components: dict[str, Any], style: str = "POSITIONAL") -> dict[str, Any]:
    return {
        "name": "order_ready",
        "language": "en_US",
        "parameter_format": style,
        "components": list(components),
    }


def test_slots_come_in_order_with_their_examples() -> None:
    found = slots([BUTTONS, BODY, {"type": "FOOTER", "text": "Lumen"}, IMAGE], "POSITIONAL")
    assert [(slot.key, slot.example, slot.kind) for slot in found] == [
        ("header.image", "https://x.org/a.jpg", "media"),
        ("body.1", "Mara", "text"),
        ("body.2", "A-81", "text"),
        ("button.1.1", "A-81", "url"),
        ("button.2.code", "SAVE20", "code"),
    ]


def test_payload_follows_the_cloud_api() -> None:
    compiled = compile_payload(template(IMAGE, BODY, BUTTONS))
    assert compiled.payload(["1339522734477770", "Mara", "A-81", "A-81?utm=wa", "SAVE20"]) == {
        "name": "order_ready",
        "language": {"code": "en_US"},
        "components": [
            {
                "type": "header",
                "parameters": [{"type": "image", "image": {"id": "1339522734477770"}}],
            },
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Mara"}, {"type": "text", "text": "A-81"}],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "1",
                "parameters": [{"type": "text", "text": "A-81?utm=wa"}],
            },
            {
                "type": "button",
                "sub_type": "copy_code",
                "index": "2",
                "parameters": [{"type": "coupon_code", "coupon_code": "SAVE20"}],
            },
        ],
    }


def test_named_parameters_carry_their_names() -> None:
    body = {"type": "body", "text": "Hola {{first_name}}, {{pct}} y {{first_name}}."}
    compiled = compile_payload(template(body, style="named"))
    assert [slot.key for slot in compiled.slots] == ["body.first_name", "body.pct"]
    assert compiled.payload(["Mara", "20%"])["components"][0]["parameters"] == [
        {"type": "text", "parameter_name": "first_name", "text": "Mara"},
        {"type": "text", "parameter_name": "pct", "text": "20%"},
    ]


def test_a_template_without_variables_has_no_components() -> None:
    body = {"type": "BODY", "text": "Welcome!"}
    assert compile_payload(template(body)).payload([]) == {
        "name": "order_ready",
        "language": {"code": "en_US"},
    }


def test_positional_variables_count_in_numbers() -> None:
    assert variables("{{10}} {{2}} {{1}} {{2}}") == ["1", "2", "10"]
    assert variables("{{b}} {{a}}") == ["b", "a"]


@pytest.mark.parametrize(
    ("value", "medium"),
    [
        (
            "https://cdn.org/a%20b.pdf?x=1",
            {"link": "https://cdn.org/a%20b.pdf?x=1", "filename": "a b.pdf"},
        ),
        ("998877", {"id": "998877"}),
    ],
)
def test_documents_go_by_link_with_a_name_or_by_id(value: str, medium: dict[str, str]) -> None:
    header = {"type": "HEADER", "format": "DOCUMENT"}
    component = compile_payload(template(header)).payload([value])["components"][0]
    assert component["parameters"] == [{"type": "document", "document": medium}]


def test_location_header_sends_text_coordinates() -> None:
    compiled = compile_payload(template({"type": "HEADER", "format": "LOCATION"}))
    place = compiled.payload(["37.44", "-122.16", "Shop", "1 Elm St"])["components"][0]
    assert place["parameters"][0]["location"] == {
        "latitude": "37.44",
        "longitude": "-122.16",
        "name": "Shop",
        "address": "1 Elm St",
    }


@pytest.mark.parametrize(
    "button",
    [
        {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"},
        {
            "type": "URL",
            "text": "Copy code",
            "url": "https://www.whatsapp.com/otp/code/?code=otp{{1}}",
        },
    ],
)
def test_a_login_code_fills_body_and_button_from_one_slot(button: dict[str, str]) -> None:
    parts = (
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "BUTTONS", "buttons": [button]},
    )
    compiled = compile_payload(template(*parts))
    assert [slot.key for slot in compiled.slots] == ["body.1"]
    body, copy = compiled.payload(["482913"])["components"]
    assert body["parameters"] == copy["parameters"] == [{"type": "text", "text": "482913"}]
    assert (copy["sub_type"], copy["index"]) == ("url", "0")


def test_limited_time_offer_takes_a_date_or_milliseconds() -> None:
    offer = {
        "type": "LIMITED_TIME_OFFER",
        "limited_time_offer": {"text": "Soon", "has_expiration": True},
    }
    compiled = compile_payload(template(offer, {"type": "BODY", "text": "Now!"}))

    def sent(value: str) -> Any:
        parameter = compiled.payload([value])["components"][0]["parameters"][0]
        return parameter["limited_time_offer"]["expiration_time_ms"]

    assert sent("1790416800000") == sent("2026-09-26T10:00:00+00:00") == sent("2026-09-26T10:00:00")
    with refused_with(Invalid, "not a date"):
        sent("tomorrow")


def test_carousel_cards_have_slots_and_components_of_their_own() -> None:
    link = {"type": "URL", "text": "Shop", "url": "https://shop.org/{{1}}", "example": ["red"]}
    text = {"type": "BODY", "text": "Save {{1}} now", "example": {"body_text": [["10%"]]}}
    card = {"components": [IMAGE, text, {"type": "BUTTONS", "buttons": [link]}]}
    parts = (BODY, {"type": "CAROUSEL", "cards": [card, card]})
    compiled = compile_payload(template(*parts))
    keys = [slot.key for slot in compiled.slots]
    assert keys[2:5] == ["card.0.header.image", "card.0.body.1", "card.0.button.0.1"]
    sent = compiled.payload(["Mara", "A-81", "111", "10%", "red", "112", "20%", "blue"])
    cards = sent["components"][1]["cards"]
    assert [item["card_index"] for item in cards] == [0, 1]
    assert cards[1]["components"][2]["parameters"] == [{"type": "text", "text": "blue"}]
    shown = render(template(*parts), examples(list(parts), "POSITIONAL"))
    assert [item.body for item in shown.cards] == ["Save 10% now", "Save 10% now"]


def test_flow_buttons_are_sent_with_a_token() -> None:
    flow = {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Start", "flow_id": "1"}]}
    component = compile_payload(template(flow)).payload([])["components"][0]
    assert component["sub_type"] == "flow"
    assert component["parameters"][0]["action"] == {"flow_token": "unused"}


@given(st.text())
def test_values_never_hold_what_meta_refuses(text: str) -> None:
    value = clean(text)
    assert not set(value) & set("\r\n\t\v\f\0\u2028\u2029")
    assert "    " not in value
    assert len(value) <= 1024


@pytest.mark.parametrize(
    ("value", "sent"), [("a     b", "a   b"), ("a\n\n b", "a b"), ("x" * 1030, "x" * 1023 + "…")]
)
def test_a_value_is_put_right_for_meta(value: str, sent: str) -> None:
    assert clean(value) == sent


def test_two_long_values_get_the_room_of_a_body_in_equal_parts() -> None:
    sent = compile_payload(template(BODY)).payload(["x" * 1000, "y" * 1000])["components"][0]
    first, second = (item["text"] for item in sent["parameters"])
    assert len(first) == len(second) < 512
    assert (first[-1], second[0]) == ("…", "y")


@given(st.lists(st.text(min_size=1, max_size=3000), min_size=2, max_size=2))
def test_a_filled_body_never_exceeds_the_limit(values: list[str]) -> None:
    sent = compile_payload(template(BODY)).payload(values)["components"][0]["parameters"]
    body = render(template(BODY), [item["text"] for item in sent]).body
    assert len(body) <= 1024


def test_spaces_in_a_link_ending_are_escaped() -> None:
    url = {"type": "URL", "text": "Go", "url": "https://x.org/{{1}}"}
    compiled = compile_payload(template({"type": "BUTTONS", "buttons": [url]}))
    assert compiled.payload(["año 1/ä?b=1&c=%20"])["components"][0]["parameters"] == [
        {"type": "text", "text": "a%C3%B1o%201/%C3%A4?b=1&c=%20"}
    ]


def test_payloads_are_cheap() -> None:
    compiled = compile_payload(template(IMAGE, BODY, BUTTONS))
    values = ["1339522734477770", "Mara", "A-81", "A-81", "SAVE20"]
    began = time.process_time()
    for _ in range(5_000):
        compiled.payload(values)
    assert (time.process_time() - began) / 5_000 < 100e-6  # 5 µs on a quiet machine


def test_render_shows_what_a_phone_shows() -> None:
    shown = render(template(IMAGE, BODY, BUTTONS, {"type": "FOOTER", "text": "Lumen"}), [
        "https://x.org/b.jpg", "Ada", "B-2", "B-2", "CODE"])  # fmt: skip
    assert shown.as_dict() == {
        "header": {"format": "IMAGE", "text": "", "url": "https://x.org/b.jpg"},
        "body": "Hi Ada, order B-2 is ready.",
        "footer": "Lumen",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Track", "url": "https://shop.org/t/B-2"},
            {"type": "COPY_CODE", "text": "Copy code"},
        ],
    }
    assert preview_text(template(BODY), ["Ada", "B-2"]) == "Hi Ada, order B-2 is ready."
    assert preview_text(template(BODY), []) == "Hi […], order […] is ready."


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("APPROVED", None),
        ("FLAGGED", None),
        ("paused", "template_paused"),
        ("REJECTED", "template_rejected"),
        ("SOMETHING_NEW", "template_not_approved"),
    ],
)
def test_problem_names_why_a_template_stays(status: str, code: str | None) -> None:
    found = problem(status)
    assert (found and found.code) == code


def test_problem_of_a_vanished_or_product_template() -> None:
    gone = problem("APPROVED", deleted=True)
    assert gone is not None
    assert gone.code == "template_deleted"
    products = {"type": "BUTTONS", "buttons": [{"type": "MPM", "text": "View"}]}
    cards = {"type": "CAROUSEL", "cards": [{"components": [products]}]}
    found = problem("APPROVED", components=[BODY, cards])
    assert found is not None
    assert found.code == "template_products_unsupported"
