"""One recipient's result, and decisions afterwards: unknown outcomes, retries, tests."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.campaigns.shapes import CampaignOut, CauseOut, RecipientOut
from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from api.wording.fields import KeptWords
from domain.attempts import Attempt, AttemptOutcome
from domain.permissions import Permission
from domain.recipients import Choice
from services.campaigns import report
from services.campaigns.drafts import trial
from services.campaigns.outcomes import ledger, resolve
from services.campaigns.outcomes.ledger import Ledger
from services.campaigns.retries import retry

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]
Number = Annotated[int, Path(ge=1, le=2_147_483_647)]


class UnknownIn(Strict):
    """What to do about unknown outcomes: for these recipients, or all if ``numbers`` is null."""

    choice: Choice
    numbers: list[Annotated[int, Field(ge=1, le=2_147_483_647)]] | None = Field(max_length=10_000)


class UnknownOut(BaseModel):
    """How many outcomes were decided, without those settled by a delivery update in the meantime."""

    changed: int
    campaign: CampaignOut


class TrialIn(Strict):
    """A number to send a test to, and which of the first twenty recipients' values to use."""

    to: str = Field(max_length=40)
    recipient: int = Field(default=0, ge=0, le=19)


class TrialOut(BaseModel):
    """The test as a separate message; follow its state under /api/messages."""

    message_id: UUID
    contact_id: UUID


class AttemptOut(BaseModel):
    """One attempt, or a person's decision about one; ``by`` names that person."""

    at: datetime
    attempt: int
    outcome: AttemptOutcome
    wamid: str | None
    error_code: int | None
    detail: KeptWords | None
    cause: CauseOut | None
    next_try_at: datetime | None
    by: str | None

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """An attempt as programs see it."""
        return cls(
            at=attempt.at, attempt=attempt.number, outcome=attempt.outcome, wamid=attempt.wamid,
            error_code=attempt.code, detail=attempt.detail,
            cause=CauseOut.of(ledger.why(attempt)), next_try_at=attempt.next_try_at, by=attempt.by,
        )  # fmt: skip


class RecipientDetailOut(BaseModel):
    """One recipient with every attempt, oldest first, and the conversation that shows the message."""

    recipient: RecipientOut
    attempts: list[AttemptOut]
    conversation_id: UUID | None

    @classmethod
    def of(cls, found: Ledger) -> Self:
        """A ledger as programs see it."""
        return cls(
            recipient=RecipientOut.of(found.line),
            attempts=[AttemptOut.of(attempt) for attempt in found.attempts],
            conversation_id=found.conversation_id,
        )


@router.get("/{campaign_id}/recipients/{number}")
async def campaign_recipient(
    campaign_id: UUID, number: Number, _principal: Reader, session: ReadSessionDep
) -> RecipientDetailOut:
    """One recipient by number, with every attempt."""
    campaign = await report.one(session, campaign_id)
    return RecipientDetailOut.of(await ledger.ledger(session, campaign, number))


@router.post("/{campaign_id}/unknown")
async def resolve_unknown(
    campaign_id: UUID,
    body: UnknownIn,
    principal: Launcher,
    session: SessionDep,
) -> UnknownOut:
    """Decide unknown outcomes: count them as sent, or send again, which may deliver them twice."""
    done = await resolve.resolve(session, campaign_id, principal.actor, body.choice, body.numbers)
    return UnknownOut(changed=done.changed, campaign=CampaignOut.of(done.campaign))


@router.post("/{campaign_id}/retry", status_code=201)
async def retry_campaign(
    campaign_id: UUID, response: Response, principal: Launcher, session: SessionDep
) -> CampaignOut:
    """Create a draft for failed recipients who may be retried; 200 with the existing one while it is open."""
    found = await retry.retry(session, campaign_id, principal.actor, now())
    if not found.made:
        response.status_code = 200
    return CampaignOut.of(found.campaign)


@router.post("/{campaign_id}/test", status_code=202)
async def try_campaign(
    campaign_id: UUID,
    body: TrialIn,
    principal: Launcher,
    session: SessionDep,
) -> TrialOut:
    """Send a draft's message to one number, with the values of one of its first recipients."""
    sent = await trial.send(session, campaign_id, principal.actor, body.to, body.recipient)
    return TrialOut(message_id=sent.id, contact_id=sent.contact_id)
