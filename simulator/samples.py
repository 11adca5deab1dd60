"""The templates a fresh simulator starts with: a believable shop, several languages, every state."""

import time
from typing import Any

from simulator.catalog import Catalog, Template

Component = dict[str, Any]

_QUALITY = {"APPROVED": "GREEN", "PAUSED": "RED"}


def _body(text: str, *examples: str, **named: str) -> Component:
    if named:
        pairs = [{"param_name": key, "example": value} for key, value in named.items()]
        return {"type": "BODY", "text": text, "example": {"body_text_named_params": pairs}}
    if examples:
        return {"type": "BODY", "text": text, "example": {"body_text": [list(examples)]}}
    return {"type": "BODY", "text": text}


def _header(text: str, *examples: str) -> Component:
    header: Component = {"type": "HEADER", "format": "TEXT", "text": text}
    if examples:
        header["example"] = {"header_text": list(examples)}
    return header


def _image(url: str) -> Component:
    return {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [url]}}


def _footer(text: str) -> Component:
    return {"type": "FOOTER", "text": text}


def _buttons(*buttons: Component) -> Component:
    return {"type": "BUTTONS", "buttons": list(buttons)}


def _reply(text: str) -> Component:
    return {"type": "QUICK_REPLY", "text": text}


def _link(text: str, url: str, *example: str) -> Component:
    button: Component = {"type": "URL", "text": text, "url": url}
    if example:
        button["example"] = list(example)
    return button


def _spring_sale(picture: str) -> dict[str, list[Component]]:
    link = "https://shop.lumen.example/spring/{{1}}"
    return {
        "en_US": [
            _image(picture),
            _body(
                "Hi {{1}}, spring is here! Enjoy {{2}} off everything in the shop until Sunday.",
                "Mara",
                "20%",
            ),
            _footer("Lumen Market · Reply STOP to opt out"),
            _buttons(
                _reply("Show me more"), _reply("Stop promotions"), _link("Shop now", link, "mara")
            ),
        ],
        "es": [
            _image(picture),
            _body(
                "Hola {{1}}, ¡llegó la primavera! Disfruta de un {{2}} de descuento en toda la tienda "
                "hasta el domingo.",
                "Mara",
                "20 %",
            ),
            _footer("Lumen Market · Responde BAJA para no recibir más"),
            _buttons(_reply("Ver más"), _reply("No más ofertas"), _link("Comprar", link, "mara")),
        ],
        "pt_BR": [
            _image(picture),
            _body(
                "Oi {{1}}, a primavera chegou! Aproveite {{2}} de desconto em toda a loja até domingo.",
                "Mara",
                "20%",
            ),
            _footer("Lumen Market · Responda SAIR para não receber mais"),
            _buttons(_reply("Quero ver"), _reply("Parar ofertas"), _link("Comprar", link, "mara")),
        ],
    }


def _order_ready() -> dict[str, list[Component]]:
    texts = {
        "en_US": (
            "Order {{1}}",
            "Hi {{1}}, your order {{2}} is ready to collect at {{3}}.",
            "Track order",
        ),
        "es": (
            "Pedido {{1}}",
            "Hola {{1}}, tu pedido {{2}} está listo para recoger en {{3}}.",
            "Seguir",
        ),
        "pt_BR": (
            "Pedido {{1}}",
            "Oi {{1}}, seu pedido {{2}} está pronto para retirada em {{3}}.",
            "Ver",
        ),
    }
    return {
        language: [
            _header(header, "A-81"),
            _body(body, "Mara", "A-81", "Lumen Market, Elm Street"),
            _footer("Lumen Market"),
            _buttons(_link(label, "https://shop.lumen.example/orders/{{1}}", "A-81")),
        ]
        for language, (header, body, label) in texts.items()
    }


def _named(picture: str) -> list[tuple[str, str, str, list[Component]]]:
    return [
        (
            "welcome_offer",
            "en_US",
            "MARKETING",
            [
                _body(
                    "Welcome to Lumen Market, {{first_name}}! Here is {{discount}} off your first order. "
                    "Just show this message at the counter.",
                    first_name="Mara",
                    discount="15%",
                ),
                _footer("Reply STOP to opt out"),
                _buttons(_reply("Thanks!"), _reply("Stop promotions")),
            ],
        ),
        (
            "appointment_reminder",
            "en_US",
            "UTILITY",
            [
                _header("Your appointment"),
                _body(
                    "Hello {{first_name}}, this is a reminder of your appointment on {{date}} at {{time}}. "
                    "Can you make it?",
                    first_name="Mara",
                    date="4 May",
                    time="10:30",
                ),
                _buttons(_reply("Confirm"), _reply("Reschedule"), _reply("Cancel")),
            ],
        ),
        (
            "new_arrivals",
            "en_US",
            "MARKETING",
            [
                _image(picture),
                _body(
                    "Fresh in this week, {{first_name}}: see what just landed.", first_name="Mara"
                ),
                _buttons(_link("See what is new", "https://shop.lumen.example/new")),
            ],
        ),
    ]


