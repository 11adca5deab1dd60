"""A draft before launch: real recipients in the phone preview, and who lacks a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import templates as rules
from services.campaigns.draft import audience_of
from services.campaigns.launch import MARKETING, mapped
from services.campaigns.views import CampaignView
from services.templates.show import as_mapping
from store import channels, templates
from store.campaigns import audience as audiences

EXAMPLES = 20
MISSING = 10


@dataclass(frozen=True, slots=True)
class Example:
    """The message as one real person would get it; without a person, with the template's samples."""

    name: str
    phone: str
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """The chosen template of a draft, its variables, and the message for real people."""

    template_id: UUID
    template: Mapping[str, Any]
    category: str
    slots: list[rules.Slot]
    sender: str
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class MissingValue:
    """Somebody who would be left out because a variable has no value."""

    contact_id: UUID
    name: str
    phone: str


async def message(session: AsyncSession, campaign: CampaignView) -> Message | None:
    """What a draft says to its first recipients; None while no template is chosen."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    if row is None:
        return None
    template = as_mapping(row)
    slots = rules.slots(row.components, row.parameter_format)
    people = await audiences.examples(
        session, audience_of(campaign.audience), mapped(campaign.variables, slots), EXAMPLES
    )
    examples = [Example(name, phone, shown(template, values)) for name, phone, values in people]
    if not examples:
        examples = [Example("", "", shown(template, [slot.example for slot in slots]))]
    channel = await channels.get(session, campaign.channel_id) if campaign.channel_id else None
    sender = (channel.verified_name or channel.name) if channel else ""
    return Message(row.id, template, row.category, slots, sender, examples)


async def values(session: AsyncSession, campaign: CampaignView, at: int) -> list[str]:
    """The values of the recipient at this place of the preview; the samples when nobody is there."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    if row is None:
        return []
    slots = rules.slots(row.components, row.parameter_format)
    people = await audiences.examples(
        session, audience_of(campaign.audience), mapped(campaign.variables, slots), EXAMPLES
    )
    if not people:
        return [slot.example for slot in slots]
    return people[min(max(at, 0), len(people) - 1)][2]


async def missing(session: AsyncSession, campaign: CampaignView) -> list[MissingValue]:
    """The first people who lack a value for a variable."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    if row is None:
        return []
    variables = mapped(campaign.variables, rules.slots(row.components, row.parameter_format))
    if not all(variable.field or variable.default for variable in variables):
        return []  # a variable nobody mapped yet is missing for everybody: that is said elsewhere
    people = await audiences.missing_values(
        session,
        audience_of(campaign.audience),
        variables,
        MISSING,
        marketing=row.category == MARKETING,
    )
    return [MissingValue(contact_id, name, phone) for contact_id, name, phone in people]


def shown(template: Mapping[str, Any], values: list[str]) -> dict[str, Any]:
    """The template with values, as the phone preview draws it; only our own pictures are loaded."""
    drawn = rules.render(template, values).as_dict()
    header = drawn.get("header")
    if header and not str(header.get("url") or "").startswith("/"):
        drawn["header"] = header | {"url": None}
    return drawn
