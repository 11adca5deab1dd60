"""Claim one message of the inbox, the API or an automation, and make its request."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channels import ChannelStatus
from domain.limits import Lane, grant
from domain.messages import MessageState
from services.sending.record import announce
from services.vault import Vault
from store import slots
from store.sending import single
from store.sending.outcomes import Touched
from store.sending.single import SingleMessage
from whatsapp.client import Account


@dataclass(frozen=True, slots=True)
class SingleClaim:
    """A message on record as ``sending``: what to post, as whom, after which delay."""

    message_id: UUID
    channel_id: UUID
    attempt: int
    account: Account
    body: bytes
    delay: timedelta


async def claim(
    session: AsyncSession, vault: Vault, message_id: UUID, name: str
) -> SingleClaim | timedelta | None:
    """The claim; or how long to wait for a rate slot; or None when there is nothing to send."""
    await single.abandon(session, message_id, name)
    message = await single.lock(session, message_id)
    if message is None or message.state != MessageState.QUEUED:
        return None
    refusal = message.refusal or _channel_refusal(message)
    if refusal is not None:
        await single.refuse(session, message_id, refusal)
        await announce(session, [Touched(None, message.contact_id, message.channel_id)])
        return None
    key = slots.channel_key(message.channel_id)
    tats, now = await slots.lock(session, [key])
    booked = grant(tats[key], now, message.throughput, 1, Lane.INTERACTIVE)
    if booked.count == 0:
        return booked.first - now
    await slots.advance(session, {key: booked.tat})
    await single.claim(session, message_id, name)
    attempt = message.attempt + 1
    return SingleClaim(
        message_id, message.channel_id, attempt, _account(message, vault),
        orjson.dumps(_envelope(message, attempt)), booked.first - now,
    )  # fmt: skip


def _channel_refusal(message: SingleMessage) -> str | None:
    if message.channel_status in (ChannelStatus.BLOCKED, ChannelStatus.DISCONNECTED):
        return f"channel_{message.blocked_reason or message.channel_status}"
    return None


def _account(message: SingleMessage, vault: Vault) -> Account:
    return Account(
        message.api_url, message.api_version, vault.decrypt(message.access_token),
        message.phone_number_id, message.waba_id,
    )  # fmt: skip


def _envelope(message: SingleMessage, attempt: int) -> dict[str, Any]:
    recipient = {"to": message.phone} if message.phone else {"recipient": message.bsuid}
    quoted = {"context": {"message_id": message.reply_to}} if message.reply_to else {}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient,
        **quoted,
        **message.payload,
        "biz_opaque_callback_data": f"{message.id}:{attempt}",
    }
