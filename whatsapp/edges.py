"""Which edge of a number accepts a message: marketing templates have a separate API."""

from dataclasses import dataclass

from whatsapp.client import Account, CloudApi, CloudApiError

MESSAGES = "messages"
MARKETING_MESSAGES = "marketing_messages"

_OTHER = {
    # The Marketing Messages API refuses it: not a marketing template, not known there yet, or the account is not
    # onboarded (any more).
    **{(MARKETING_MESSAGES, code): MESSAGES for code in (131055, 134100, 134101, 134102)},
    # The plain messages edge refuses it: a template with a maximum price, or switched off for marketing.
    **{(MESSAGES, code): MARKETING_MESSAGES for code in (131061, 131063)},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message and the edge that accepted it."""

    wamid: str
    edge: str


async def send(api: CloudApi, account: Account, content: bytes, edge: str, leave_by: float) -> Sent:
    """Send through an edge, or through the other one if only the edge was refused."""
    try:
        return Sent(await api.send_bytes(account, content, edge, leave_by), edge)
    except CloudApiError as error:
        other = _OTHER.get((edge, error.code))
        if other is None:
            raise
    return Sent(await api.send_bytes(account, content, other, leave_by), other)
