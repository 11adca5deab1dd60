"""Launch a campaign: check every part, freeze the message, hand it to its workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import templates as rules
from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, Variable, require
from domain.errors import Invalid
from services import audit
from services.campaigns.draft import audience_of, unknown
from services.campaigns.views import CampaignView, view
from store import channels, templates
from store.campaigns import audience as audiences
from store.campaigns import rows
from store.campaigns.audience import Preflight

MARKETING = "MARKETING"


@dataclass(frozen=True, slots=True)
class Check:
    """A draft examined: who it reaches, and every reason why it cannot be launched, by field."""

    preflight: Preflight
    problems: dict[str, str]


async def check(session: AsyncSession, campaign_id: UUID) -> Check:
    """Examine a draft without changing it."""
    row = await rows.get(session, campaign_id)
    if row is None:
        raise unknown()
    return await _check(session, row)


async def launch(
    session: AsyncSession, campaign_id: UUID, actor: Actor, now: datetime
) -> CampaignView:
    """Freeze the message and mark the campaign to be run; commit, then start its workflow.

    A repeated launch, or a second person's, finds the campaign launched and changes nothing.
    """
    row = await rows.locked(session, campaign_id)
    if row is None:
        raise unknown()
    if row.launched_at is not None and row.status != CampaignStatus.DRAFT:
        return view(row, await rows.counters(session, campaign_id))
    require(row.status, CampaignAction.LAUNCH)
    found = await _check(session, row)
    if found.problems:
        raise Invalid("campaign_incomplete", next(iter(found.problems.values())), found.problems)
    template = await templates.get(session, row.template_id)
    row.template = {
        "name": template.name, "language": template.language, "category": template.category,
        "parameter_format": template.parameter_format, "components": template.components,
    }  # fmt: skip
    row.status = CampaignStatus.SCHEDULED
    row.launched_at = now
    rows.add_event(session, campaign_id, "launched", actor.user_id, expected=found.preflight.total)
    await audit.record(
        session, actor, "campaign.launch", "campaign", str(campaign_id),
        after={"recipients": found.preflight.total},
    )  # fmt: skip
    await session.flush()
    await session.refresh(row)
    return view(row, None)


async def freeze(session: AsyncSession, campaign_id: UUID) -> int:
    """Write the audience of a launched campaign; how many recipients. Repeating changes nothing."""
    row = await rows.get(session, campaign_id)
    if row is None or row.template is None:
        raise unknown()
    slots = rules.slots(row.template["components"], row.template["parameter_format"])
    return await audiences.freeze(
        session, campaign_id, audience_of(row.audience), mapped(row.variables, slots),
        marketing=row.template["category"] == MARKETING,
    )  # fmt: skip


def mapped(stored: dict[str, Any], slots: Sequence[rules.Slot]) -> list[Variable]:
    """The variables of a campaign in the template's own order; unmapped ones have no value."""
    return [
        Variable(entry.get("field", ""), entry.get("default", ""))
        for entry in (stored.get(slot.key) or {} for slot in slots)
    ]


async def _check(session: AsyncSession, row: Any) -> Check:
    problems: dict[str, str] = {}
    await _check_channel(session, row, problems)
    variables, marketing = await _check_message(session, row, problems)
    preflight = await audiences.preflight(
        session, audience_of(row.audience), variables, marketing=marketing
    )
    if preflight.total == 0:
        problems["audience"] = _nobody(preflight)
    return Check(preflight, problems)


async def _check_channel(session: AsyncSession, row: Any, problems: dict[str, str]) -> None:
    channel = await channels.get(session, row.channel_id) if row.channel_id else None
    if channel is None or channel.deleted_at is not None:
        problems["channel"] = "Choose the WhatsApp number to send from."
    elif channel.blocked_reason is not None:
        problems["channel"] = "This number is blocked. Open its page to see why and what to do."


async def _check_message(
    session: AsyncSession, row: Any, problems: dict[str, str]
) -> tuple[list[Variable], bool]:
    template = await templates.get(session, row.template_id) if row.template_id else None
    if template is None or template.deleted_at is not None:
        problems["template"] = "Choose a template. The one chosen before is gone from WhatsApp."
        if row.template_id is None:
            problems["template"] = "Choose the template to send."
        return [], False
    problem = rules.problem(template.status, template.quality) or rules.unsendable(
        template.components
    )
    if problem is not None:
        problems["template"] = problem.sentence
    slots = rules.slots(template.components, template.parameter_format)
    variables = mapped(row.variables, slots)
    for slot, variable in zip(slots, variables, strict=True):
        if not variable.field and not variable.default:
            problems.setdefault("variables", f"Say what goes into {slot.label}.")
    return variables, template.category == MARKETING


def _nobody(preflight: Preflight) -> str:
    if preflight.excluded:
        return "Everybody in this audience is left out. The list of reasons says why."
    return "Nobody is in this audience yet. Choose a group, or everyone."
