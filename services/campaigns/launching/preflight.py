"""Check a draft: who it reaches, and every reason it cannot be launched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import slot_values, template_slots
from domain import templates as rules
from domain.campaigns import Audience, CampaignType, Variable, missed_start
from domain.entries import FileSource, PendingFile, column_of
from domain.sentences import Sentence
from services.campaigns import find
from services.campaigns.drafts.changes import OPEN_CHOICES
from services.campaigns.launching.people import mapped, people_of, values_of
from services.campaigns.retries import whom
from services.messages import reasons
from store import channels, groups, refusals, templates
from store.campaigns import audience as audiences
from store.campaigns.audience import Preflight
from store.campaigns.classify import Value
from store.campaigns.rows import CampaignRow


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a draft: who it reaches, and every reason it cannot be launched, by field."""

    preflight: Preflight
    problems: dict[str, Sentence]


async def check(session: AsyncSession, campaign_id: UUID, now: datetime) -> Check:
    """Check a draft without changing it."""
    row = await find.row(session, campaign_id)
    return await examine(session, row, now, asking=True)


async def examine(session: AsyncSession, row: CampaignRow, now: datetime, *, asking: bool) -> Check:
    """Check a loaded draft; ``asking`` is False when its launch follows, which locks its groups."""
    problems: dict[str, Sentence] = {}
    waba_id = await _check_channel(session, row, problems)
    values, marketing = await _check_message(session, row, waba_id, problems)
    problems |= dict(OPEN_CHOICES[choice] for choice in row.open_choices)
    if missed_start(row.scheduled_at, now):
        problems["schedule"] = Sentence("launch_schedule")
    if row.type == CampaignType.CSV and PendingFile.of(row.source) is not None:
        problems["audience"] = Sentence("launch_file")
    if row.type == CampaignType.CONTACTS and await _lost_a_group(session, row, hold=not asking):
        problems["audience"] = Sentence("launch_group")
    preflight = await audiences.preflight(
        session, people_of(row), values, marketing=marketing, asking=asking
    )
    if preflight.total == 0 and (problem := _nobody(row, preflight)):
        problems.setdefault("audience", problem)
    if row.parent_id is not None:
        problems |= await whom.problems(session, row, row.parent_id, now)
    return Check(preflight, problems)


async def _lost_a_group(session: AsyncSession, row: CampaignRow, *, hold: bool) -> bool:
    """Whether a group of the audience was deleted: people it excluded would get messages."""
    audience = Audience.from_json(row.audience)
    wanted = {*audience.group_ids, *audience.excluded_group_ids}
    return len(await groups.existing(session, list(wanted), hold=hold)) != len(wanted)


async def _check_channel(
    session: AsyncSession, row: CampaignRow, problems: dict[str, Sentence]
) -> str | None:
    """Check that the number may send; returns its WhatsApp account."""
    channel = await channels.get(session, row.channel_id) if row.channel_id else None
    if channel is None:
        problems["channel"] = Sentence("launch_channel")
        return None
    if (reason := await refusals.channel(session, channel.id)) is not None:
        problems["channel"] = reasons.refusal(reason)
    return channel.waba_id


async def _check_message(
    session: AsyncSession,
    row: CampaignRow,
    waba_id: str | None,
    problems: dict[str, Sentence],
) -> tuple[list[Value], bool]:
    if row.template_id is None:
        problems["template"] = Sentence("launch_template")
        return [], False
    template = await templates.get(session, row.template_id)
    if template is None:
        problems["template"] = Sentence("launch_template.gone")
        return [], False
    problem = rules.problem(
        template.status, deleted=template.deleted_at is not None, components=template.components
    )
    if problem is not None:
        problems["template"] = problem
    elif waba_id is not None and template.waba_id != waba_id:
        problems["template"] = Sentence("launch_template.account")
    slots = template_slots.slots(template.components, template.parameter_format)
    given = mapped(row.variables, slots)
    # A program sends the values with each person.
    by_program = row.type == CampaignType.API
    if not by_program and (unfilled := _values_problem(slots, given, _columns(row))):
        problems["variables"] = unfilled
    return values_of(row, slots), rules.is_marketing(template.category)


def _columns(row: CampaignRow) -> list[str]:
    source = FileSource.from_json(row.source) if row.type == CampaignType.CSV else None
    return source.columns if source else []


def _values_problem(
    slots: Sequence[template_slots.Slot], variables: Sequence[Variable], columns: list[str]
) -> Sentence | None:
    """All unfilled variables in one sentence; otherwise the first problem with another one."""
    pairs = list(zip(slots, variables, strict=True))
    empty = [slot.label for slot, given in pairs if not given.field and not given.default]
    if empty:
        *others, last = empty
        if not others:
            return Sentence("launch_values", last=last)
        return Sentence("launch_values.several", others=others, last=last)
    found = (_value_problem(slot, given, columns) for slot, given in pairs)
    return next(filter(None, found), None)


def _value_problem(
    slot: template_slots.Slot, variable: Variable, columns: list[str]
) -> Sentence | None:
    column = column_of(variable)
    if column is not None and column not in columns:
        return Sentence("launch_values.column", label=slot.label, column=column)
    return slot_values.problem(slot, variable.default) if variable.default else None


def _nobody(row: CampaignRow, preflight: Preflight) -> Sentence | None:
    """Why a campaign reaches nobody; None if a program may still add people."""
    source = FileSource.from_json(row.source) if row.type == CampaignType.CSV else None
    if row.type == CampaignType.CSV and source is None:
        return Sentence("launch_audience.file")
    if source is not None and not source.phone_column:
        return Sentence("launch_audience.column")
    if preflight.excluded:
        return Sentence("launch_audience.left_out")
    if row.type == CampaignType.API:
        return Sentence("launch_audience.program") if row.closed_at else None
    return Sentence("launch_audience")
