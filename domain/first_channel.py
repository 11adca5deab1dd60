"""Why the channel of the WHATSAPP_* settings is not there: words of ours, never what somebody else quoted."""

FIRST_CHANNEL = "first_channel"
"""``first_channel:<mark of the number>`` is what a process says about it."""

CODE, FIELD = "code:", "field:"
"""Before a code of Meta's, and before the name of a detail that is not right."""

NO_NUMBER, NO_TOKEN, CHECK = "no_number", "no_token", "check"

_AGAIN = "then start WhatsWay again"

_WORDS: dict[str, tuple[str, str]] = {
    "token": (
        "Meta does not accept the access token; it may have expired or been revoked.",
        f"Put a system user token into WHATSAPP_ACCESS_TOKEN, {_AGAIN}.",
    ),
    "rights": (
        "The access token may not use this number.",
        f"Assign the WhatsApp account to the system user with full control, {_AGAIN}.",
    ),
    "number": (
        "Meta knows no such phone number ID for this token.",
        "Compare WHATSAPP_PHONE_NUMBER_ID with the phone number ID in Meta's API set-up page, "
        f"{_AGAIN}.",
    ),
    "account": (
        "Meta does not say which WhatsApp account the number belongs to.",
        f"Set WHATSAPP_WABA_ID to the WhatsApp Business Account ID, {_AGAIN}.",
    ),
    "away": (
        "Meta could not be reached.",
        "Check the network. It is tried again for a quarter of an hour, and at the next start.",
    ),
    NO_NUMBER: (
        "WHATSAPP_ACCESS_TOKEN is set and WHATSAPP_PHONE_NUMBER_ID is not.",
        f"Set WHATSAPP_PHONE_NUMBER_ID, {_AGAIN}; or connect a number under Channels.",
    ),
    NO_TOKEN: (
        "WHATSAPP_PHONE_NUMBER_ID is set and WHATSAPP_ACCESS_TOKEN is not.",
        f"Set WHATSAPP_ACCESS_TOKEN, {_AGAIN}; or connect a number under Channels.",
    ),
    CHECK: ("Its live check has not passed.", "Open Channels: each line says what to do."),
}

_VARIABLES = {
    "phone_number_id": "WHATSAPP_PHONE_NUMBER_ID",
    "waba_id": "WHATSAPP_WABA_ID",
    "access_token": "WHATSAPP_ACCESS_TOKEN",
    "app_secret": "WHATSAPP_APP_SECRET",
    "verify_token": "WHATSAPP_WEBHOOK_VERIFY_TOKEN",
    "api_url": "WHATSAPP_API_URL",
    "api_version": "WHATSAPP_API_VERSION",
}


def words(said: str) -> tuple[str, str]:
    """A sentence and what to do, for what a process says; nothing of it is a value of the settings."""
    if said.startswith(FIELD):
        name = _VARIABLES.get(said.removeprefix(FIELD), "One of the WHATSAPP_* variables")
        return f"{name} is not right.", f"Correct it as docs/settings.md says, {_AGAIN}."
    if said.startswith(CODE):
        number = said.removeprefix(CODE)
        return (
            f"Meta refused it with code {number}.",
            f"Look the code up in WhatsApp's list of error codes, {_AGAIN}; or connect it under Channels.",
        )
    return _WORDS.get(said, _WORDS["away"])
