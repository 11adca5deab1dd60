"""Parameters of template sends that Meta refuses, drawn from templates of every kind."""

import copy
from typing import Any

import pytest

from tests.simulator.harness import CUSTOMER, PICTURE, Json, Sim, body, button, image, odd, template
from tests.simulator.template_review.forms import (
    COUPON,
    LINK,
    PLAIN,
    QUICK,
    buttons,
    card,
    carousel,
    form,
    header,
    offer,
)
from tests.simulator.template_review.forms import (
    PICTURE as PICTURE_HEADER,
)

pytestmark = pytest.mark.fault("8A")

TEXT: Json = {
    "type": "BODY",
    "text": "Hi {{1}}, your table is booked for tonight.",
    "example": {"body_text": [["Mara"]]},
}
WITH_VARIABLE = {**LINK, "url": "https://example.org/{{1}}", "example": ["a"]}


def text_of_card(text: str) -> Json:
    """The text of a card, with a variable."""
    return {"type": "BODY", "text": text, "example": {"body_text": [["a"]]}}


FORMS: dict[str, Json] = {
    "place": form({"type": "HEADER", "format": "LOCATION"}, TEXT),
    "coupon": form(TEXT, buttons(COUPON)),
    "offer": form(PICTURE_HEADER, offer(), TEXT, buttons(COUPON, WITH_VARIABLE)),
    "cards": form(TEXT, carousel(*[card(PICTURE_HEADER, PLAIN, buttons(QUICK))] * 2)),
    "products": form(TEXT, buttons({"type": "MPM", "text": "View items"})),
    "call": form(TEXT, buttons({"type": "VOICE_CALL", "text": "Call us"})),
    "card_texts": form(
        TEXT,
        carousel(
            *[card(PICTURE_HEADER, text_of_card("Only {{1}} now"), buttons(QUICK))] * 2,
        ),
    ),
    "title": form(header("Order {{1}}", example={"header_text": ["A"]}), TEXT),
    "link": form(TEXT, buttons(WITH_VARIABLE)),
    "flow": form(TEXT, buttons({"type": "FLOW", "text": "Start", "flow_id": "1"})),
}
PLACE = {"latitude": "40.4", "longitude": "-3.7", "name": "Sol", "address": "Madrid"}


def place(**changes: Any) -> Json:
    """A header with a place; what is None is left out."""
    found = {key: value for key, value in {**PLACE, **changes}.items() if value is not None}
    return {"type": "header", "parameters": [{"type": "location", "location": found}]}


def cards(*indexes: int) -> Json:
    """Cards with a picture each."""
    parts = [image(link=PICTURE), button("quick_reply", 0, "payload", "more")]
    return {
        "type": "carousel",
        "cards": [{"card_index": index, "components": parts} for index in indexes],
    }


def until(moment: Any) -> Json:
    """The end of an offer."""
    inside = {"expiration_time_ms": moment}
    return {
        "type": "limited_time_offer",
        "parameters": [{"type": "limited_time_offer", "limited_time_offer": inside}],
    }


def items(*counts: int) -> Json:
    """The products of a button, by section."""
    sections = [
        {
            "title": f"Part {part}",
            "product_items": [{"product_retailer_id": f"p{item}"} for item in range(count)],
        }
        for part, count in enumerate(counts)
    ]
    action = {"thumbnail_product_retailer_id": "p0", "sections": sections}
    parameters = [{"type": "action", "action": action}]
    return {"type": "button", "sub_type": "mpm", "index": "0", "parameters": parameters}


def texts(*values: str) -> Json:
    """Cards with a picture and a text each."""
    reply = button("quick_reply", 0, "payload", "more")
    return {
        "type": "carousel",
        "cards": [
            {"card_index": index, "components": [image(link=PICTURE), body(value), reply]}
            for index, value in enumerate(values)
        ],
    }


def title(value: str) -> Json:
    """The variable of a header."""
    return {"type": "header", "parameters": [{"type": "text", "text": value}]}


def at(index: Any, **changes: Any) -> Json:
    """The parameter of a coupon button, wherever it is said to stand."""
    return {**SAVE, "index": index, **changes}


def action(**inside: Any) -> Json:
    """The parameter of a button that opens a form."""
    parameters = [{"type": "action", "action": inside}]
    return {"type": "button", "sub_type": "flow", "index": "0", "parameters": parameters}


