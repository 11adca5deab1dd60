"""Launch a campaign: check every part, freeze the message, hand it over to its workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import slot_values
from domain import templates as rules
from domain.actors import SYSTEM, Actor
from domain.campaigns import (
    Audience,
    CampaignAction,
    CampaignStatus,
    CampaignType,
    Variable,
    missed_start,
    require,
)
from domain.entries import FileSource, PendingFile, column_of
from domain.errors import Invalid
from domain.journal.campaigns import CampaignFrozen, CampaignLaunched
from domain.sentences import Sentence
from services import journal
from services.campaigns import find
from services.campaigns.drafts.changes import OPEN_CHOICES
from services.campaigns.launching.people import mapped, people_of, values_of
from services.campaigns.retries import whom
from services.campaigns.views import CampaignView, view
from services.messages import reasons
from store import channels, groups, refusals, statistics, templates
from store.campaigns import audience as audiences
from store.campaigns import entries, places, rows
from store.campaigns.audience import Preflight
from store.campaigns.classify import Value
from store.campaigns.places import Mark
from store.campaigns.rows import CampaignRow
from store.receiving import identities

MARKETING = "MARKETING"


class StillUndoable(Exception):
    """The launch can still be undone; try again when that time is over."""


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a draft: who it reaches, and every reason it cannot be launched, by field."""

    preflight: Preflight
    problems: dict[str, Sentence]


async def check(session: AsyncSession, campaign_id: UUID, now: datetime) -> Check:
    """Check a draft without changing it."""
    row = await find.row(session, campaign_id)
    return await _check(session, row, now, asking=True)


async def launch(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    now: datetime,
    undo_for: timedelta = timedelta(0),
) -> CampaignView:
    """Freeze the message and schedule the campaign; commit, then start its workflow.

    Nothing is frozen or sent for ``undo_for``, so that it can be undone. A repeated launch, or a second person's, finds
    the campaign launched and changes nothing.
    """
    row = await find.locked(session, campaign_id)
    if row.launched_at is not None and row.status != CampaignStatus.DRAFT:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.LAUNCH)
    found = await _check(session, row, now, asking=False)
    if found.problems:
        raise Invalid("campaign_incomplete", fields=found.problems)
    if row.type == CampaignType.API and row.source:  # a file from before the type changed
        await entries.clear(session, campaign_id)
        row.source = {}
    if row.parent_id is None:  # a retry keeps the message of its first campaign
        row.template = await _snapshot(session, row)
    row.status = CampaignStatus.SCHEDULED
    row.launched_at = now
    row.undo_until = now + undo_for if undo_for else None
    launched = CampaignLaunched(campaign_id=campaign_id, recipients=found.preflight.total)
    await journal.note(session, actor, launched)
    await session.flush()
    await session.refresh(row)
    return view(row, None)


async def _snapshot(session: AsyncSession, row: CampaignRow) -> dict[str, Any]:
    """The template as it is now: later changes at WhatsApp do not affect this campaign."""
    template = await templates.get(session, row.template_id) if row.template_id else None
    assert template is not None  # checked just before, in the same transaction
    return {
        "name": template.name, "language": template.language, "category": template.category,
        "parameter_format": template.parameter_format, "components": template.components,
    }  # fmt: skip


async def freeze(session: AsyncSession, campaign_id: UUID) -> int:
    """Freeze the audience of a launched campaign; returns the number of recipients. Repeating changes nothing."""
    # Undoing the launch takes the same lock, and so does a program adding people.
    row = await find.locked(session, campaign_id)
    if row.template is None or row.status == CampaignStatus.DRAFT:
        raise find.unknown()
    if await rows.may_be_undone(session, campaign_id):
        raise StillUndoable
    slots = rules.slots(row.template["components"], row.template["parameter_format"])
    total = await audiences.freeze(
        session, campaign_id, people_of(row), values_of(row, slots),
        marketing=row.template["category"] == MARKETING,
        source="api" if row.type == CampaignType.API else "campaign",
    )  # fmt: skip
    await journal.note(session, SYSTEM, CampaignFrozen(campaign_id=campaign_id))
    return total


async def look_at(session: AsyncSession, campaign_id: UUID, total: int) -> None:
    """Analyze the newly frozen audience, or searches in it get bad plans."""
    await statistics.refresh_audience(session, campaign_id, total)


async def follow_people(session: AsyncSession, campaign_id: UUID, since: Mark | None) -> None:
    """After the audience is committed: fix the places of people merged or renumbered in the meantime.

    ``since`` is ``places.mark`` from before the audience was frozen.
    """
    await identities.lock(session)
    await places.hand_over(session, campaign_id, since)


async def _check(session: AsyncSession, row: CampaignRow, now: datetime, *, asking: bool) -> Check:
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
    slots = rules.slots(template.components, template.parameter_format)
    given = mapped(row.variables, slots)
    # A program sends values with each person.
    by_program = row.type == CampaignType.API
    if not by_program and (unfilled := _values_problem(slots, given, _columns(row))):
        problems["variables"] = unfilled
    return values_of(row, slots), template.category == MARKETING


def _columns(row: CampaignRow) -> list[str]:
    source = FileSource.from_json(row.source) if row.type == CampaignType.CSV else None
    return source.columns if source else []


def _values_problem(
    slots: Sequence[rules.Slot], variables: Sequence[Variable], columns: list[str]
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


def _value_problem(slot: rules.Slot, variable: Variable, columns: list[str]) -> Sentence | None:
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
