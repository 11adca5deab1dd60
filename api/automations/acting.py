"""Automations that act: publish, pause, stop, and start for chosen contacts."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.automations.outcomes import ChangesOut, PublishedOut
from api.automations.shapes import (
    AutomationOut,
    MissedIn,
    PublishIn,
    StoppedOut,
)
from api.automations.who import Reader, Runner
from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.strict import Strict
from api.wording import say
from services.automations import control, copying, publishing, reasons, starting_by_hand
from services.automations.starting_by_hand import LONGEST_KEY, MOST, Chosen

router = APIRouter(prefix="/api/automations", tags=["automations"], route_class=IdempotentRoute)

Answer = Annotated[str, Field(max_length=4096)]


class StartIn(Strict):
    """Who is to enter: contacts, or one number; ``key`` names the occasion, so that nobody starts twice for it."""

    contact_ids: list[UUID] = Field(default=[], max_length=MOST)
    phone: str = Field(default="", max_length=60)
    channel_id: UUID | None = None
    trigger_id: str = Field(default="", max_length=200)
    answers: dict[str, Answer] = Field(default={}, max_length=100)
    key: str = Field(default="", max_length=LONGEST_KEY)

    def chosen(self) -> Chosen:
        """The same for the service."""
        return Chosen(**self.model_dump())


class StartedOut(BaseModel):
    """Somebody who entered."""

    contact_id: UUID
    run_id: UUID


class RefusedOut(BaseModel):
    """Somebody who did not, and why."""

    contact_id: UUID
    code: str
    text: str


class StartOut(BaseModel):
    """Who entered and who did not."""

    started: list[StartedOut]
    refused: list[RefusedOut]

    @classmethod
    def of(cls, outcomes: list[starting_by_hand.Outcome]) -> Self:
        """Outcomes in words."""
        return cls(
            started=[
                StartedOut(contact_id=one.contact_id, run_id=one.run_id)
                for one in outcomes
                if one.run_id is not None
            ],
            refused=[
                RefusedOut(
                    contact_id=one.contact_id,
                    code=one.why_not,
                    text=say(reasons.of_start(one.why_not)),
                )
                for one in outcomes
                if one.why_not is not None
            ],
        )


@router.post("/{automation_id}/publish")
async def publish_automation(
    automation_id: UUID, body: PublishIn, principal: Runner, session: SessionDep
) -> PublishedOut:
    """Let this revision of the draft act from now on."""
    done = await publishing.publish(
        session, principal.actor, automation_id, body.revision, body.inside
    )
    return PublishedOut.of(done)


@router.get("/{automation_id}/changes")
async def automation_changes(
    automation_id: UUID, _principal: Reader, session: ReadSessionDep
) -> ChangesOut:
    """What publishing the draft would change."""
    return ChangesOut.of(await publishing.changes(session, automation_id))


@router.post("/{automation_id}/pause")
async def pause_automation(
    automation_id: UUID, principal: Runner, session: SessionDep
) -> AutomationOut:
    """Start nobody, and hold everybody inside where they are."""
    return AutomationOut.whole(await control.pause(session, principal.actor, automation_id))


@router.post("/{automation_id}/resume")
async def resume_automation(
    automation_id: UUID, principal: Runner, session: SessionDep
) -> AutomationOut:
    """Act again; whoever is inside goes on."""
    return AutomationOut.whole(await control.resume(session, principal.actor, automation_id))


@router.post("/{automation_id}/stop-runs")
async def stop_runs(automation_id: UUID, principal: Runner, session: SessionDep) -> StoppedOut:
    """End every run that is inside, for good."""
    stopped = await control.stop_runs(session, principal.actor, automation_id)
    return StoppedOut(stopped=stopped)


@router.post("/{automation_id}/archive")
async def archive_automation(
    automation_id: UUID, principal: Runner, session: SessionDep
) -> AutomationOut:
    """Take it out of the list; it starts nobody."""
    return AutomationOut.whole(await copying.archive(session, principal.actor, automation_id))


@router.post("/{automation_id}/unarchive")
async def unarchive_automation(
    automation_id: UUID, principal: Runner, session: SessionDep
) -> AutomationOut:
    """Put it back into the list, paused."""
    return AutomationOut.whole(await copying.unarchive(session, principal.actor, automation_id))


@router.post("/{automation_id}/start", status_code=202)
async def start_automation(
    automation_id: UUID, body: StartIn, principal: Runner, session: SessionDep
) -> StartOut:
    """Start it for chosen contacts, or for one number, which becomes a contact if it is none."""
    outcomes = await starting_by_hand.start(session, principal.actor, automation_id, body.chosen())
    return StartOut.of(outcomes)


@router.post("/{automation_id}/missed")
async def decide_missed_start(
    automation_id: UUID, body: MissedIn, principal: Runner, session: SessionDep
) -> AutomationOut:
    """Make a start now that nothing could make in time, or let it be."""
    decided = await control.decide_missed(
        session, principal.actor, automation_id, body.trigger_id, start=body.start
    )
    return AutomationOut.whole(decided)
