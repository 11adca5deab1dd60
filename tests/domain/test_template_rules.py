from typing import Any

import pytest

from domain.errors import Conflict, Invalid
from domain.template_rules import problems, require_editable, require_valid
from tests.words import refused_with

BODY = {
    "type": "BODY",
    "text": "Hi {{1}}, your order {{2}} is ready.",
    "example": {"body_text": [["Mara", "A-81"]]},
}


def found(
    *components: dict[str, Any], style: str = "POSITIONAL", category: str = "UTILITY"
) -> list[str]:
    return [where for where, _ in problems(components, style, category)]


def body(text: str, *samples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text, "example": {"body_text": [list(samples)]}}


def buttons(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": list(items)}


def test_a_good_template_passes() -> None:
    reply = {"type": "QUICK_REPLY", "text": "Thanks"}
    link = {"type": "URL", "text": "Track", "url": "https://x.org/{{1}}", "example": ["A-81"]}
    parts = (
        {"type": "HEADER", "format": "TEXT", "text": "Order"},
        BODY,
        {"type": "FOOTER", "text": "Lumen"},
        buttons(reply, {**reply, "text": "No"}, link),
    )
    assert found(*parts) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{1}} is ready for you today",
        "Your order is ready {{1}}",
        "Hi there {{1}}{{2}} your order is ready",
        "Hi {{1}} or {{3}}, your order is ready",
        "Hi {{1}} {{2}} x {{3}} y",
        "x" * 1025,
        "",
    ],
)
def test_body_rules(text: str) -> None:
    assert "components.0.text" in found(body(text, "a", "b", "c"))


def test_missing_examples_are_named() -> None:
    assert found(body("Hi {{1}}, your order {{2}} is ready.", "Mara")) == ["components.0.example"]


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"type": "HEADER", "format": "TEXT", "text": "*Order*"}, "components.1.text"),
        ({"type": "HEADER", "format": "TEXT", "text": "x" * 61}, "components.1.text"),
        ({"type": "HEADER", "format": "IMAGE"}, "components.1.example"),
        ({"type": "HEADER", "format": "SONG"}, "components.1.format"),
        ({"type": "FOOTER", "text": "Hi {{1}}"}, "components.1.text"),
        ({"type": "FOOTER", "text": "x" * 61}, "components.1.text"),
        ({"type": "MUSIC"}, "components.1.type"),
        (buttons(), "components.1.buttons"),
        (buttons({"type": "QUICK_REPLY", "text": "x" * 26}), "components.1.buttons.0.text"),
        (buttons({"type": "URL", "text": "Go", "url": "ftp://x"}), "components.1.buttons.0.url"),
        (
            buttons({"type": "URL", "text": "Go", "url": "https://x/{{1}}/y", "example": ["a"]}),
            "components.1.buttons.0.url",
        ),
        (
            buttons({"type": "URL", "text": "Go", "url": "https://x/{{1}}"}),
            "components.1.buttons.0.example",
        ),
        (buttons({"type": "COPY_CODE", "example": "x" * 21}), "components.1.buttons.0.example"),
    ],
)
def test_other_parts(part: dict[str, Any], where: str) -> None:
    assert where in found(BODY, part)


def test_quick_replies_stay_together() -> None:
    reply = {"type": "QUICK_REPLY", "text": "Yes"}
    call = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100"}
    other = {**reply, "text": "No"}
    assert found(BODY, buttons(reply, call, other)) == ["components.1.buttons"]
    assert found(BODY, buttons(call, call)) == ["components.1.buttons"]


def test_carousel_cards_are_alike() -> None:
    image = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::a"]}}
    text = {"type": "BODY", "text": "Save now"}
    one = {"components": [image, text]}
    assert found(BODY, {"type": "CAROUSEL", "cards": [one, one]}) == []
    assert found(BODY, {"type": "CAROUSEL", "cards": [one]}) == ["components.1.cards"]
    other = {"components": [image]}
    assert found(BODY, {"type": "CAROUSEL", "cards": [one, other]}) == ["components.1.cards"]


def test_login_codes_need_no_text() -> None:
    code = buttons({"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"})
    parts = ({"type": "BODY", "add_security_recommendation": True}, {"type": "FOOTER"}, code)
    assert found(*parts, category="AUTHENTICATION") == []


def test_require_valid_names_every_field_once() -> None:
    with pytest.raises(Invalid) as caught:
        require_valid([{"type": "FOOTER", "text": ""}], "POSITIONAL", "SPAM")
    assert set(caught.value.fields) == {"category", "components", "components.0.text"}


def test_state_decides_what_may_change() -> None:
    require_editable("REJECTED", {"category": "UTILITY"})
    require_editable("APPROVED", {"components": []})
    with refused_with(Conflict, "approved"):
        require_editable("APPROVED", {"category": "UTILITY"})
    with refused_with(Conflict, "review"):
        require_editable("PENDING", {})
    with pytest.raises(Conflict) as held:  # it is sent, but Meta takes no change
        require_editable("FLAGGED", {})
    assert held.value.code == "template_not_editable"


def test_a_header_has_one_variable_and_names_are_plain() -> None:
    header = {"type": "HEADER", "format": "TEXT", "text": "{{1}} for {{2}}"}
    example = {"header_text": ["Bread", "Mara"]}
    assert "components.0.text" in found({**header, "example": example}, BODY)
    named = {"type": "BODY", "text": "Hello {{FirstName}}, it is ready now."}
    assert "components.0.text" in found(named, style="NAMED")


@pytest.mark.fault("8A")
@pytest.mark.parametrize("text", ["Hello 👋", "Hello\nthere", "Only today*", "Hi {{1}", "Hi 1}}"])
def test_a_header_is_a_plain_line(text: str) -> None:
    header = {"type": "HEADER", "format": "TEXT", "text": text}
    assert found(header, BODY) == ["components.0.text"]


@pytest.mark.fault("8A")
@pytest.mark.parametrize(
    "text", ["Your table\n\n\nis booked.", "Your\ttable is booked.", "Your     table is booked."]
)
def test_a_body_has_no_wide_gaps(text: str) -> None:
    assert found(body(text)) == ["components.0.text"]
    assert found(body("Your\n\n*table*    is booked 🎉")) == []


@pytest.mark.fault("8A")
def test_a_footer_is_one_line() -> None:
    assert found(BODY, {"type": "FOOTER", "text": "Lumen\nMarket"}) == ["components.1.text"]


@pytest.mark.fault("8A")
@pytest.mark.parametrize("label", ["Fine 👍", "Fi\nne", "Fine {{1}}", "*Fine*"])
def test_a_button_has_a_plain_label(label: str) -> None:
    for kind in ({"type": "QUICK_REPLY"}, {"type": "URL", "url": "https://example.org"}):
        assert found(BODY, buttons({**kind, "text": label})) == ["components.1.buttons.0.text"]


@pytest.mark.fault("8A")
def test_quick_replies_differ() -> None:
    reply = {"type": "QUICK_REPLY", "text": "Yes"}
    same = {"type": "QUICK_REPLY", "text": "Yes "}
    assert found(BODY, buttons(reply, same)) == ["components.1.buttons.1.text"]


@pytest.mark.fault("8A")
@pytest.mark.parametrize("code", ["SAVE 20", "SAVE-20", "ÄÖ20"])
def test_a_code_has_letters_and_digits(code: str) -> None:
    button = {"type": "COPY_CODE", "example": code}
    assert found(BODY, buttons(button)) == ["components.1.buttons.0.example"]
