"""Templates that Meta refuses when they are made or changed, and those it takes."""

import pytest

from tests.simulator.harness import Json, Sim, odd
from tests.simulator.template_review.forms import (
    APP,
    BODY,
    CODE,
    CODE_BODY,
    CODES,
    COUPON,
    ENDLESS,
    FOOTER,
    LINK,
    OTP,
    PICTURE,
    PLAIN,
    PRODUCT,
    QUICK,
    TAKEN,
    VIDEO,
    body,
    buttons,
    card,
    carousel,
    codes,
    form,
    header,
    offer,
)

pytestmark = pytest.mark.fault("8A")

REFUSED: dict[str, Json] = {
    "offer text of seventeen": form(offer("x" * 17), PLAIN, buttons(COUPON, LINK)),
    "offer without text": form(offer(""), PLAIN, buttons(COUPON, LINK)),
    "offer with a footer": form(offer(), PLAIN, FOOTER, buttons(COUPON, LINK)),
    "offer with a text header": form(header("Hello"), offer(), PLAIN, buttons(COUPON, LINK)),
    "offer with a quick reply": form(offer(), PLAIN, buttons(COUPON, QUICK)),
    "offer with the coupon last": form(offer(), PLAIN, buttons(LINK, COUPON)),
    "offer without buttons": form(offer(), PLAIN),
    "offer with a long body": form(offer(), {**PLAIN, "text": "x " * 301}, buttons(COUPON, LINK)),
    "offer as utility": form(offer(), PLAIN, buttons(COUPON, LINK), category="UTILITY"),
    "cards with other buttons": form(PLAIN, carousel(card(), card(PICTURE, PLAIN, buttons(LINK)))),
    "cards with other headers": form(PLAIN, carousel(card(), card(VIDEO, PLAIN, buttons(QUICK)))),
    "cards with and without text": form(PLAIN, carousel(card(), card(PICTURE, buttons(QUICK)))),
    "card without header": form(PLAIN, carousel(*[card(PLAIN, buttons(QUICK))] * 2)),
    "card with a text header": form(
        PLAIN, carousel(*[card(header("Hello"), PLAIN, buttons(QUICK))] * 2)
    ),
    "card with three buttons": form(
        PLAIN,
        carousel(*[card(PICTURE, PLAIN, buttons(QUICK, LINK, {**LINK, "text": "More"}))] * 2),
    ),
    "card with a long text": form(
        PLAIN, carousel(*[card(PICTURE, {**PLAIN, "text": "x" * 161}, buttons(QUICK))] * 2)
    ),
    "card with a footer": form(PLAIN, carousel(*[card(PICTURE, FOOTER, buttons(QUICK))] * 2)),
    "carousel with a header": form(PICTURE, PLAIN, carousel(card(), card())),
    "carousel with a footer": form(PLAIN, FOOTER, carousel(card(), card())),
    "carousel with buttons": form(PLAIN, carousel(card(), card()), buttons(LINK)),
    "eleven cards": form(PLAIN, carousel(*[card()] * 11)),
    "code button in marketing": form(PLAIN, buttons(OTP)),
    "code button in utility": form(PLAIN, buttons(OTP), category="UTILITY"),
    "code without a button": form(CODE_BODY, category="AUTHENTICATION"),
    "code with a link": form(CODE_BODY, buttons(OTP, LINK), category="AUTHENTICATION"),
    "code with a text": form(PLAIN, buttons(OTP), category="AUTHENTICATION"),
    "code with a header": form(header("Code"), *CODE, category="AUTHENTICATION"),
    "code that lasts too long": form(
        CODE_BODY,
        {"type": "FOOTER", "code_expiration_minutes": 91},
        buttons(OTP),
        category="AUTHENTICATION",
    ),
    "one tap without an app": form(
        CODE_BODY, buttons({**OTP, "otp_type": "ONE_TAP"}), category="AUTHENTICATION"
    ),
    "code of a kind nobody knows": form(
        CODE_BODY, buttons({**OTP, "otp_type": "TWO_TAP"}), category="AUTHENTICATION"
    ),
    "header with a line break": form(header("Hello\nthere"), PLAIN),
    "header with an emoji": form(header("Hello 👋"), PLAIN),
    "header with an asterisk": form(header("Hello *there*"), PLAIN),
    "header with one asterisk": form(header("Only today*"), PLAIN),
    "header in italics": form(header("Hello _there_"), PLAIN),
    "header struck out": form(header("Hello ~there~"), PLAIN),
    "header of 61": form(header("x" * 61), PLAIN),
    "header with two variables": form(
        header("{{1}} and {{2}}", example={"header_text": ["a", "b"]}), PLAIN
    ),
    "equal quick replies": form(PLAIN, buttons(QUICK, QUICK)),
    "quick replies equal but for spaces": form(PLAIN, buttons(QUICK, {**QUICK, "text": "Fine "})),
    "button with an emoji": form(PLAIN, buttons({**QUICK, "text": "Fine 👍"})),
    "button with a variable": form(PLAIN, buttons({**QUICK, "text": "Fine {{1}}"})),
    "button with a line break": form(PLAIN, buttons({**QUICK, "text": "Fi\nne"})),
    "button without a text": form(PLAIN, buttons({"type": "QUICK_REPLY"})),
    "button of 26": form(PLAIN, buttons({**QUICK, "text": "x" * 26})),
    "eleven buttons": form(
        PLAIN, buttons(*[{**QUICK, "text": f"Reply {count}"} for count in range(11)])
    ),
    "two phone numbers": form(
        PLAIN,
        buttons(*[{"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1555"}] * 2),
    ),
    "phone number in words": form(
        PLAIN, buttons({"type": "PHONE_NUMBER", "text": "Call", "phone_number": "call me"})
    ),
    "two coupons": form(PLAIN, buttons(COUPON, COUPON)),
    "coupon without an example": form(PLAIN, buttons({"type": "COPY_CODE"})),
    "coupon with a space": form(PLAIN, buttons({**COUPON, "example": "SAVE 20"})),
    "coupon of 21": form(PLAIN, buttons({**COUPON, "example": "x" * 21})),
    "flow without an id": form(PLAIN, buttons({"type": "FLOW", "text": "Start"})),
    "link to a chat": form(PLAIN, buttons({**LINK, "url": "https://wa.me/15557010001"})),
    "link that is none": form(PLAIN, buttons({**LINK, "url": "example.org"})),
    "link with a variable inside": form(
        PLAIN, buttons({**LINK, "url": "https://example.org/{{1}}/x", "example": ["a"]})
    ),
    "link with two variables": form(
        PLAIN, buttons({**LINK, "url": "https://example.org/{{1}}{{2}}", "example": ["a"]})
    ),
    "link with a variable host": form(
        PLAIN, buttons({**LINK, "url": "https://{{1}}", "example": ["a"]})
    ),
    "link without an example": form(PLAIN, buttons({**LINK, "url": "https://example.org/{{1}}"})),
    "unknown button": form(PLAIN, buttons({"type": "BUY", "text": "Buy"})),
    "unknown key of a button": form(PLAIN, buttons({**QUICK, "colour": "red"})),
    "unknown component": form(PLAIN, {"type": "SIDEBAR", "text": "x"}),
    "unknown key of a component": form({**PLAIN, "colour": "red"}),
    "unknown header": form({"type": "HEADER", "format": "HOLOGRAM"}, PLAIN),
    "unknown language": form(PLAIN, language="xx"),
    "language of another country": form(PLAIN, language="de_US"),
    "language with a hyphen": form(PLAIN, language="en-US"),
    "unknown key": form(PLAIN, colour="red"),
    "unknown parameter format": form(PLAIN, parameter_format="NUMBERED"),
    "component that is a text": form(PLAIN, "FOOTER"),  # type: ignore[arg-type]
    "footer with two lines": form(PLAIN, {**FOOTER, "text": "Lumen\nMarket"}),
    "footer of 61": form(PLAIN, {**FOOTER, "text": "x" * 61}),
    "three line breaks": form({**PLAIN, "text": "Your table\n\n\nis booked."}),
    "five spaces": form({**PLAIN, "text": "Your table     is booked."}),
    "tab": form({**PLAIN, "text": "Your table\tis booked."}),
    "broken variable": form({**BODY, "text": "Hi {{1}, your table is booked."}),
    "too many examples": form({**BODY, "example": {"body_text": [["Mara", "Bo"]]}}),
    "an empty example": form({**BODY, "example": {"body_text": [[" "]]}}),
    "example of another name": form(
        {
            **BODY,
            "text": "Hi {{first_name}}, your table is booked for tonight.",
            "example": {"body_text_named_params": [{"param_name": "name", "example": "Mara"}]},
        },
        parameter_format="NAMED",
    ),
    "picture without a sample": form({"type": "HEADER", "format": "IMAGE"}, PLAIN),
    "picture with an empty sample": form({**PICTURE, "example": {"header_handle": []}}, PLAIN),
    "offer that ends without a coupon": form(offer(), PLAIN, buttons(LINK)),
    "offer that ends in words": form(
        {**ENDLESS, "limited_time_offer": {"text": "Soon", "has_expiration": "yes"}},
        PLAIN,
        buttons(COUPON),
    ),
    "offer with a variable at the end": form(
        offer(), body("Save now with {{1}}", "A"), buttons(COUPON)
    ),
    "footer with an emoji": form(PLAIN, {**FOOTER, "text": "Lumen 🛍"}),
    **{
        f"{part} with the line break {mark!r}": form(*components)
        for mark in ("\r", "\u2028", "\u2029", "\x0b", "\x85")
        for part, components in {
            "header": (header(f"Hello{mark}there"), PLAIN),
            "footer": (PLAIN, {**FOOTER, "text": f"Lumen{mark}Market"}),
            "button": (PLAIN, buttons({**QUICK, "text": f"Fi{mark}ne"})),
        }.items()
    },
    "two links with one text": form(PLAIN, buttons(LINK, {**LINK, "url": "https://example.com"})),
    "link and reply with one text": form(PLAIN, buttons({**QUICK, "text": "Open"}, LINK)),
    **{
        f"apps {apps!r}": form(CODE_BODY, codes(otp_type="ONE_TAP", supported_apps=apps), **CODES)
        for apps in odd(
            ["x"],
            [{}],
            [{**APP, "package_name": ""}],
            [{**APP, "signature_hash": " "}],
            [{**APP, "colour": "red"}],
            [{**APP, "package_name": {"x": 1}}],
            {"x": 1},
        )
    },
    "app without a hash": form(
        CODE_BODY, codes(otp_type="ONE_TAP", package_name="org.example"), **CODES
    ),
    "security advice outside of codes": form({**PLAIN, "add_security_recommendation": True}),
    "security advice in words": form(
        {"type": "BODY", "add_security_recommendation": "yes"}, codes(), **CODES
    ),
    "end of a code outside of codes": form(PLAIN, {**FOOTER, "code_expiration_minutes": 5}),
    **{
        f"link with the example {example!r}": form(
            PLAIN, buttons({**LINK, "url": "https://example.org/{{1}}", "example": example})
        )
        for example in odd("", " ", {}, {"x": 1}, [], [""], ["a", "b"], [["a"]], True)
    },
    **{
        f"link to {url!r}": form(PLAIN, buttons({**LINK, "url": url}))
        for url in odd(
            "https://exa mple.org",
            "https://",
            "https:///x",
            "https://?x",
            "https://[x",
            "https://exam\nple.org",
            "ftp://example.org",
            {"x": 1},
            "https://example.org/{{ 2 }}",
        )
    },
    **{
        f"phone number {number!r}": form(
            PLAIN, buttons({"type": "PHONE_NUMBER", "text": "Call", "phone_number": number})
        )
        for number in odd("((()))", "+-- ()", "1)2", "", {"x": 1}, ["+15557010001"])
    },
    **{
        f"sample {handle!r}": form({**PICTURE, "example": {"header_handle": handle}}, PLAIN)
        for handle in odd(
            ["https://example.org/a.png"],
            "http://example.org/a.png",
            5,
            [5],
            ["4::a", "4::b"],
            [""],
            [["4::a"]],
            {"x": 1},
        )
    },
    "place with a text": form({"type": "HEADER", "format": "LOCATION", "text": "Madrid"}, PLAIN),
    "product with a text": form(
        {"type": "HEADER", "format": "PRODUCT", "text": "Tea"}, PLAIN, buttons(PRODUCT)
    ),
    "product without a button": form({"type": "HEADER", "format": "PRODUCT"}, PLAIN),
    "button of a product alone": form(PLAIN, buttons(PRODUCT)),
    "button of a product under a picture": form(PICTURE, PLAIN, buttons(PRODUCT)),
    "variable with spaces": form(body("Hi {{ 1 }}, your table is booked for tonight.", "Mara")),
    "example that is an object": form(
        {**BODY, "example": {"body_text": [[{"x": 1}]]}},
    ),
    "call of an odd length": form(
        PLAIN, buttons({"type": "VOICE_CALL", "text": "Call", "ttl_minutes": "x"})
    ),
    "flow that is an object": form(
        PLAIN, buttons({"type": "FLOW", "text": "Start", "flow_id": {"x": 1}})
    ),
    "lifetime beyond the category": form(
        PLAIN, category="UTILITY", message_send_ttl_seconds=43_201
    ),
    "lifetime below the category": form(
        *CODE, category="AUTHENTICATION", message_send_ttl_seconds=10
    ),
}


