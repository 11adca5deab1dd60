"""Business numbers: list, fields, health, registration, webhook override and profile."""

from typing import Any

from starlette.responses import Response

from simulator.account import Standing
from simulator.config import Quality, Throughput
from simulator.drafts import OF_EVERY_CALL
from simulator.errors import GraphError, unknown_object
from simulator.graph.call import SUCCESS, Call, reply
from simulator.graph.paging import asked_page, paging
from simulator.graph.selection import inside_of, selected
from simulator.phone_numbers import calling_code, country_of
from simulator.readings import count_of, host_of, text_of
from simulator.shapes import only
from simulator.world import Number

DEFAULT_FIELDS = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "id",
)
NODE = "WhatsAppBusinessAccountToNumberCurrentStatus"
EMPTY_FIELDS = frozenset(
    {
        "certificate", "new_certificate", "new_display_name", "conversational_automation",
        "eligibility_for_api_business_global_search", "host_platform",
        "last_onboarded_time", "official_business_account", "search_visibility", "username",
        "settings", "unified_cert_status",
    }
)  # fmt: skip
"""Fields that Meta has and that are always empty here."""

REGISTRATIONS = 10
PIN_DIGITS = 6
REGISTER_S = 72 * 3_600


def number_node(call: Call, number: Number) -> dict[str, Any]:
    """Every field of a number."""
    config, world = number.config, call.world
    level = "HIGH" if number.state.throughput is Throughput.HIGH else "STANDARD"
    return {
        "id": number.id,
        "display_phone_number": config.display_number,
        "verified_name": config.verified_name,
        "quality_rating": number.state.quality_rating,
        "quality_score": {"score": number.state.quality_rating},
        "country_code": country_of(number.digits),
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "new_name_status": "NONE",
        "status": _status(call, number),
        "platform_type": "CLOUD_API",
        "account_mode": "LIVE",
        "is_on_biz_app": number.state.throughput is Throughput.COEXISTENCE,
        "is_official_business_account": False,
        "throughput": {"level": level},
        "whatsapp_business_manager_messaging_limit": world.account.messaging_tier,
        "messaging_limit_tier": world.account.messaging_tier,
        "health_status": health(call, number),
        "webhook_configuration": _webhook_configuration(call, number),
        "is_preverified_number": False,
        "is_pin_enabled": number.registered,
        "country_dial_code": calling_code(number.digits),
        "whatsapp_business_profile": lambda wish: {"data": [_profile(number, inside_of(wish))]},
    }


_STATUS = {
    Standing.ACTIVE: "CONNECTED",
    Standing.TO_BE_DISABLED: "CONNECTED",
    Standing.RESTRICTED: "RESTRICTED",
    Standing.DISABLED: "BANNED",
}


def _status(call: Call, number: Number) -> str:
    if not number.registered:
        return "DISCONNECTED"
    standing = call.world.account.standing
    flagged = standing is Standing.ACTIVE and number.state.quality_rating is Quality.RED
    return "FLAGGED" if flagged else _STATUS[standing]


def health(call: Call, number: Number | None) -> dict[str, Any]:
    """`health_status`: the worst of number, account, business and app."""
    config = call.world.config
    entities: list[dict[str, Any]] = []
    if number is not None:
        state = "AVAILABLE" if number.registered else "BLOCKED"
        entity: dict[str, Any] = {
            "entity_type": "PHONE_NUMBER",
            "id": number.id,
            "can_send_message": state,
        }
        if not number.registered:
            entity["errors"] = [
                {
                    "error_code": 141000,
                    "error_description": "The phone number is not registered.",
                    "possible_solution": "Register the number before sending messages.",
                }
            ]
        entities.append(entity)
    for kind, identifier in (
        ("WABA", config.waba_id),
        ("BUSINESS", config.business_id),
        ("APP", config.app_id),
    ):
        entities.append({"entity_type": kind, "id": identifier, **_standing_health(call, kind)})
    blocked = any(entity["can_send_message"] == "BLOCKED" for entity in entities)
    return {"can_send_message": "BLOCKED" if blocked else "AVAILABLE", "entities": entities}


def _standing_health(call: Call, kind: str) -> dict[str, Any]:
    standing = call.world.account.standing
    if kind != "WABA" or standing in (Standing.ACTIVE, Standing.TO_BE_DISABLED):
        return {"can_send_message": "AVAILABLE"}
    error = {
        "error_code": 141006 if standing is Standing.RESTRICTED else 131031,
        "error_description": f"The WhatsApp Business Account is {standing.value.lower()}.",
        "possible_solution": "Open Business Support Home and ask for a review.",
    }
    return {"can_send_message": "BLOCKED", "errors": [error]}


def _webhook_configuration(call: Call, number: Number) -> dict[str, str]:
    addresses = {
        "application": call.world.callback_url,
        "whatsapp_business_account": call.world.override_url,
        "phone_number": number.override_url,
    }
    return {name: address for name, address in addresses.items() if address}


def number_of(call: Call) -> Number:
    """The number a call is about."""
    number = call.world.numbers_by_id.get(call.node)
    if number is None:
        raise unknown_object(call.node, call.request.method)
    return number


async def list_numbers(call: Call) -> Response:
    """`GET /{WABA}/phone_numbers`."""
    return reply(numbers_edge(call, call.query))