MARA = body("Mara")
END = until(1_790_416_800_000)
SAVE = button("copy_code", 0, "coupon_code", "SAVE20")
SUFFIX = button("url", 1, "text", "mara")
OFFER = (image(link=PICTURE), MARA, END, SAVE, SUFFIX)
CALL = {
    "type": "button",
    "sub_type": "voice_call",
    "index": "0",
    "parameters": [
        {"type": "ttl_minutes", "ttl_minutes": 100},
        {"type": "payload", "payload": "x"},
    ],
}
TAKEN: dict[str, tuple[str, tuple[Json, ...]]] = {
    "place": ("place", (place(), MARA)),
    "place without words": ("place", (place(name=None, address=None), MARA)),
    "coupon of twenty": ("coupon", (MARA, button("copy_code", 0, "coupon_code", "A1" * 10))),
    "offer": ("offer", OFFER),
    "cards in another order": ("cards", (MARA, cards(1, 0))),
    "products": ("products", (MARA, items(1, 2))),
    "call": ("call", (MARA, CALL)),
    "call without more": ("call", (MARA,)),
    "full cards": ("card_texts", (MARA, texts("x" * 151, "x" * 151))),
    "full header": ("title", (title("x" * 54), MARA)),
    "full offer": ("offer", (image(link=PICTURE), body("x" * 560), END, SAVE, SUFFIX)),
    "index as a number": (
        "coupon",
        (MARA, {**button("copy_code", 0, "coupon_code", "A"), "index": 0}),
    ),
    "form": ("flow", (MARA, action(flow_token="a", flow_action_data={"name": {"first": "Mara"}}))),
    "form without more": ("flow", (MARA,)),
    "place as numbers": ("place", (place(latitude=40.4, longitude="-3."), MARA)),
}
REFUSED: dict[str, tuple[int, str, tuple[Json, ...]]] = {
    "place without latitude": (131008, "place", (place(latitude=None), MARA)),
    "place without longitude": (131008, "place", (place(longitude=None), MARA)),
    "place with an empty latitude": (131008, "place", (place(latitude=""), MARA)),
    "place off the map": (131009, "place", (place(latitude="90.1"), MARA)),
    "place in words": (131009, "place", (place(longitude="west"), MARA)),
    "place with a key nobody knows": (100, "place", (place(floor="3"), MARA)),
    "no place": (132012, "place", (MARA,)),
    "two places": (100, "place", (place(), place(), MARA)),
    "coupon with a space": (
        132012,
        "coupon",
        (MARA, button("copy_code", 0, "coupon_code", "SAVE 20")),
    ),
    "coupon with a dash": (
        132012,
        "coupon",
        (MARA, button("copy_code", 0, "coupon_code", "SAVE-20")),
    ),
    "coupon of 21": (132005, "coupon", (MARA, button("copy_code", 0, "coupon_code", "x" * 21))),
    "coupon of spaces": (131008, "coupon", (MARA, button("copy_code", 0, "coupon_code", "  "))),
    "coupon twice": (100, "coupon", (MARA, SAVE, SAVE)),
    "body twice": (100, "coupon", (MARA, MARA, SAVE)),
    "two coupons in one": (
        132000,
        "coupon",
        (MARA, {**SAVE, "parameters": [*SAVE["parameters"], *SAVE["parameters"]]}),
    ),
    "offer without an end": (132012, "offer", (OFFER[0], MARA, SAVE, SUFFIX)),
    "offer that ends twice": (100, "offer", (*OFFER, END)),
    "offer that ends in words": (132012, "offer", (OFFER[0], MARA, until("soon"), SAVE, SUFFIX)),
    "offer that ended before time": (132012, "offer", (OFFER[0], MARA, until(-1), SAVE, SUFFIX)),
    "offer where none is": (132012, "coupon", (MARA, SAVE, END)),
    "a card twice": (100, "cards", (MARA, cards(0, 0))),
    "a card out of range": (131009, "cards", (MARA, cards(0, 2))),
    "one card": (132012, "cards", (MARA, cards(0))),
    "cards twice": (100, "cards", (MARA, cards(0, 1), cards(0, 1))),
    "products without sections": (131009, "products", (MARA, items())),
    "an empty section": (131009, "products", (MARA, items(1, 0))),
    "31 products": (131009, "products", (MARA, items(16, 15))),
    "card beyond 160": (132005, "card_texts", (MARA, texts("a", "x" * 152))),
    "header beyond 60": (132005, "title", (title("x" * 55), MARA)),
    "offer beyond 600": (
        132005,
        "offer",
        (image(link=PICTURE), body("x" * 600), END, SAVE, SUFFIX),
    ),
    "button nowhere": (
        131008,
        "coupon",
        (MARA, {key: value for key, value in SAVE.items() if key != "index"}),
    ),
    **{
        f"button at {index!r}": (100, "coupon", (MARA, at(index)))
        for index in odd(
            0.7,
            0.0,
            False,
            True,
            " 0 ",
            "",
            "0_0",
            "+0",
            "-0",
            "x",
            "0.0",
            "\u0660",
            [0],
            {},
        )
    },
    "button at -1": (100, "coupon", (MARA, at(-1))),
    "button at 3": (132012, "coupon", (MARA, at("3"))),
    "a card at True": (131009, "cards", (MARA, cards(0, True))),
    **{
        f"place at {degrees!r}": (131009, "place", (place(latitude=degrees), MARA))
        for degrees in odd("1_0", " 1", "1 ", "nan", "inf", "1e", "٤", "0x1", True, [1], {"x": 1})
    },
    **{
        f"link with {mark!r}": (132012, "link", (MARA, button("url", 0, "text", f"a{mark}b")))
        for mark in ("\n", "\r", "\t")
    },
    "text with a carriage return": (132012, "coupon", (body("Ma\rra"), SAVE)),
    "cards where none are": (132012, "coupon", (MARA, SAVE, cards())),
    "the same parameter twice": (
        131009,
        "call",
        (MARA, {**CALL, "parameters": [CALL["parameters"][0]] * 2}),
    ),
    **{
        f"call of {minutes!r}": (
            131009,
            "call",
            (MARA, {**CALL, "parameters": [{"type": "ttl_minutes", "ttl_minutes": minutes}]}),
        )
        for minutes in odd(0, -1, True, 1.5, "x", {})
    },
    "form with data in words": (100, "flow", (MARA, action(flow_action_data="x"))),
    "form with an odd token": (100, "flow", (MARA, action(flow_token={"x": 1}))),
    "call with three parameters": (
        132000,
        "call",
        (MARA, {**CALL, "parameters": [*CALL["parameters"], *CALL["parameters"]]}),
    ),
}


