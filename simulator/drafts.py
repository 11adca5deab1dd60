"""Reads a send request: Meta's checks in order, ending in a draft that may be accepted."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from simulator.account import Standing
from simulator.catalog import Template
from simulator.config import Onboarding
from simulator.errors import GraphError
from simulator.identifiers import number_of_user
from simulator.ledger import MARKETING, MARKETING_LITE, REACTION, SERVICE, TO_USER_ID
from simulator.messages import CHECKS
from simulator.parameters import KnownMedia, check
from simulator.phone_numbers import recipient_digits
from simulator.readings import decimal_of, text_of
from simulator.shapes import a_truth, an_object, only
from simulator.world import Number, World

CALLBACK_LIMIT = 512
FRESH_SECONDS = 600
SENDABLE = frozenset({"APPROVED", "FLAGGED"})
"""States in which a template can be sent: a flagged one is only on notice."""

OF_EVERY_CALL = frozenset(
    {"access_token", "appsecret_proof", "debug", "fields", "format", "locale", "method", "pretty"}
)
_COMMON = OF_EVERY_CALL | {
    "messaging_product", "recipient_type", "to", "recipient", "type", "context",
    "biz_opaque_callback_data", "recipient_identity_key_hash", "messaging_account_id",
}  # fmt: skip
_OF_TEMPLATE = frozenset({"name", "language", "components", "namespace"})
_OF_LANGUAGE = frozenset({"code", "policy"})
_FREE_FORM = _COMMON | CHECKS.keys() | {"template"}
_MARKETING = _COMMON | {
    "template", "product_policy", "message_activity_sharing", "bid_spec", "category",
}  # fmt: skip


@dataclass(slots=True)
class Draft:
    """A send that passed validation."""

    number: Number
    digits: str
    recipient: str
    kind: str
    content: bytes
    callback: str | None
    category: int
    flags: int
    template: Template | None


class Reader:
    """Turns the payload of a send into a draft or raises Meta's error."""

    def __init__(self, world: World) -> None:
        self._world = world

    def draft(self, number: Number, payload: Any, *, marketing_api: bool) -> Draft:
        """The draft of one send."""
        callback = _callback(payload)
        kind = _kind(payload)
        if marketing_api and kind != "template":
            raise GraphError(100, message="(#100) Message must be a template message.")
        only(payload, _MARKETING if marketing_api else _FREE_FORM, "message")
        self._check_standing(number)
        if marketing_api:
            self._check_onboarding()
        digits, recipient, flags = self._recipient(payload)
        draft = Draft(
            number=number,
            digits=digits,
            recipient=recipient,
            kind=kind,
            content=b"",
            callback=callback,
            category=SERVICE,
            flags=flags,
            template=None,
        )
        if kind == "template":
            self._template(draft, payload.get("template"), marketing_api=marketing_api)
            if marketing_api:
                self._marketing_options(draft, payload)
        else:
            self._free_form(draft, payload)
        if digits == number.digits:
            raise GraphError(131021, "The recipient is the sending number itself.")
        if self._on_block_list(number, digits):
            raise GraphError(130403, "The business blocked this user.")
        return draft

    def _check_standing(self, number: Number) -> None:
        if not number.registered:
            raise GraphError(133010, "This phone number is not registered on the Cloud API.")
        if self._world.account.standing is Standing.DISABLED:
            raise GraphError(131031, "The WhatsApp Business Account has been disabled.")
        offline = number.state.offline_until
        if offline and self._world.clock.now() < offline:
            raise GraphError(131057, "The number is being moved to a higher throughput.")

    def _check_onboarding(self) -> None:
        state = self._world.account.marketing_onboarding
        if state is Onboarding.INELIGIBLE:
            raise GraphError(131055, "This account may not use the marketing endpoint.")
        if state is Onboarding.ELIGIBLE:
            raise GraphError(134102, "The account has not been onboarded to marketing messages.")

    def _recipient(self, payload: Any) -> tuple[str, str, int]:
        raw = payload.get("to")
        if raw:
            if payload.get("recipient_type", "individual") != "individual":
                raise GraphError(131009, "Only recipient_type 'individual' is available here.")
            digits = recipient_digits(raw)
            if digits is None:
                raise GraphError(131009, "Parameter 'to' is not a phone number.")
            return digits, str(raw), 0
        user = payload.get("recipient")
        if not user:
            raise GraphError(131008, "The parameter to is required.")
        digits = number_of_user(user) if isinstance(user, str) else None
        if digits is None:
            raise GraphError(131009, "Parameter 'recipient' is not a user of this business.")
        return digits, user, TO_USER_ID

    def _template(self, draft: Draft, value: Any, *, marketing_api: bool) -> None:
        name, language = (
            an_object(value, "template", _OF_TEMPLATE).get("name"),
            value.get("language"),
        )
        if not isinstance(name, str) or not isinstance(language, dict):
            raise GraphError(131008, "Template 'name' and 'language' are required.")
        only(language, _OF_LANGUAGE, "template['language']")
        template = self._sendable(name, text_of(language.get("code")))
        if marketing_api and template.category != "MARKETING":
            raise GraphError(134100, "Only templates of category MARKETING may be sent here.")
        if template.category == "MARKETING" and not marketing_api:
            self._check_cloud_marketing()
        if draft.flags & TO_USER_ID and template.category == "AUTHENTICATION":
            raise GraphError(131062)
        components = value.get("components")
        if template.plan.header_media == "gif" and not marketing_api:
            raise GraphError(131009, "A GIF header goes through /marketing_messages only.")
        check(template.plan, components, self._known_media(draft.number))
        draft.template = template
        draft.category = MARKETING_LITE if marketing_api else template.category_code
        draft.content = _kept(("template", (template.key, components)))

    def _check_cloud_marketing(self) -> None:
        if self._world.account.cloud_marketing_disabled:
            raise GraphError(131063, "Send marketing templates through /marketing_messages.")

    def _sendable(self, name: str, language: str) -> Template:
        template = self._world.catalog.by_name.get((name, language))
        if template is None or template.status not in SENDABLE | {"PAUSED", "DISABLED"}:
            raise GraphError(132001, f"template name ({name}) does not exist in {language}")
        if template.status == "PAUSED":
            raise GraphError(132015, f"Template {name} is paused because of low quality.")
        if template.status == "DISABLED":
            raise GraphError(132016, f"Template {name} is disabled because of low quality.")
        return template

    def _free_form(self, draft: Draft, payload: Any) -> None:
        CHECKS[draft.kind](payload, self._known_media(draft.number))
        context = payload.get("context")
        if context is not None:
            an_object(context, "context", ("message_id",))
        quoted = context.get("message_id") if context else None
        if quoted is not None and not isinstance(quoted, str):
            raise GraphError(100, "Param context['message_id'] must be a string.")
        draft.content = _kept((draft.kind, payload[draft.kind], quoted))
        if draft.kind == "reaction":
            draft.flags |= REACTION

    def _marketing_options(self, draft: Draft, payload: Any) -> None:
        policy = _check_options(payload)
        template = draft.template
        if template is None or self._world.clock.now() - template.updated >= FRESH_SECONDS:
            return
        if policy == "STRICT":
            raise GraphError(134101, "The template is still syncing; try again in ten minutes.")
        self._check_cloud_marketing()
        draft.category = MARKETING

    def _known_media(self, number: Number) -> KnownMedia:
        return partial(self._world.media.usable, self._world.clock.now(), number.index)

    def _on_block_list(self, number: Number, digits: str) -> bool:
        if number.block_list and digits in number.block_list:
            return True
        return self._world.knobs.personas and digits.endswith("0013")


