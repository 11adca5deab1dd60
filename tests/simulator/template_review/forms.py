"""Templates as submitted, and the parts they are made of."""

from typing import Any

from tests.simulator.harness import Json

BODY: Json = {
    "type": "BODY",
    "text": "Hi {{1}}, your table is booked for tonight.",
    "example": {"body_text": [["Mara"]]},
}
PLAIN: Json = {"type": "BODY", "text": "Your table is booked for tonight."}
FOOTER: Json = {"type": "FOOTER", "text": "Lumen Market"}
PICTURE: Json = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}}
QUICK: Json = {"type": "QUICK_REPLY", "text": "Fine"}
LINK: Json = {"type": "URL", "text": "Open", "url": "https://example.org"}
COUPON: Json = {"type": "COPY_CODE", "example": "SAVE20"}
OTP: Json = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}
CODE_BODY: Json = {"type": "BODY", "add_security_recommendation": True}


def buttons(*given: Json) -> Json:
    """A component with buttons."""
    return {"type": "BUTTONS", "buttons": list(given)}


def header(text: str, **more: Any) -> Json:
    """A header with a text."""
    return {"type": "HEADER", "format": "TEXT", "text": text, **more}


def offer(text: str = "Ends soon!") -> Json:
    """The line of a limited-time offer."""
    return {
        "type": "LIMITED_TIME_OFFER",
        "limited_time_offer": {"text": text, "has_expiration": True},
    }


def card(*parts: Json) -> Json:
    """A card; with a picture, a text and a button when nothing is said."""
    return {"components": list(parts) or [PICTURE, PLAIN, buttons(QUICK)]}


def carousel(*cards: Json) -> Json:
    """The cards of a template."""
    return {"type": "CAROUSEL", "cards": list(cards)}


def form(*components: Json, category: str = "MARKETING", **changes: Any) -> Json:
    """A template to make."""
    content = {"name": "table_booked", "language": "en_US", "category": category}
    return {**content, "components": list(components), **changes}


def body(text: str, *examples: str, **more: Any) -> Json:
    """A body with positional variables."""
    return {"type": "BODY", "text": text, "example": {"body_text": [list(examples)]}, **more}


def codes(**changes: Any) -> Json:
    """The button of a one-time password."""
    return buttons({**OTP, **changes})


VIDEO: Json = {**PICTURE, "format": "VIDEO"}
CODE = (CODE_BODY, buttons(OTP))

CODES: dict[str, Any] = {"category": "AUTHENTICATION"}
APP = {"package_name": "org.example.shop", "signature_hash": "K8a/AINcGX7"}
PRODUCT: Json = {"type": "SPM", "text": "View"}
ENDLESS: Json = {
    "type": "LIMITED_TIME_OFFER",
    "limited_time_offer": {"text": "Ends soon!", "has_expiration": False},
}

TAKEN: dict[str, Json] = {
    "offer": form(PICTURE, offer(), BODY, buttons(COUPON, LINK)),
    "offer of sixteen characters": form(offer("x" * 16), PLAIN, buttons(COUPON, LINK)),
    "carousel": form(PLAIN, carousel(card(), card())),
    "code": form(*CODE, category="AUTHENTICATION"),
    "code with an end": form(
        CODE_BODY,
        {"type": "FOOTER", "code_expiration_minutes": 5},
        buttons(OTP),
        category="AUTHENTICATION",
        message_send_ttl_seconds=300,
    ),
    "gif": form({**PICTURE, "format": "GIF"}, PLAIN),
    "place": form({"type": "HEADER", "format": "LOCATION"}, PLAIN),
    "lower case": form({**PLAIN, "type": "body"}, category="utility"),
    "every button": form(
        PLAIN,
        buttons(
            QUICK,
            {"type": "QUICK_REPLY", "text": "Not this time"},
            {**LINK, "url": "https://example.org/{{1}}", "example": ["a"]},
            {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+15557010001"},
            COUPON,
        ),
    ),
    "offer with few words": form(
        PICTURE,
        offer(),
        body("Hi {{1}}, use {{2}} today", "Mara", "FLASH25"),
        buttons(COUPON, {**LINK, "url": "https://example.org/o?c={{1}}", "example": ["n3"]}),
    ),
    "offer that does not end": form(ENDLESS, PLAIN, buttons(LINK)),
    "offer of which nobody says whether it ends": form(
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Soon"}}, PLAIN, buttons(LINK)
    ),
    "cards with a variable at the end": form(
        PLAIN, carousel(*[card(PICTURE, body("Save {{1}}", "10%"), buttons(QUICK))] * 2)
    ),
    "cards with few words": form(
        PLAIN, carousel(*[card(PICTURE, body("{{1}} {{2}} off", "a", "b"), buttons(QUICK))] * 2)
    ),
    "carousel in utility": form(PLAIN, carousel(card(), card()), category="UTILITY"),
    "coupon in utility": form(PLAIN, buttons(COUPON), category="UTILITY"),
    "one tap": form(CODE_BODY, codes(otp_type="ONE_TAP", supported_apps=[APP]), **CODES),
    "one tap as it was written": form(CODE_BODY, codes(otp_type="ONE_TAP", **APP), **CODES),
    "product": form({"type": "HEADER", "format": "PRODUCT"}, PLAIN, buttons(PRODUCT)),
    "link with one example": form(
        PLAIN, buttons({**LINK, "url": "https://example.org/{{1}}", "example": "a"})
    ),
    "other texts on two links": form(PLAIN, buttons(LINK, {**LINK, "text": "Open more"})),
    "flow": form(PLAIN, buttons({"type": "FLOW", "text": "Start", "flow_id": "1"})),
    "catalog": form(PLAIN, buttons({"type": "CATALOG", "text": "View catalog"})),
    "number": form(PLAIN, buttons({"type": "REQUEST_CONTACT_INFO"})),
    "a text with a star": form({**PLAIN, "text": "Your *table* is booked. 🎉"}, FOOTER),
    "underscores in names": form(
        header(
            "Order {{order_no}}",
            example={"header_text_named_params": [{"param_name": "order_no", "example": "A"}]},
        ),
        PLAIN,
        parameter_format="NAMED",
    ),
}
