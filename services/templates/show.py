"""A template as people see it: sample preview, variables, and why it cannot be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import template_rendering, template_slots
from domain import templates as rules
from domain.errors import NotFound
from domain.loose import obj, text_of
from domain.sentences import Sentence
from domain.template_slots import Slot
from store import templates
from store.templates import TemplateRow


@dataclass(frozen=True, slots=True)
class ShownTemplate:
    """One language of a template; ``preview`` has the shape that the phone preview draws."""

    row: TemplateRow
    slots: list[Slot]
    preview: dict[str, Any]
    line: str
    problem: Sentence | None
    body: str
    """Its text as it was written, with placeholders."""


async def require(session: AsyncSession, template_id: UUID) -> TemplateRow:
    """The template; raises NotFound."""
    row = await templates.get(session, template_id)
    if row is None:
        raise NotFound("template_not_found")
    return row


async def languages(session: AsyncSession, template_id: UUID) -> list[ShownTemplate]:
    """The template in every language; raises NotFound."""
    row = await require(session, template_id)
    return [show(sibling) for sibling in await templates.siblings(session, row)]


def show(row: TemplateRow) -> ShownTemplate:
    """The template filled with the samples it was approved with."""
    values = template_slots.examples(row.components, row.parameter_format)
    template = as_mapping(row)
    preview = template_rendering.render(template, values).as_dict()
    return ShownTemplate(
        row=row,
        slots=template_slots.slots(row.components, row.parameter_format),
        preview=preview,
        line=template_rendering.preview_text(template, values),
        problem=problem(row),
        body=_body(row.components) or preview["body"],
    )


def _body(components: list[Any]) -> str:
    found = (one for one in map(obj, components) if text_of(one.get("type")).upper() == "BODY")
    return text_of(next(found, {}).get("text"))


def problem(row: TemplateRow) -> Sentence | None:
    """Why this template cannot be sent now, or None."""
    return rules.problem(
        row.status, row.quality, deleted=row.deleted_at is not None, components=row.components
    )


def as_mapping(row: TemplateRow) -> Mapping[str, Any]:
    """The parts of a row that the domain reads."""
    return {
        "name": row.name,
        "language": row.language,
        "parameter_format": row.parameter_format,
        "components": row.components,
    }