@pytest.fixture
async def shop(sim: Sim) -> Sim:
    """A simulator with a template of every kind, approved."""
    for name, content in FORMS.items():
        response = await sim.post(f"{sim.waba}/message_templates", {**content, "name": name})
        assert response.status_code == 200, response.text
    catalog = sim.engine.world.catalog
    await sim.until(
        lambda: all(catalog.by_name[name, "en_US"].status == "APPROVED" for name in FORMS)
    )
    return sim


async def test_taken(shop: Sim) -> None:
    for case, (name, parts) in TAKEN.items():
        response = await shop.send(template(name, "en_US", *parts))
        assert response.status_code == 200, (case, response.text)


async def test_refused(shop: Sim) -> None:
    for case, (code, name, parts) in REFUSED.items():
        refused = await shop.refusal(template(name, "en_US", *copy.deepcopy(parts)))
        assert refused == (400, code), case


@pytest.mark.parametrize("length", [15, 16])
async def test_a_code_has_fifteen_characters(sim: Sim, length: int) -> None:
    for in_body, in_button in ((length, 6), (6, length), (length, length)):
        code = template(
            "login_code",
            "en_US",
            body("1" * in_body),
            button("url", 0, "text", "1" * in_button),
        )
        response = await sim.send(code)
        if length == 15:
            assert response.status_code == 200, response.text
        else:
            assert response.json()["error"]["code"] == 132005


async def test_a_code_has_no_spaces(sim: Sim) -> None:
    code = template("login_code", "en_US", body("482 913"), button("url", 0, "text", "482 913"))
    assert await sim.refusal(code) == (400, 132012)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ({"name": "Sol"}, 131008),
        ({"latitude": 40.4}, 131008),
        ({"latitude": 40.4, "longitude": None}, 131008),
        ({"latitude": True, "longitude": 1}, 131009),
        ({"latitude": 91, "longitude": 0}, 131009),
        ({"latitude": 0, "longitude": -181}, 131009),
    ],
)
async def test_a_place_has_two_coordinates(sim: Sim, location: Json, code: int) -> None:
    message = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "location"}
    assert await sim.refusal({**message, "location": location}) == (400, code)


@pytest.mark.parametrize(
    "parameter",
    [
        {"type": "currency", "currency": {"code": "USD", "amount_1000": 1}},
        {"type": "currency", "currency": {"fallback_value": "$9", "code": "USD"}},
        {"type": "currency", "currency": {"fallback_value": "$9", "amount_1000": 9000}},
        {
            "type": "currency",
            "currency": {"fallback_value": "$9", "code": "USD", "amount_1000": True},
        },
        {"type": "date_time", "date_time": {}},
        {"type": "image", "image": {"link": PICTURE}},
        {"type": "text", "text": "Mara", "image": {}},
    ],
)
async def test_odd_texts(sim: Sim, parameter: Json) -> None:
    message = template("feedback_request", "en_US", {"type": "body", "parameters": [parameter]})
    response = await sim.send(message)
    assert response.status_code == 400
