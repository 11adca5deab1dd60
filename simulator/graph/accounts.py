"""The business account and the app: fields, webhook subscriptions and token inspection."""

from typing import Any

from starlette.responses import Response

from simulator.drafts import OF_EVERY_CALL
from simulator.errors import GraphError
from simulator.graph.call import SUCCESS, Call, reply
from simulator.graph.numbers import checked_callback, health, numbers_edge
from simulator.graph.selection import edge_query, selected
from simulator.graph.template_list import templates_edge
from simulator.readings import text_of
from simulator.shapes import only

EMPTY_FIELDS = frozenset(
    {
        "analytics", "pricing_analytics", "conversation_analytics", "template_analytics",
        "auth_international_rate_eligibility", "business", "creation_time",
        "primary_funding_id", "purchase_order_number", "primary_business_location",
        "whatsapp_business_manager_messaging_limit", "assigned_users", "is_shared_with_partners",
    }
)  # fmt: skip
"""Fields that Meta has and that are always empty here."""

_OF_SUBSCRIPTION = {"object", "callback_url", "verify_token", "include_values"}

SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging", "business_management")


async def get_account(call: Call) -> Response:
    """`GET /{WABA}`."""
    config, onboarding = call.world.config, call.world.account.marketing_onboarding
    node: dict[str, Any] = {
        "id": config.waba_id,
        "name": config.waba_name,
        "currency": "USD",
        "timezone_id": "1",
        "country": "ES",
        "message_template_namespace": f"ns_{config.waba_id}",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "ownership_type": "SELF",
        "owner_business_info": {"name": config.waba_name, "id": config.business_id},
        "marketing_messages_onboarding_status": onboarding,
        "marketing_messages_lite_api_status": onboarding,
        "disable_marketing_messages_on_cloud_api": call.world.account.cloud_marketing_disabled,
        "health_status": health(call, None),
        "status": "ACTIVE",
        "is_enabled_for_insights": False,
        "on_behalf_of_business_info": {
            "name": config.waba_name, "id": config.business_id, "status": "APPROVED",
            "type": "SELF",
        },
        "phone_numbers": lambda wish: numbers_edge(call, edge_query(wish)),
        "message_templates": lambda wish: templates_edge(call, edge_query(wish)),
        "subscribed_apps": lambda _: subscribed_apps(call),
    }  # fmt: skip
    default = ("id", "name", "currency", "timezone_id", "message_template_namespace")
    fields = call.query.get("fields")
    return reply(selected(node, fields, default, "WhatsAppBusinessAccount", EMPTY_FIELDS))


async def get_subscribed_apps(call: Call) -> Response:
    """`GET /{WABA}/subscribed_apps`."""
    return reply(subscribed_apps(call))


def subscribed_apps(call: Call) -> dict[str, Any]:
    """The apps subscribed to the account, as a separate edge or nested in the account."""
    world = call.world
    if not world.subscribed:
        return {"data": []}
    config = world.config
    app: dict[str, Any] = {
        "whatsapp_business_api_data": {
            "id": config.app_id,
            "link": f"https://www.facebook.com/games/?app_id={config.app_id}",
            "name": config.app_name,
        }
    }
    if world.override_url:
        app["override_callback_uri"] = world.override_url
    return {"data": [app]}


async def subscribe_app(call: Call) -> Response:
    """`POST /{WABA}/subscribed_apps`; without an address it clears the account's override."""
    fields = await call.fields()
    only(fields, OF_EVERY_CALL | {"override_callback_uri", "verify_token"}, "subscribed_apps")
    address = text_of(fields.get("override_callback_uri"))
    await checked_callback(call, address, text_of(fields.get("verify_token")))
    call.world.override_url = address or None
    call.world.subscribed = True
    call.world.write_subscription()
    return reply(SUCCESS)


async def unsubscribe_app(call: Call) -> Response:
    """`DELETE /{WABA}/subscribed_apps`."""
    only(await call.fields(), OF_EVERY_CALL, "subscribed_apps")
    call.world.subscribed = False
    call.world.write_subscription()
    return reply(SUCCESS)


async def get_subscriptions(call: Call) -> Response:
    """`GET /{APP}/subscriptions`."""
    address = call.world.callback_url
    data = []
    if address:
        fields = [{"name": name, "version": "v23.0"} for name in ("messages", "user_preferences")]
        data.append(
            {
                "object": "whatsapp_business_account",
                "callback_url": address,
                "active": True,
                "fields": fields,
            }
        )
    return reply({"data": data})


async def set_subscription(call: Call) -> Response:
    """`POST /{APP}/subscriptions`: the app's own callback."""
    fields = await call.fields()
    only(fields, OF_EVERY_CALL | _OF_SUBSCRIPTION, "subscriptions")
    if fields.get("object") != "whatsapp_business_account":
        raise GraphError(100, message="(#100) Param object must be whatsapp_business_account.")
    address, token = text_of(fields.get("callback_url")), text_of(fields.get("verify_token"))
    if not address:
        raise GraphError(100, message="(#100) The parameter callback_url is required.")
    await checked_callback(call, address, token)
    call.world.callback_url, call.world.verify_token = address, token
    call.engine.pump.verified = True
    call.world.write_subscription()
    return reply(SUCCESS)


async def debug_token(call: Call) -> Response:
    """`GET /debug_token?input_token=…`."""
    config = call.world.config
    token = call.query.get("input_token", "")
    if token not in config.access_tokens:
        error = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 467}
        return reply({"data": {"error": error, "is_valid": False, "scopes": []}})
    targets = [config.waba_id]
    return reply(
        {
            "data": {
                "app_id": config.app_id,
                "type": "SYSTEM_USER",
                "application": config.app_name,
                "data_access_expires_at": 0,
                "expires_at": 0,
                "is_valid": True,
                "issued_at": 1_790_000_000,
                "scopes": list(SCOPES),
                "granular_scopes": [
                    {"scope": scope, "target_ids": targets} for scope in SCOPES[:2]
                ],
                "user_id": "122100000000000001",
            }
        }
    )


async def me(call: Call) -> Response:
    """`GET /me`: the system user behind the token."""
    node = {"name": "WhatsWay system user", "id": call.world.config.app_id[::-1]}
    return reply(selected(node, call.query.get("fields"), ("name", "id"), "User"))
