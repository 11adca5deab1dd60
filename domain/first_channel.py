"""Why the channel of the WHATSAPP_* settings is not there: reasons of ours, never what somebody else quoted."""

from domain.sentences import Sentence

FIRST_CHANNEL = "first_channel"
"""``first_channel:<mark of the number>`` is what a process says about it."""

CODE, FIELD = "code:", "field:"
"""Before a code of Meta's, and before the name of a detail that is not valid."""

NO_NUMBER, NO_TOKEN, CHECK = "no_number", "no_token", "check"

_KNOWN = frozenset(("token", "rights", "number", "account", "away", NO_NUMBER, NO_TOKEN, CHECK))

_VARIABLES = {
    "phone_number_id": "WHATSAPP_PHONE_NUMBER_ID",
    "waba_id": "WHATSAPP_WABA_ID",
    "access_token": "WHATSAPP_ACCESS_TOKEN",
    "app_secret": "WHATSAPP_APP_SECRET",
    "verify_token": "WHATSAPP_WEBHOOK_VERIFY_TOKEN",
    "api_url": "WHATSAPP_API_URL",
    "api_version": "WHATSAPP_API_VERSION",
}


def words(said: str) -> tuple[Sentence, Sentence]:
    """A sentence and what to do, for what a process says; nothing of it is a value of the settings."""
    if said.startswith(FIELD):
        name = _VARIABLES.get(said.removeprefix(FIELD))
        wrong = (
            Sentence("first_channel_field", name=name)
            if name
            else Sentence("first_channel_field.any")
        )
        return wrong, Sentence("first_channel_field.step")
    if said.startswith(CODE):
        refused = Sentence("first_channel_code", number=said.removeprefix(CODE))
        return refused, Sentence("first_channel_code.step")
    known = said if said in _KNOWN else "away"
    return Sentence(f"first_channel_{known}"), Sentence(f"first_channel_{known}.step")
