"""Add people to an API campaign, and close it."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.campaigns.shapes import CampaignIn, CampaignOut
from api.clock import now
from api.deps import SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from api.wording.fields import Spoken
from domain.entries import PUSH_LIMIT, Pushed, PushStatus
from domain.permissions import Permission
from services.campaigns import close, push
from services.campaigns.drafts import with_people
from services.campaigns.push import Given

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"], route_class=IdempotentRoute)

Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]
Launcher = Annotated[Principal, requires(Permission.CAMPAIGNS_LAUNCH)]


class PersonIn(Strict):
    """One person: a number, and texts by slot key (body.1) or variable name (first_name)."""

    phone: str = Field(examples=["+34 611 000 106"])
    variables: dict[str, str] = Field(default={}, examples=[{"body.1": "Mara"}])

    def given(self) -> Given:
        """The input for the service."""
        return Given(self.phone, self.variables)


class RecipientsIn(Strict):
    """People for a campaign."""

    recipients: list[PersonIn] = Field(min_length=1, max_length=PUSH_LIMIT)
    default_region: str = Field(
        default="",
        max_length=2,
        description="Country of numbers without a plus sign, as two letters.",
        examples=["BR"],
    )

    def people(self) -> list[Given]:
        """The input for the service."""
        return [person.given() for person in self.recipients]


class PushedOut(BaseModel):
    """The result for one person; ``index`` counts from 0 in the order of the call."""

    model_config = ConfigDict(from_attributes=True)

    index: int
    status: PushStatus
    phone: str | None = Field(description="As WhatsApp is asked; null when it is no number.")
    number: int | None = Field(description="Place in the audience; null before the launch.")
    detail: Spoken


class PushOut(BaseModel):
    """How many were added, and the result for each person in the order of the call."""

    accepted: int
    duplicate: int
    refused: int
    results: list[PushedOut]

    @classmethod
    def of(cls, answers: list[Pushed]) -> Self:
        """The answers as programs see them."""
        statuses = [answer.status for answer in answers]
        accepted, twice = map(statuses.count, (PushStatus.ACCEPTED, PushStatus.DUPLICATE))
        return cls(
            accepted=accepted,
            duplicate=twice,
            refused=len(answers) - accepted - twice,
            results=[PushedOut.model_validate(answer) for answer in answers],
        )


class NewCampaignIn(CampaignIn):
    """A new draft; one of type ``api`` may include its first people."""

    recipients: list[PersonIn] | None = Field(default=None, min_length=1, max_length=PUSH_LIMIT)

    def people(self) -> list[Given]:
        """Those it brings along."""
        return [person.given() for person in self.recipients or []]


class NewCampaignOut(CampaignOut):
    """A new draft, with the results for the people in it."""

    recipients: PushOut | None = None


@router.post("", status_code=201)
async def create_campaign(
    body: NewCampaignIn, principal: Writer, session: SessionDep
) -> NewCampaignOut:
    """Create a draft; nothing is sent before it is executed. Accepts an Idempotency-Key."""
    made, answers = await with_people.create(
        session, principal.actor, body.name, body.type, body.change(), body.people()
    )
    recipients = PushOut.of(answers) if answers else None
    return NewCampaignOut.of(made).model_copy(update={"recipients": recipients})


@router.post("/{campaign_id}/recipients")
async def push_recipients(
    campaign_id: UUID,
    body: RecipientsIn,
    principal: Launcher,
    session: SessionDep,
) -> PushOut:
    """Add up to 1,000 people, before launch and while it runs; duplicates are added once.

    Accepts an Idempotency-Key; without one, a repeated call answers ``duplicate`` for people already added.
    """
    answers = await push.push(
        session, campaign_id, principal.actor, body.people(), body.default_region
    )
    return PushOut.of(answers)


@router.post("/{campaign_id}/close")
async def close_campaign(
    campaign_id: UUID,
    principal: Launcher,
    session: SessionDep,
) -> CampaignOut:
    """Accept no more people: the campaign ends once everybody in it has an outcome."""
    closed = await close.close(session, campaign_id, principal.actor, now())
    return CampaignOut.of(closed)
