"""The four steps of a draft: which are done, what they share, and what is missing."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response
from typing_extensions import override

from api.clock import now
from domain.campaigns import CampaignStatus
from domain.errors import Conflict
from domain.recipients import LeftOut
from domain.sentences import Sentence
from services.campaigns import report
from services.campaigns.drafts import preview
from services.campaigns.launching import preflight
from services.campaigns.launching.preflight import Check
from services.campaigns.progress import pace
from services.campaigns.progress.pace import Plan
from services.campaigns.views import CampaignView
from web.campaigns import words
from web.i18n import gettext as _
from web.rendering import redirect


class Launched(Conflict):
    """The draft has been launched; its wizard redirects to its live page."""

    def __init__(self, campaign_id: UUID) -> None:
        super().__init__("campaign_launched")
        self.campaign_id = campaign_id


class WizardRoute(APIRoute):
    """A wizard page: after the launch it redirects to the live page."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, wrapped."""
        handler = super().get_route_handler()

        async def follow(request: Request) -> Response:
            try:
                return await handler(request)
            except Launched as launched:
                return redirect(request, f"/campaigns/{launched.campaign_id}")

        return follow


STEPS = ("audience", "message", "schedule", "review")
OWNERS = {
    "audience": "audience", "channel": "message", "template": "message", "variables": "message",
    "schedule": "schedule", "speed": "schedule", "brake": "schedule", "name": "audience",
}  # fmt: skip
"""Which step solves which problem."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its check, as every step shows it."""

    campaign: CampaignView
    check: Check
    step: str
    plan: Plan

    @property
    def problem_steps(self) -> frozenset[str]:
        """Steps that are not finished."""
        return frozenset(OWNERS.get(key, "review") for key in self.check.problems)

    @property
    def own_problems(self) -> list[Sentence]:
        """All problems on the current step."""
        return [
            sentence
            for key, sentence in self.check.problems.items()
            if OWNERS.get(key, "review") == self.step
        ]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of this draft; a retry's people and message are fixed."""
        return STEPS[2:] if self.campaign.parent_id and self.step in STEPS[2:] else STEPS

    def stepper(self) -> list[dict[str, Any]]:
        """The steps for the macro; called during rendering, so in the viewer's language."""
        labels = {
            "audience": _("Audience"),
            "message": _("Message"),
            "schedule": _("Schedule"),
            "review": _("Review"),
        }
        return [
            {
                "label": labels[step],
                "href": f"/campaigns/{self.campaign.id}/{step}",
                "state": self._state(step),
            }
            for step in self.steps
        ]

    def _state(self, step: str) -> str:
        if step == self.step:
            return "current"
        if step in self.problem_steps:
            return "error" if self.step == "review" else "todo"
        if step == "schedule" and not self.campaign.schedule_seen:
            return "todo"
        return "todo" if step == "review" else "done"


async def load(session: AsyncSession, campaign_id: UUID, step: str) -> Draft:
    """A draft for a step of the wizard, or Launched."""
    campaign = await report.one(session, campaign_id)
    if campaign.status != CampaignStatus.DRAFT:
        raise Launched(campaign_id)
    check = await preflight.check(session, campaign_id, now())
    plan = await pace.plan(session, campaign, check.preflight.total)
    return Draft(campaign, check, step, plan)


async def missing(session: AsyncSession, draft: Draft) -> dict[str, list[LeftOut]]:
    """By reason, the first people with a missing or wrong value; queried only if there are any."""
    return {
        reason: await preview.left_out(session, draft.campaign, reason)
        for reason in preview.VALUE_REASONS
        if draft.check.preflight.excluded.get(reason)
    }


def context(draft: Draft, **more: Any) -> dict[str, Any]:
    """What every wizard template uses; ``named`` lists everything missing on this step."""
    position = draft.steps.index(draft.step)
    return {
        "draft": draft,
        "campaign": draft.campaign,
        "check": draft.check,
        "plan": draft.plan,
        "budget": draft.plan.budget,
        "words": words,
        "owners": OWNERS,
        "now": now(),
        "named": False,
        "previous_step": draft.steps[position - 1] if position else "",
        "next_step": draft.steps[position + 1] if position + 1 < len(draft.steps) else "",
        **more,
    }
