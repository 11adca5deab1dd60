"""The Cloud API apart from sending: templates, number, webhook subscription, token."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from whatsapp import shapes
from whatsapp.client import Account, CloudApi, CloudApiError

PAGE_SIZE = 100
MAX_PAGES = 200
"""More templates than Meta allows in one account; stops an endless paging loop."""

TEMPLATE_FIELDS = (
    "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"
)
NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,quality_rating,name_status,status,throughput,"
    "whatsapp_business_manager_messaging_limit,health_status,platform_type,is_on_biz_app"
)
ONBOARDING_FIELDS = "marketing_messages_onboarding_status", "marketing_messages_lite_api_status"
"""The current name and the older one."""

UNKNOWN_FIELD = 100
"""Meta's code for a field that does not exist, among other things."""

NEEDED_SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")


@dataclass(frozen=True, slots=True)
class Subscription:
    """An app that receives the account's webhooks, and the address if it is overridden."""

    app_id: str
    callback: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """What Meta says about an access token; ``expires_at`` is epoch seconds, 0 for never."""

    expires_at: int
    scopes: frozenset[str]

    @property
    def missing_scopes(self) -> list[str]:
        """Permissions the product needs and this token lacks."""
        return [scope for scope in NEEDED_SCOPES if scope not in self.scopes]


async def templates(api: CloudApi, account: Account) -> list[Any]:
    """Every template of the account in every language, as Meta lists it."""
    found: list[Any] = []
    async for page in _template_pages(api, account):
        found.extend(page)
    return found


async def _template_pages(api: CloudApi, account: Account) -> AsyncIterator[list[Any]]:
    params = {"fields": TEMPLATE_FIELDS, "limit": str(PAGE_SIZE)}
    for _ in range(MAX_PAGES):
        answer = await api.get(account, f"{account.waba_id}/message_templates", params)
        data = answer.get("data")
        yield data if isinstance(data, list) else []  # the sync reports what is not a template
        paging = shapes.mapping(answer.get("paging"))
        # Meta still sends a cursor on the last page: only "next" says that there is more. The cursor goes to our own
        # address, so a foreign "next" never gets the token.
        if not paging.get("next"):
            return
        after = shapes.text(shapes.mapping(paging.get("cursors")).get("after"))
        if not after:
            return
        params = params | {"after": after}


async def template(api: CloudApi, account: Account, meta_id: str) -> dict[str, Any]:
    """One template as Meta has it now."""
    answer = await api.get(account, meta_id, {"fields": TEMPLATE_FIELDS})
    return dict(answer)


async def edit_template(
    api: CloudApi, account: Account, meta_id: str, change: Mapping[str, Any]
) -> None:
    """Change a template at Meta; read its new status afterwards."""
    await api.post(account, meta_id, change)


async def can_read_templates(api: CloudApi, account: Account) -> int:
    """How many templates the first page has; raises if the token may not read them."""
    params = {"fields": "id", "limit": str(PAGE_SIZE)}
    answer = await api.get(account, f"{account.waba_id}/message_templates", params)
    return len(shapes.objects(answer.get("data")))


async def number(api: CloudApi, account: Account) -> dict[str, Any]:
    """The phone number with its quality, speed, limit and health."""
    answer = await api.get(account, account.phone_number_id, {"fields": NUMBER_FIELDS})
    plain = {
        name: value if isinstance(value, bool) else shapes.text(value)
        for name, value in answer.items()
        if not isinstance(value, (dict, list))
    }
    throughput = {"level": shapes.text(shapes.mapping(answer.get("throughput")).get("level"))}
    return {**plain, "throughput": throughput, "health_status": _health(answer)}


async def account_of_number(api: CloudApi, account: Account) -> str:
    """The id of a number's WhatsApp account, "" if the token cannot tell.

    The number's health status names its account; if not, one of the token's accounts lists the number.
    """
    answer = await api.get(account, account.phone_number_id, {"fields": "health_status"})
    for part in shapes.objects(shapes.mapping(answer.get("health_status")).get("entities")):
        if shapes.text(part.get("entity_type")) == "WABA" and shapes.text(part.get("id")):
            return shapes.text(part.get("id"))
    answer = await api.get(account, "debug_token", {"input_token": account.access_token})
    granted = shapes.objects(shapes.mapping(answer.get("data")).get("granular_scopes"))
    targets = [target for scope in granted for target in shapes.texts(scope.get("target_ids"))]
    for waba_id in dict.fromkeys(targets):
        listed = await api.get(account, f"{waba_id}/phone_numbers", {"fields": "id"})
        numbers = shapes.objects(listed.get("data"))
        if any(shapes.text(item.get("id")) == account.phone_number_id for item in numbers):
            return waba_id
    return ""


def _health(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the number can send, according to each entity on the path."""
    health = shapes.mapping(answer.get("health_status"))
    parts = [
        {
            "can_send_message": shapes.text(part.get("can_send_message")) or "AVAILABLE",
            "errors": [
                {name: shapes.text(said) for name, said in error.items()}
                for error in shapes.objects(part.get("errors"))
            ],
            "additional_info": shapes.texts(part.get("additional_info")),
        }
        for part in shapes.objects(health.get("entities"))
    ]
    return {"can_send_message": shapes.text(health.get("can_send_message")), "entities": parts}


async def marketing_onboarding(api: CloudApi, account: Account) -> str:
    """The account's Marketing Messages API status: ONBOARDED, ELIGIBLE, …, "" if not given."""
    for name in ONBOARDING_FIELDS:
        # One by one: a version that does not know a name refuses the whole call.
        try:
            answer = await api.get(account, account.waba_id, {"fields": name})
        except CloudApiError as error:
            if error.code == UNKNOWN_FIELD:
                continue
            raise
        if state := shapes.text(answer.get(name)):
            return state.upper()
    return ""


async def subscriptions(api: CloudApi, account: Account) -> list[Subscription]:
    """Apps subscribed to the account's webhooks."""
    answer = await api.get(account, f"{account.waba_id}/subscribed_apps")
    found = []
    for entry in shapes.objects(answer.get("data")):
        app = shapes.mapping(entry.get("whatsapp_business_api_data"))
        callback = shapes.text(entry.get("override_callback_uri")) or None
        found.append(Subscription(shapes.text(app.get("id")), callback))
    return found


async def subscribe(api: CloudApi, account: Account, callback: str, verify_token: str) -> None:
    """Send the account's webhooks to ``callback``; Meta first calls it with the token."""
    body = {"override_callback_uri": callback, "verify_token": verify_token}
    await api.post(account, f"{account.waba_id}/subscribed_apps", body)


async def inspect_token(api: CloudApi, account: Account, app_id: str, app_secret: str) -> Token:
    """What the access token may do; only the app itself may ask."""
    as_app = replace(account, access_token=f"{app_id}|{app_secret}")
    answer = await api.get(as_app, "debug_token", {"input_token": account.access_token})
    data = shapes.mapping(answer.get("data"))
    return Token(
        expires_at=shapes.number(data.get("expires_at")) or 0,
        scopes=frozenset(shapes.texts(data.get("scopes"))),
    )
