"""One recipient of a campaign with every attempt: when, the outcome, and who decided."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.attempts import Attempt, Present, timeline
from domain.causes import Cause, cause_of
from domain.errors import NotFound
from domain.messages import MessageState
from domain.recipients import RecipientLine
from services.campaigns.views import CampaignView
from store import conversations
from store.campaigns import attempts, recipients
from store.campaigns.recipients import RecipientQuery


@dataclass(frozen=True, slots=True)
class Ledger:
    """A recipient, all attempts oldest first, and the thread that shows the message."""

    line: RecipientLine
    attempts: list[Attempt]
    conversation_id: UUID | None


async def ledger(session: AsyncSession, campaign: CampaignView, number: int) -> Ledger:
    """The ledger of the recipient with this number; raises NotFound if there is none."""
    found = await recipients.page(session, campaign.id, RecipientQuery(), after=number - 1, limit=1)
    if not found or found[0].seq != number:
        raise NotFound("recipient_unknown")  # fmt: skip
    line = found[0]
    logged = await attempts.logged(session, line.message_id) if line.message_id else []
    thread = (
        await conversations.id_of(session, campaign.channel_id, line.contact_id)
        if campaign.channel_id
        else None
    )
    return Ledger(line, timeline(logged, _present(line)), thread)


def why(attempt: Attempt) -> Cause | None:
    """The cause of a failed attempt."""
    if attempt.code is None and attempt.detail is None:
        return None
    return cause_of(attempt.code, attempt.detail)


def _present(line: RecipientLine) -> Present | None:
    if line.message_id is None:
        return None
    return Present(
        MessageState(line.state), line.attempt or 0, line.wamid, line.error_code,
        line.error_detail, line.claimed_at, line.accepted_at, line.failed_at,
    )  # fmt: skip