def numbers_edge(call: Call, query: dict[str, str]) -> dict[str, Any]:
    """The account's numbers, as a separate edge or nested in the account."""
    page = asked_page(call.world.numbers, [number.id for number in call.world.numbers], query)
    data = [_selected(call, number, query.get("fields")) for number in page.items]
    return {"data": data, **paging(call, "phone_numbers", query, page)}


def _selected(call: Call, number: Number, fields: str | None) -> dict[str, Any]:
    return selected(number_node(call, number), fields, DEFAULT_FIELDS, NODE, EMPTY_FIELDS)


async def get_number(call: Call) -> Response:
    """`GET /{PHONE}`."""
    return reply(_selected(call, number_of(call), call.query.get("fields")))


async def change_number(call: Call) -> Response:
    """`POST /{PHONE}` with a webhook override, which an empty address removes, or with a new PIN."""
    number = number_of(call)
    fields = await call.fields()
    only(fields, OF_EVERY_CALL | {"webhook_configuration", "pin"}, "phone_number")
    configuration = fields.get("webhook_configuration")
    if not isinstance(configuration, dict) and "pin" not in fields:
        raise GraphError(100, message="(#100) Nothing to change.")
    pin = _pin(fields) if "pin" in fields else number.pin
    if isinstance(configuration, dict):
        address = text_of(configuration.get("override_callback_uri"))
        await checked_callback(call, address, text_of(configuration.get("verify_token")))
        number.override_url = address or None
        call.world.write_subscription()
    number.pin = pin
    return reply(SUCCESS)


async def checked_callback(call: Call, address: str, verify_token: str) -> None:
    """Runs the handshake with a new callback address."""
    if not address:
        return
    if host_of(address) is None:
        raise GraphError(100, message="(#100) override_callback_uri is not a valid URL.")
    if not await call.engine.pump.verify(address, verify_token):
        raise GraphError(
            2200,
            status=400,
            message=(
                "(#2200) Callback verification failed: the address did not answer 200 "
                "with the challenge."
            ),
        )


async def register(call: Call) -> Response:
    """`POST /{PHONE}/register`: the first PIN is the number's from then on."""
    number, fields = number_of(call), await call.fields()
    known = OF_EVERY_CALL | {"messaging_product", "pin", "data_localization_region", "backup"}
    only(fields, known, "register")
    if fields.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    pin = _pin(fields)
    _count_registration(call, number)
    if number.pin not in (None, pin):
        raise GraphError(133005, "The two-step verification PIN is another one.")
    number.pin, number.registered = pin, True
    return reply(SUCCESS)


def _pin(fields: dict[str, Any]) -> str:
    pin = text_of(fields.get("pin"))
    if len(pin) != PIN_DIGITS or count_of(pin) is None:
        raise GraphError(100, message=f"(#100) Param pin must be {PIN_DIGITS} digits.")
    return pin


async def deregister(call: Call) -> Response:
    """`POST /{PHONE}/deregister`; the PIN stays."""
    number = number_of(call)
    only(await call.fields(), OF_EVERY_CALL | {"messaging_product"}, "deregister")
    _count_registration(call, number)
    number.registered = False
    return reply(SUCCESS)


def _count_registration(call: Call, number: Number) -> None:
    """Ten times in 72 hours; more attempts lock the number out for as long."""
    recent = [moment for moment in number.registrations if moment > call.now - REGISTER_S]
    if len(recent) >= REGISTRATIONS:
        raise GraphError(
            133016, "Registration and deregistration are limited to 10 requests in 72 hours."
        )
    number.registrations = [*recent, call.now]


PROFILE_FIELDS = (
    "about", "address", "description", "email", "profile_picture_url", "websites", "vertical",
    "messaging_product",
)  # fmt: skip


def profile_of(number: Number) -> dict[str, Any]:
    """What people see of the business."""
    return {
        "about": f"{number.config.verified_name} on WhatsApp",
        "description": "A shop that exists in this simulator only.",
        "vertical": "RETAIL",
        "websites": ["https://shop.lumen.example"],
        "messaging_product": "whatsapp",
        **number.profile,
    }


def _profile(number: Number, fields: str | None) -> dict[str, Any]:
    default = ("messaging_product",)
    node = profile_of(number)
    return selected(node, fields, default, "WhatsAppBusinessProfile", PROFILE_FIELDS)


async def get_profile(call: Call) -> Response:
    """`GET /{PHONE}/whatsapp_business_profile`."""
    return reply({"data": [_profile(number_of(call), call.query.get("fields"))]})


async def change_profile(call: Call) -> Response:
    """`POST /{PHONE}/whatsapp_business_profile`: only what is given changes."""
    number, fields = number_of(call), await call.fields()
    known = {*PROFILE_FIELDS, "profile_picture_handle"} - {"profile_picture_url"}
    only(fields, OF_EVERY_CALL | known, "whatsapp_business_profile")
    if fields.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    handle = fields.get("profile_picture_handle")
    if handle is not None and not call.world.uploads.holds(text_of(handle)):
        raise GraphError(100, message="(#100) Param profile_picture_handle is not an upload.")
    number.profile |= {name: fields[name] for name in known & fields.keys() & {*PROFILE_FIELDS}}
    return reply(SUCCESS)
