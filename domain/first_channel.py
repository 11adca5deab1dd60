"""Why the channel from the WHATSAPP_* settings was not created: our own reasons, never text from elsewhere."""

from domain.sentences import Sentence

FIRST_CHANNEL = "first_channel"
"""A process reports it as ``first_channel:<mark of the number>``."""

CODE, FIELD = "code:", "field:"
"""The prefix of a Meta code, and of the name of an invalid setting."""

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
    """A sentence and what to do, for a process's report; it never contains a setting's value."""
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
