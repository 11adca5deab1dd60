"""Interactive messages of every type: what Meta takes, and what it refuses."""

from typing import Any

import pytest

from tests.simulator.harness import CUSTOMER, PICTURE, Json, Sim, odd

pytestmark = pytest.mark.fault("8A")


def interactive(kind: str, action: Json, **parts: Any) -> Json:
    """An interactive message; a part that is None is left out."""
    content = {"type": kind, "body": {"text": "Have a look"}, "action": action, **parts}
    content = {key: value for key, value in content.items() if value is not None}
    message = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "interactive"}
    return {**message, "interactive": content}


IMAGE = {"type": "image", "image": {"link": PICTURE}}
TITLE = {"type": "text", "text": "Our shop"}
LINK: Json = {
    "name": "cta_url",
    "parameters": {"display_text": "Open", "url": "https://example.org"},
}


def card(index: Any, **changes: Any) -> Json:
    """A card of a carousel."""
    plain = {"card_index": index, "type": "cta_url", "header": IMAGE, "action": LINK}
    return {**plain, "body": {"text": "Ten percent"}, **changes}


def replies(*titles: str) -> Json:
    """Quick replies of a card."""
    return {
        "buttons": [
            {"type": "quick_reply", "quick_reply": {"id": title, "title": title}}
            for title in titles
        ]
    }


def products(*counts: int) -> Json:
    """A list of products by section."""
    sections = [
        {
            "title": f"Part {place}",
            "product_items": [{"product_retailer_id": f"p{item}"} for item in range(count)],
        }
        for place, count in enumerate(counts)
    ]
    return {"catalog_id": "194836987003835", "sections": sections}


FLOW = {
    "flow_message_version": "3",
    "flow_id": "882201",
    "flow_cta": "Start",
    "flow_token": "ft-81",
    "flow_action": "navigate",
    "flow_action_payload": {"screen": "WELCOME", "data": {"name": "Mara"}},
}
PRODUCT = {"catalog_id": "194836987003835", "product_retailer_id": "coffee"}


def flow(**changes: Any) -> Json:
    """A message that opens a form."""
    parameters = {key: value for key, value in {**FLOW, **changes}.items() if value is not None}
    return interactive("flow", {"name": "flow", "parameters": parameters})


