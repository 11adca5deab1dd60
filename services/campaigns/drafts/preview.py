"""A draft before launch: real recipients in the phone preview, and who is missing a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import slot_values, template_rendering, template_slots
from domain import templates as rules
from domain.columns import candidates
from domain.recipients import LeftOut
from domain.sentences import Sentence
from services import phones
from services.campaigns.launching.people import people_of, values_of
from services.campaigns.views import CampaignView
from services.imports.country import CountryQuestion, question
from services.templates.show import as_mapping
from store import channels, templates
from store.campaigns import audience as audiences
from store.campaigns import entries, recipients

EXAMPLES = 20
LEFT_OUT = 10
LOOKED_AT = 50
"""How many rows of a file are read to find columns that may hold the phone."""

VALUE_REASONS = ("missing_variable", "wrong_variable")
"""Reasons for exclusion that a better value would fix."""


@dataclass(frozen=True, slots=True)
class Example:
    """The message as a real person would get it or, without a person, with the template's samples."""

    name: str
    phone: str
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """The chosen template of a draft, its variables, and the message for real people."""

    template_id: UUID
    template: Mapping[str, Any]
    category: str
    slots: list[template_slots.Slot]
    sender: str
    examples: list[Example]

    def wrong(self, people: Sequence[LeftOut]) -> list[Sentence]:
        """What is wrong with these people's values, each sentence once."""
        pairs = (pair for person in people for pair in zip(self.slots, person.values, strict=False))
        found = (slot_values.problem(slot, value) for slot, value in pairs if value)
        return list(dict.fromkeys(filter(None, found)))


async def message(session: AsyncSession, campaign: CampaignView) -> Message | None:
    """A draft's message to its first recipients; None while no template is chosen."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    if row is None:
        return None
    template = as_mapping(row)
    slots = template_slots.slots(row.components, row.parameter_format)
    people = await _people(session, campaign, row, EXAMPLES)
    examples = [Example(name, phone, shown(template, values)) for name, phone, values in people]
    if not examples:
        examples = [Example("", "", shown(template, [slot.example for slot in slots]))]
    channel = await channels.get(session, campaign.channel_id) if campaign.channel_id else None
    sender = (channel.verified_name or channel.name) if channel else ""
    return Message(row.id, template, row.category, slots, sender, examples)


async def values(session: AsyncSession, campaign: CampaignView, at: int) -> list[str]:
    """The values of the recipient at this position of the preview; the samples if there is none."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    people = await _people(session, campaign, row, EXAMPLES)
    if not people:
        return [slot.example for slot in slots_of(row)]
    return people[min(max(at, 0), len(people) - 1)][2]


async def sample(
    session: AsyncSession, campaign: CampaignView, limit: int
) -> list[tuple[str, str]]:
    """Name and number of the first people who would get the message."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    return [(name, phone) for name, phone, _ in await _people(session, campaign, row, limit)]


@dataclass(frozen=True, slots=True)
class PhoneColumn:
    """A column that may hold the phone, with its first values and their countries."""

    header: str
    samples: list[str]
    regions: list[str]


async def phone_question(session: AsyncSession, campaign: CampaignView) -> list[PhoneColumn]:
    """The columns that may hold the phone, likeliest first, if none of the file's is certain."""
    source = campaign.file
    if source is None or source.phone_column:
        return []
    found = await entries.problems(session, campaign.id, limit=LOOKED_AT)
    cells = [[entry.values.get(column, "") for column in source.columns] for entry in found]
    asked = []
    for index in candidates(source.columns, cells, phones.is_mobile):
        column = [row[index] for row in cells if row[index].strip()]
        numbers = filter(None, map(phones.number, column))
        regions = list(dict.fromkeys(number.region for number in numbers))
        samples = list(dict.fromkeys(column))[:3]
        asked.append(PhoneColumn(source.columns[index], samples, regions))
    return asked


async def country_question(session: AsyncSession, campaign: CampaignView) -> CountryQuestion | None:
    """What to ask when most of the file's numbers have no country code and none was chosen."""
    source = campaign.file
    if source is None or not source.phone_column or source.default_region or source.country_column:
        return None
    if not source.invalid + source.unclear:
        return None
    found = await entries.first_texts(session, campaign.id, source.phone_column, LOOKED_AT)
    return question(found)


async def _people(
    session: AsyncSession, campaign: CampaignView, row: templates.TemplateRow | None, limit: int
) -> list[tuple[str, str, list[str]]]:
    values = values_of(campaign, slots_of(row))
    marketing = row is not None and rules.is_marketing(row.category)
    return await audiences.examples(
        session, people_of(campaign), values, limit, marketing=marketing
    )


async def frozen(session: AsyncSession, campaign: CampaignView) -> Example | None:
    """A launched campaign's message as its first recipient gets it, or with the samples."""
    if not campaign.template:
        return None
    first = await recipients.first(session, campaign.id)
    if first is None:
        template = campaign.template
        samples = template_slots.examples(
            template["components"], str(template.get("parameter_format", ""))
        )
        return Example("", "", shown(template, samples))
    return Example(first.name, first.phone, shown(campaign.template, first.variables))


def frozen_slots(campaign: CampaignView) -> list[template_slots.Slot]:
    """The variables of a launched campaign, from its frozen template."""
    template = campaign.template or {}
    parts = template.get("components") or []
    return template_slots.slots(parts, str(template.get("parameter_format", "")))


async def left_out(session: AsyncSession, campaign: CampaignView, reason: str) -> list[LeftOut]:
    """The first people of a draft who would be excluded for a reason."""
    row = await templates.get(session, campaign.template_id) if campaign.template_id else None
    slots = slots_of(row)
    values = values_of(campaign, slots)
    marketing = row is not None and rules.is_marketing(row.category)
    return await audiences.left_out(
        session, people_of(campaign), values, reason, LEFT_OUT, marketing=marketing
    )


async def slots(session: AsyncSession, campaign: CampaignView) -> list[template_slots.Slot]:
    """The variables of the chosen template; empty without one."""
    found = await templates.get(session, campaign.template_id) if campaign.template_id else None
    return slots_of(found)


def slots_of(row: templates.TemplateRow | None) -> list[template_slots.Slot]:
    """The variables of a template row."""
    return template_slots.slots(row.components, row.parameter_format) if row else []


def shown(template: Mapping[str, Any], values: list[str]) -> dict[str, Any]:
    """The template with values, as the phone preview draws it.

    Until a picture is chosen, the template's own is shown.
    """
    needed = template_slots.slots(template["components"], str(template.get("parameter_format", "")))
    filled = [
        slot.example if slot.kind == "media" and not value else value
        for slot, value in zip(needed, values, strict=False)
    ]
    return template_rendering.render(template, filled).as_dict()
