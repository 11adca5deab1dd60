"""Make a draft from existing data, so that a newcomer sees a complete campaign right away."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import template_slots
from domain import templates as rules
from domain.actors import Actor
from domain.campaigns import Audience, Variable
from domain.entries import by_column, in_columns
from domain.errors import Conflict
from domain.sentences import N_
from domain.template_slots import Slot
from domain.templates import TemplateFilter
from domain.unset import UNSET
from domain.variables import suggest
from services.campaigns import report
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.views import CampaignView
from services.templates import show
from store import channels, fields, groups, templates
from store.templates import TemplateRow

NAME = N_("Spring offer (example)")
FEWEST_MISSING = ("HEADER", "CAROUSEL", "LIMITED_TIME_OFFER")


async def create(session: AsyncSession, actor: Actor) -> CampaignView:
    """A draft with a number, a template, a group and mapped variables; raises Conflict when one is missing."""
    channel = next(
        (row for row in await channels.list_all(session) if row.blocked_reason is None), None
    )
    template = await _template(session, channel.waba_id) if channel else None
    if channel is None or template is None:
        raise Conflict("example_impossible")
    known = await groups.every(session)
    largest = max(known, key=lambda group: group.members or 0, default=None)
    audience = Audience(group_ids=[largest.id]) if largest else Audience(everyone=True)
    wanted = DraftChange(
        channel_id=channel.id,
        template_id=template.id,
        audience=audience,
        variables=await _filled(session, template),
    )
    return await write.create(session, actor, NAME, wanted=wanted)


async def from_template(session: AsyncSession, actor: Actor, template_id: UUID) -> CampaignView:
    """A draft with this template, on a number in its account; raises NotFound."""
    row = await show.require(session, template_id)
    owners = await channels.of_account(session, row.waba_id)
    wanted = DraftChange(
        channel_id=owners[0].id if owners else UNSET,
        template_id=row.id,
        variables=await suggested(session, row.id),
    )
    return await write.create(session, actor, row.name, wanted=wanted)


async def choose_template(
    session: AsyncSession, actor: Actor, campaign_id: UUID, template_id: UUID
) -> CampaignView:
    """Use a template in a draft: its variables get a first guess, mapped ones stay."""
    campaign = await report.one(session, campaign_id)
    known = campaign.variables
    guessed = await suggested(session, template_id, campaign.file.columns if campaign.file else ())
    kept = {
        key: Variable(known[key].get("field", ""), known[key].get("default", ""))
        for key in guessed
        if key in known
    }
    change = DraftChange(template_id=template_id, variables=guessed | kept)
    return await write.change(session, campaign_id, actor, change, revision=None)


async def suggested(
    session: AsyncSession, template_id: UUID, columns: Sequence[str] = ()
) -> dict[str, Variable]:
    """The first guess for a template's variables; file columns come before contact fields."""
    row = await templates.get(session, template_id)
    if row is None:
        return {}
    slots = template_slots.slots(row.components, row.parameter_format)
    guessed = suggest(slots, await fields.every(session), _body(row))
    return in_columns(guessed, columns) | by_column(slots, columns)


async def _template(session: AsyncSession, waba_id: str) -> TemplateRow | None:
    """A sendable template; marketing before others, plain text before pictures and cards."""
    wanted = TemplateFilter(waba_id=waba_id)
    rows = await templates.page(session, wanted, after=None, limit=200)
    sendable = [row for row in rows if rules.problem(row.status, components=row.components) is None]
    return min(sendable, key=_rank, default=None)


def _rank(row: TemplateRow) -> tuple[bool, int, bool, str]:
    parts = [str(part.get("type", "")).upper() for part in row.components]
    heavy = sum(part in FEWEST_MISSING for part in parts)
    return not rules.is_marketing(row.category), heavy, not row.language.startswith("en"), row.name


async def _filled(session: AsyncSession, row: TemplateRow) -> dict[str, Variable]:
    slots = template_slots.slots(row.components, row.parameter_format)
    guessed = suggest(slots, await fields.every(session), _body(row))
    return {slot.key: _with_sample(slot, guessed[slot.key]) for slot in slots}


def _with_sample(slot: Slot, variable: Variable) -> Variable:
    return replace(variable, default=slot.example)


def _body(row: TemplateRow) -> str:
    bodies: list[Any] = [part for part in row.components if part.get("type", "").upper() == "BODY"]
    return str(bodies[0].get("text", "")) if bodies else ""