ACCEPTED = {
    "catalog": interactive("catalog_message", {"name": "catalog_message"}),
    "catalog with a thumbnail": interactive(
        "catalog_message",
        {"name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "coffee"}},
        footer={"text": "Lumen"},
    ),
    "product": interactive("product", PRODUCT, body=None),
    "product with words": interactive("product", PRODUCT, footer={"text": "Lumen"}),
    "products": interactive("product_list", products(2, 3), header=TITLE),
    "carousel of links": interactive("carousel", {"cards": [card(0), card(1)]}),
    "carousel of replies": interactive(
        "carousel", {"cards": [card(index, action=replies("Yes", "No")) for index in (1, 0, 2)]}
    ),
    "carousel of products": interactive(
        "carousel",
        {"cards": [{"card_index": at, "type": "product", "action": PRODUCT} for at in (0, 1)]},
    ),
    "call permission": interactive("call_permission_request", {"name": "call_permission_request"}),
    "call permission without words": interactive(
        "call_permission_request", {"name": "call_permission_request"}, body=None
    ),
    "call": interactive(
        "voice_call", {"name": "voice_call", "parameters": {"display_text": "Call us"}}
    ),
    "location": interactive("location_request_message", {"name": "send_location"}),
    "number": interactive("request_contact_info", {"name": "request_contact_info"}),
    "address": interactive(
        "address_message", {"name": "address_message", "parameters": {"country": "IN"}}
    ),
    "flow": flow(),
    "flow that only has to be named": flow(flow_action=None, flow_action_payload=None),
    "address in Singapore": interactive(
        "address_message", {"name": "address_message", "parameters": {"country": "SG"}}
    ),
    "call for an hour": interactive(
        "voice_call", {"name": "voice_call", "parameters": {"ttl_minutes": 60}}
    ),
    "link": interactive("cta_url", LINK, header=IMAGE, footer={"text": "Lumen"}),
}


@pytest.mark.parametrize("message", ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_accepted_and_shown(sim: Sim, message: Json) -> None:
    await sim.accepted(message)
    [shown] = (await sim.get(f"_sim/customers/{CUSTOMER[1:]}/thread"))["messages"]
    assert shown["buttons"] or shown["cards"]


def link(**changes: Any) -> Json:
    """An action that opens an address."""
    return {**LINK, "parameters": {**LINK["parameters"], **changes}}


def reply(identifier: str, title: str) -> Json:
    """An action with one reply button."""
    return {"buttons": [{"type": "reply", "reply": {"id": identifier, "title": title}}]}


def sections(**changes: Any) -> Json:
    """A list message's action with one section."""
    section = {"title": "A", "rows": [{"id": "1", "title": "Row"}], **changes}
    return {"button": "Choose", "sections": [section]}


REFUSED: dict[str, tuple[int, Json]] = {
    "empty section": (131009, interactive("list", sections(rows=[]))),
    "section without rows": (131009, interactive("list", sections(rows=None))),
    "list with a picture": (131009, interactive("list", sections(), header=IMAGE)),
    "empty section of products": (
        131009,
        interactive("product_list", products(1, 0), header=TITLE),
    ),
    "31 products": (131009, interactive("product_list", products(16, 15), header=TITLE)),
    "products without header": (131008, interactive("product_list", products(1))),
    "products without body": (
        131008,
        interactive("product_list", products(1), header=TITLE, body=None),
    ),
    "product with a header": (131009, interactive("product", PRODUCT, header=TITLE)),
    "product without catalog": (
        131008,
        interactive("product", {"product_retailer_id": "coffee"}),
    ),
    "catalog by another name": (131009, interactive("catalog_message", {"name": "catalog"})),
    "catalog without body": (
        131008,
        interactive("catalog_message", {"name": "catalog_message"}, body=None),
    ),
    "one card": (131009, interactive("carousel", {"cards": [card(0)]})),
    "eleven cards": (131009, interactive("carousel", {"cards": [card(i) for i in range(11)]})),
    "a card twice": (131009, interactive("carousel", {"cards": [card(0), card(0)]})),
    "a card left out": (131009, interactive("carousel", {"cards": [card(0), card(2)]})),
    "cards that differ in buttons": (
        131009,
        interactive("carousel", {"cards": [card(0), card(1, action=replies("Yes"))]}),
    ),
    "cards that differ in the header": (
        131009,
        interactive(
            "carousel",
            {"cards": [card(0), card(1, header={"type": "video", "video": {"link": PICTURE}})]},
        ),
    ),
    "card without header": (
        131008,
        interactive("carousel", {"cards": [card(0, header=None), card(1, header=None)]}),
    ),
    "card with a long text": (
        100,
        interactive("carousel", {"cards": [card(0, body={"text": "x" * 161}), card(1)]}),
    ),
    "card with three line breaks": (
        131009,
        interactive("carousel", {"cards": [card(0, body={"text": "a\nb\nc\nd"}), card(1)]}),
    ),
    "carousel with a footer": (
        131009,
        interactive("carousel", {"cards": [card(0), card(1)]}, footer={"text": "Bye"}),
    ),
    "carousel without body": (
        131008,
        interactive("carousel", {"cards": [card(0), card(1)]}, body=None),
    ),
    "call permission by another name": (
        131009,
        interactive("call_permission_request", {"name": "call"}),
    ),
    "location with a footer": (
        131009,
        interactive("location_request_message", {"name": "send_location"}, footer={"text": "Bye"}),
    ),
    "flow label with an emoji": (131009, flow(flow_cta="Start 🚀")),
    "flow by id and name": (131008, flow(flow_name="signup")),
    "flow with empty data": (131009, flow(flow_action_payload={"screen": "A", "data": {}})),
    "exchange with a payload": (131009, flow(flow_action="data_exchange")),
    "flow in a mode nobody knows": (131009, flow(mode="live")),
    "form without a screen": (131008, flow(flow_action_payload=None)),
    "form with a blank screen": (131008, flow(flow_action_payload={"screen": " "})),
    "form with an odd token": (100, flow(flow_token={"x": 1})),
    "form with an odd id": (131008, flow(flow_id={"x": 1})),
    "blank body": (131008, interactive("cta_url", LINK, body={"text": " \n"})),
    "blank label": (131008, interactive("cta_url", link(display_text="  "))),
    "blank button": (131008, interactive("button", reply("a", " "))),
    "blank id": (131008, interactive("button", reply(" ", "Yes"))),
    "blank row": (131008, interactive("list", sections(rows=[{"id": "1", "title": " "}]))),
    "blank reply of a card": (
        131008,
        interactive("carousel", {"cards": [card(0, action=replies(" ")), card(1)]}),
    ),
    "reply of a card without a type": (
        131009,
        interactive(
            "carousel",
            {
                "cards": [card(0, action={"buttons": [{"quick_reply": {"id": "a", "title": "A"}}]})]
                * 2
            },
        ),
    ),
    "card at True": (131009, interactive("carousel", {"cards": [card(0), card("1_0")]})),
    **{
        f"link to {url!r}": (131009, interactive("cta_url", link(url=url)))
        for url in ("https://", "https:///x", "https://exa mple.org", "https://[x", "example.org")
    },
    **{
        f"address in {country}": (
            131009,
            interactive(
                "address_message", {"name": "address_message", "parameters": {"country": country}}
            ),
        )
        for country in ("DE", "US", "XX")
    },
    **{
        f"call of {minutes!r}": (
            131009,
            interactive(
                "voice_call", {"name": "voice_call", "parameters": {"ttl_minutes": minutes}}
            ),
        )
        for minutes in odd("x", 0, -1, True, 1.5, {})
    },
    "unknown type": (131009, interactive("poll", {"name": "poll"})),
}


@pytest.mark.parametrize(("code", "message"), REFUSED.values(), ids=REFUSED.keys())
async def test_refused(sim: Sim, code: int, message: Json) -> None:
    assert await sim.refusal(message) == (400, code)