def _kept(content: Any) -> bytes:
    """What the call log keeps of a message; only absurd nesting cannot be written."""
    try:
        return orjson.dumps(content)
    except TypeError:
        raise GraphError(100, message="(#100) The message is nested too deeply.") from None


def _kind(payload: Any) -> str:
    kind = payload.get("type", "text")
    if not isinstance(kind, str):
        raise GraphError(100, "Param type must be a string.")
    if kind != "template" and kind not in CHECKS:
        raise GraphError(131009, f"Message type '{kind}' is not supported.")
    return kind


def _callback(payload: Any) -> str | None:
    """The opaque data as JSON text, ready for webhooks."""
    if payload.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    callback = payload.get("biz_opaque_callback_data")
    if callback is not None and (not isinstance(callback, str) or len(callback) > CALLBACK_LIMIT):
        raise GraphError(100, "Param biz_opaque_callback_data must be at most 512 characters.")
    return None if callback is None else orjson.dumps(callback).decode()


def _check_options(payload: Any) -> str:
    """The policy of a marketing send: what to do if the marketing endpoint cannot send it."""
    policy: str = payload.get("product_policy", "CLOUD_API_FALLBACK")
    if policy not in ("CLOUD_API_FALLBACK", "STRICT"):
        raise GraphError(100, "Param product_policy must be CLOUD_API_FALLBACK or STRICT.")
    a_truth(payload.get("message_activity_sharing"), "message_activity_sharing")
    bid = payload.get("bid_spec")
    if bid is not None:
        known = ("per_message_bid_multiplier",)
        given = an_object(bid, "bid_spec", known).get("per_message_bid_multiplier")
        multiplier = decimal_of(given)
        if multiplier is None or multiplier <= 0:
            raise GraphError(100, "Param per_message_bid_multiplier must be above 0.")
    return policy
