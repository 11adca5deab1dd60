"""Which edge of a number takes a message: marketing templates have an API of their own."""

from dataclasses import dataclass

from whatsapp.client import Account, CloudApi, CloudApiError

MESSAGES = "messages"
MARKETING_MESSAGES = "marketing_messages"

_OTHER = {
    # The Marketing Messages API does not take it: not a marketing template, not known there yet,
    # or the account is not onboarded (any more).
    **{(MARKETING_MESSAGES, code): MESSAGES for code in (131055, 134100, 134101, 134102)},
    # Plain messages do not take it: a template with a maximum price, or switched off for marketing.
    **{(MESSAGES, code): MARKETING_MESSAGES for code in (131061, 131063)},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message and the edge that took it."""

    wamid: str
    edge: str


async def send(api: CloudApi, account: Account, content: bytes, edge: str, leave_by: float) -> Sent:
    """Send by an edge; where it certainly refused only the way, by the other one."""
    try:
        return Sent(await api.send_bytes(account, content, edge, leave_by), edge)
    except CloudApiError as error:
        other = _OTHER.get((edge, error.code))
        if other is None:
            raise
    return Sent(await api.send_bytes(account, content, other, leave_by), other)
