"""Claim one message from the inbox, the API or an automation, and build its request."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import PAIR_BURST, PAIR_PER_SECOND, Lane
from domain.messages import MessageState
from domain.refusals import Refusal
from services.sending.post import Post
from services.sending.record import announce
from services.vault import Vault
from store import slots
from store.gate import LEAVING
from store.sending import budget, single
from store.sending.outcomes import Touched
from store.sending.single import SingleMessage
from store.slots import Rate
from whatsapp import leases
from whatsapp.client import Account
from whatsapp.edges import MARKETING_MESSAGES, MESSAGES


class NotYet(Exception):
    """Nothing was claimed, but may be in a moment."""


class NewsWait(NotYet):
    """Waiting deliveries have to be read first."""


class DeletionWaits(NotYet):
    """The person is being deleted, and that can still be undone."""


@dataclass(frozen=True, slots=True)
class SingleClaim:
    """A message recorded as ``sending``: what to post, from which account, after which delay."""

    message_id: UUID
    channel_id: UUID
    account: Account
    edge: str
    post: Post
    delay: timedelta


async def claim(
    session: AsyncSession,
    vault: Vault,
    message_id: UUID,
    name: str,
    *,
    news_wait: bool = False,
    new: bool = False,
) -> SingleClaim | timedelta | None:
    """The claim; or how long to wait for a rate slot; or None when there is nothing to send.

    ``new``: this transaction stored it, so nobody can have died sending it.

    Raises ``DeletionWaits`` for people being deleted, and ``NewsWait`` for marketing while deliveries wait unread
    (``news_wait``), as one may be a STOP; replies do not wait.
    """
    if not new:
        await single.abandon(session, message_id, name)
    message = await single.lock(session, message_id)
    if message is None or message.state != MessageState.QUEUED:
        return None
    if await _is_refused(session, message):
        return None
    if message.marketing and news_wait:
        raise NewsWait
    # A claim is not checked again before sending: marketing is claimed late and briefly.
    leave_by = leases.leave_by(marketing=message.marketing)
    lane = Lane.CAMPAIGN if message.marketing else Lane.INTERACTIVE
    booked = await slots.reserve(session, _rates(message), 1, lane.value)
    if booked.count == 0:
        return booked.delay
    if message.counts and not await budget.reserve(session, message.channel_id, message.contact_id):
        await _refuse(session, message, Refusal.BUDGET_SPENT)
        return None
    await single.claim(session, message_id, name)
    late_again = message.marketing
    post = Post(message_id, message.attempt + 1, _content(message), leave_by, late_again=late_again)
    edge = MARKETING_MESSAGES if message.marketing_api else MESSAGES
    account = _account(message, vault)
    return SingleClaim(message_id, message.channel_id, account, edge, post, booked.delay)


async def _is_refused(session: AsyncSession, message: SingleMessage) -> bool:
    if message.refusal == LEAVING:
        raise DeletionWaits
    if message.refusal is not None:
        await _refuse(session, message, message.refusal)
    return message.refusal is not None


def _rates(message: SingleMessage) -> list[Rate]:
    """The number's own speed, and Meta's limit for one number and one person."""
    pair = slots.pair_key(message.channel_id, message.contact_id)
    return [
        Rate(slots.channel_key(message.channel_id), message.throughput),
        Rate(pair, PAIR_PER_SECOND, PAIR_BURST),
    ]


async def _refuse(session: AsyncSession, message: SingleMessage, reason: str) -> None:
    await single.refuse(session, message.id, reason)
    await announce(session, [Touched(None, message.contact_id, message.channel_id)])


def _account(message: SingleMessage, vault: Vault) -> Account:
    return Account(
        message.api_url, message.api_version, vault.decrypt(message.access_token),
        message.phone_number_id, message.waba_id,
    )  # fmt: skip


def _content(message: SingleMessage) -> dict[str, Any]:
    recipient = {"to": message.phone} if message.phone else {"recipient": message.bsuid}
    quoted = {"context": {"message_id": message.reply_to}} if message.reply_to else {}
    return {**recipient, **quoted, **message.payload}
