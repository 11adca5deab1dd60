"""Graph API errors: one exception, the documented table, and the JSON bodies made from it."""

from typing import Any

import orjson

from simulator.identifiers import trace_id

# code: (HTTP status as Meta documents it, title)
TABLE: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    102: (401, "Session key invalid or no longer valid"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    803: (404, "Some of the aliases you requested do not exist"),
    80007: (400, "Rate limit issues"),
    613: (400, "Calls to this api have exceeded the rate limit"),
    130403: (400, "Recipient is on the block list"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country."),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131037: (400, "Display name approval needed"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
    ),
    131050: (400, "User has stopped receiving marketing messages from this business"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131055: (400, "Method not allowed"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131060: (400, "This message is unavailable"),
    131061: (400, "A template with a max price must be sent as a marketing message"),
    131062: (400, "Business-scoped User ID (BSUID) recipients are not supported for this message."),
    131063: (400, "Marketing templates are disabled on the Cloud API for this account."),
    131064: (400, "Messaging limited for misclassified templates"),
    131065: (400, "Max price is not available in this country"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template content policy violated"),
    132008: (400, "Template parameter is not valid"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "Template parameters do not pass validation"),
    132068: (400, "Flow is in blocked state"),
    132069: (400, "Flow is in throttled state"),
    133004: (503, "Server temporarily unavailable"),
    133000: (500, "Incomplete deregistration"),
    133005: (400, "Two step verification PIN mismatch"),
    133006: (400, "Phone number re-verification needed"),
    133008: (400, "Too many two step verification PIN guesses"),
    133009: (400, "Two step verification PIN guessed too fast"),
    133010: (400, "Phone number not registered"),
    133015: (400, "Phone number was deleted a moment ago"),
    133016: (400, "Account register deregister rate limit exceeded"),
    134100: (400, "Only marketing messages supported"),
    134101: (400, "Template is still syncing"),
    134102: (500, "Template unavailable for marketing messages"),
    135000: (400, "Generic user error"),
    137000: (400, "Recipient identity key hash mismatch"),
    139100: (400, "Failed to block/unblock some users"),
    139101: (400, "Blocklist limit reached"),
    139102: (400, "Blocklist concurrent update"),
    139103: (400, "Blocking failed"),
}

DETAILS: dict[int, str] = {
    130429: "Cloud API message throughput has been reached.",
    130472: "Failed to send message because this user's phone number is part of an experiment.",
    131000: "The message failed for an unknown reason.",
    131016: "A service is temporarily unavailable.",
    131026: "Message undeliverable.",
    131047: (
        "Message failed to send because more than 24 hours have passed since the customer "
        "last replied to this number."
    ),
    131048: "Message failed to send because there are restrictions on how many can be sent.",
    131049: (
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."
    ),
    131050: "Unable to deliver the message. This recipient chose to stop marketing messages.",
    131053: "The media could not be fetched or its type does not match.",
    131056: "Too many messages from this number to the same recipient in a short time.",
}

ERROR_PAGE = "/documentation/business-messaging/whatsapp/support/error-codes"


class GraphError(Exception):
    """One refusal in Meta's own shape."""

    def __init__(self, code: int, details: str | None = None, **extra: Any) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        self.details = details if details is not None else DETAILS.get(code)
        self.status: int = extra.pop("status", 0) or TABLE.get(code, (400, ""))[0]
        self.message: str | None = extra.pop("message", None)
        self.extra = extra

    def body(self) -> bytes:
        """The response body."""
        return orjson.dumps({"error": self.shape()})

    def shape(self) -> dict[str, Any]:
        """Meta's error object, with a fresh trace id."""
        title = TABLE.get(self.code, (400, "Unknown error"))[1]
        error: dict[str, Any] = {
            "message": self.message or f"(#{self.code}) {title}",
            "type": "OAuthException",
            "code": self.code,
            **self.extra,
        }
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        error["fbtrace_id"] = trace_id()
        return error


def invalid_token() -> GraphError:
    """The answer to a missing or unknown bearer token."""
    return GraphError(
        190,
        message="Invalid OAuth access token - Cannot parse access token",
        error_subcode=467,
    )


def unknown_object(node: str, method: str = "POST") -> GraphError:
    """The answer to an id that does not exist or that the token may not see."""
    return GraphError(
        100,
        message=(
            f"Unsupported {method.lower()} request. Object with ID '{node}' does not exist, "
            "cannot be loaded due to missing permissions, or does not support this operation."
        ),
        error_subcode=33,
        type="GraphMethodException",
    )


def webhook_error(code: int) -> dict[str, Any]:
    """The same error as a `failed` status or an inbound message carries it."""
    title = TABLE.get(code, (400, "Unknown error"))[1]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": DETAILS.get(code, title)},
        "href": ERROR_PAGE,
    }