def _plain() -> list[tuple[str, str, str, list[Component]]]:
    return [
        (
            "hello_world",
            "en_US",
            "UTILITY",
            [_header("Hello World"), _body("Welcome and congratulations!!")],
        ),
        (
            "delivery_update",
            "en_US",
            "UTILITY",
            [
                _body(
                    "Hi {{1}}, your parcel {{2}} arrives today between {{3}}.",
                    "Mara",
                    "A-81",
                    "2 and 4 pm",
                ),
                _buttons(
                    _reply("Leave at door"),
                    _reply("I will be home"),
                    {
                        "type": "PHONE_NUMBER",
                        "text": "Call the courier",
                        "phone_number": "+34611555011",
                    },
                ),
            ],
        ),
        (
            "feedback_request",
            "en_US",
            "MARKETING",
            [
                _body("Hi {{1}}, how did you like your last order with us?", "Mara"),
                _buttons(_reply("Loved it"), _reply("It was fine"), _reply("Not happy")),
            ],
        ),
        (
            "member_coupon",
            "en_US",
            "MARKETING",
            [
                _body(
                    "Your members' code is ready, {{1}}. Use it before Friday and save on everything.",
                    "Mara",
                ),
                _buttons({"type": "COPY_CODE", "text": "Copy code", "example": ["SAVE20"]}),
            ],
        ),
        (
            "login_code",
            "en_US",
            "AUTHENTICATION",
            [
                {"type": "BODY", "add_security_recommendation": True},
                {"type": "FOOTER", "code_expiration_minutes": 5},
                _buttons({"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"}),
            ],
        ),
    ]


_PRODUCTS = """
coffee tea bread cheese olive_oil honey pasta wine chocolate flowers ceramics candles soap linen
baskets plants
"""


def _generated() -> list[tuple[str, str, str, list[Component]]]:
    return [
        (
            f"restock_{product}",
            "en_US",
            "MARKETING",
            [
                _body(
                    f"Good news, {{{{1}}}}: our {product.replace('_', ' ')} is back in stock. "
                    "Shall we put one aside for you?",
                    "Mara",
                ),
                _footer("Reply STOP to opt out"),
                _buttons(_reply("Yes please"), _reply("Not this time")),
            ],
        )
        for product in _PRODUCTS.split()
    ]


def _unavailable() -> list[tuple[str, str, list[Component]]]:
    return [
        (
            "flash_weekend",
            "PAUSED",
            [
                _body("Only this weekend, {{1}}: two for one on everything.", "Mara"),
                _footer("Lumen Market"),
            ],
        ),
        (
            "win_big_now",
            "REJECTED",
            [_body("You have won a prize! Answer now to claim it, {{1}} !", "Mara")],
        ),
        (
            "autumn_preview",
            "PENDING",
            [_body("A first look at autumn, {{1}}, before anyone else.", "Mara")],
        ),
        (
            "old_newsletter",
            "DISABLED",
            [_body("Our monthly news for you, {{1}}, is here.", "Mara")],
        ),
    ]


def fill(catalog: Catalog, public_url: str) -> None:
    """Adds every sample to an empty catalog, ids stable over restarts."""
    picture = f"{public_url.rstrip('/')}/_sim/sample/spring.png"
    rows: list[tuple[str, str, str, list[Component], str]] = []
    for language, components in _spring_sale(picture).items():
        rows.append(("spring_sale", language, "MARKETING", components, "APPROVED"))
    for language, components in _order_ready().items():
        rows.append(("order_ready", language, "UTILITY", components, "APPROVED"))
    rows.extend((*found, "APPROVED") for found in (*_named(picture), *_plain(), *_generated()))
    rows.extend(
        (name, "en_US", "MARKETING", components, status)
        for name, status, components in _unavailable()
    )
    now = int(time.time()) - 86_400
    for place, (name, language, category, components, status) in enumerate(rows):
        named = any("named_params" in str(component.get("example", "")) for component in components)
        catalog.put(
            Template(
                id=str(1_387_372_356_700_001 + place),
                name=name,
                language=language,
                category=category,
                components=components,
                status=status,
                parameter_format="NAMED" if named else "POSITIONAL",
                quality=_QUALITY.get(status, "UNKNOWN"),
                rejected_reason="PROMOTIONAL" if status == "REJECTED" else "NONE",
                updated=now,
            )
        )
