"""Business numbers: list, fields, health, registration, webhook override, profile and block list."""

from typing import Any

from starlette.responses import Response

from simulator.account import Standing
from simulator.config import Throughput
from simulator.errors import GraphError, unknown_object
from simulator.graph.call import SUCCESS, Call, reply, selected
from simulator.phone_numbers import recipient_digits
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


def number_node(call: Call, number: Number) -> dict[str, Any]:
    """Every field of a number."""
    config, world = number.config, call.world
    level = "HIGH" if number.state.throughput is Throughput.HIGH else "STANDARD"
    return {
        "id": number.id,
        "display_phone_number": config.display_number,
        "verified_name": config.verified_name,
        "quality_rating": number.state.quality_rating,
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
    }


_STATUS = {
    Standing.ACTIVE: "CONNECTED",
    Standing.RESTRICTED: "RESTRICTED",
    Standing.DISABLED: "BANNED",
}


def _status(call: Call, number: Number) -> str:
    return _STATUS[call.world.account.standing] if number.registered else "DISCONNECTED"


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
    if kind != "WABA" or standing is Standing.ACTIVE:
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
        raise unknown_object(call.node)
    return number


async def list_numbers(call: Call) -> Response:
    """`GET /{WABA}/phone_numbers`."""
    fields = call.query.get("fields")
    data = [
        selected(number_node(call, number), fields, DEFAULT_FIELDS) for number in call.world.numbers
    ]
    cursors = {"before": "QVFIUm51bWJlcnM", "after": "QVFIUm51bWJlcnM"}
    return reply({"data": data, "paging": {"cursors": cursors}})


async def get_number(call: Call) -> Response:
    """`GET /{PHONE}`."""
    node = number_node(call, number_of(call))
    return reply(selected(node, call.query.get("fields"), DEFAULT_FIELDS))


async def change_number(call: Call) -> Response:
    """`POST /{PHONE}` with a webhook override; an empty address removes it."""
    number = number_of(call)
    configuration = (await call.fields()).get("webhook_configuration")
    if not isinstance(configuration, dict):
        raise GraphError(100, message="(#100) Nothing to change.")
    address = str(configuration.get("override_callback_uri") or "")
    await checked_callback(call, address, str(configuration.get("verify_token") or ""))
    number.override_url = address or None
    call.world.write_subscription()
    return reply(SUCCESS)


async def checked_callback(call: Call, address: str, verify_token: str) -> None:
    """Runs the handshake with a new callback address."""
    if not address:
        return
    if not address.startswith(("http://", "https://")):
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
    """`POST /{PHONE}/register`."""
    fields = await call.fields()
    pin = str(fields.get("pin", ""))
    if fields.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    if len(pin) != 6 or not pin.isdecimal():
        raise GraphError(100, message="(#100) Param pin must be 6 digits.")
    number_of(call).registered = True
    return reply(SUCCESS)


async def deregister(call: Call) -> Response:
    """`POST /{PHONE}/deregister`."""
    number_of(call).registered = False
    return reply(SUCCESS)


async def get_profile(call: Call) -> Response:
    """`GET /{PHONE}/whatsapp_business_profile`."""
    number = number_of(call)
    profile = {
        "messaging_product": "whatsapp",
        "about": f"{number.config.verified_name} on WhatsApp",
        "description": "A shop that exists in this simulator only.",
        "vertical": "RETAIL",
        "websites": ["https://shop.lumen.example"],
    }
    return reply({"data": [profile]})


async def list_blocked(call: Call) -> Response:
    """`GET /{PHONE}/block_users`."""
    data = [
        {"messaging_product": "whatsapp", "wa_id": digits}
        for digits in sorted(number_of(call).block_list)
    ]
    return reply({"data": data, "paging": {"cursors": {}}})


async def change_blocked(call: Call) -> Response:
    """`POST` and `DELETE /{PHONE}/block_users`."""
    number = number_of(call)
    users = (await call.fields()).get("block_users")
    if not isinstance(users, list) or not users:
        raise GraphError(100, message="(#100) The parameter block_users is required.")
    changed: list[dict[str, str]] = []
    for user in users:
        raw = str(user.get("user", "")) if isinstance(user, dict) else ""
        digits = recipient_digits(raw, number.digits)
        if digits is None:
            raise GraphError(139101, status=400, message="(#139101) Invalid user.")
        if call.request.method == "POST":
            number.block_list.add(digits)
        else:
            number.block_list.discard(digits)
        changed.append({"input": raw, "wa_id": digits})
    key = "added_users" if call.request.method == "POST" else "removed_users"
    return reply({"messaging_product": "whatsapp", "block_users": {key: changed}})