@pytest.mark.parametrize("content", TAKEN.values(), ids=TAKEN.keys())
async def test_taken(sim: Sim, content: Json) -> None:
    response = await sim.post(f"{sim.waba}/message_templates", content)
    assert response.status_code == 200, response.text


async def test_refused(sim: Sim) -> None:
    for name, content in REFUSED.items():
        response = await sim.post(f"{sim.waba}/message_templates", content)
        assert response.status_code == 400, (name, response.text)
        assert response.json()["error"]["code"] == 100, (name, response.text)
    assert not (await sim.get(f"{sim.waba}/message_templates", name="table_booked"))["data"]


async def test_refused_when_edited_too(sim: Sim) -> None:
    [hello] = (await sim.get(f"{sim.waba}/message_templates", name="flash_weekend"))["data"]
    before = await sim.get(hello["id"])
    for name, content in REFUSED.items():
        if content["category"] != "MARKETING" or content.keys() & {"colour", "parameter_format"}:
            continue
        if content["language"] != "en_US":
            continue
        response = await sim.post(hello["id"], {"components": content["components"]})
        assert response.status_code == 400, name
    assert (await sim.post(hello["id"], {"surprise": 1})).status_code == 400
    assert await sim.get(hello["id"]) == before


async def test_a_hundred_templates_an_hour(sim: Sim) -> None:
    for count in range(100):
        content = form(PLAIN, name=f"table_{count}")
        assert (await sim.post(f"{sim.waba}/message_templates", content)).status_code == 200
    response = await sim.post(f"{sim.waba}/message_templates", form(PLAIN))
    assert response.json()["error"]["code"] == 80007
