"""Write a campaign before launch: create, change, copy, delete; every step valid on its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import Audience, CampaignAction, CampaignStatus, CampaignType, require
from domain.contacts import BUILT_IN_FIELDS, clean_text
from domain.entries import COLUMN, variable_unknown
from domain.errors import Conflict, Invalid
from domain.journal.campaigns import CampaignDeleted
from domain.sentences import Sentence
from domain.template_slots import slots
from services import clock, journal
from services.campaigns import find
from services.campaigns.drafts import log
from services.campaigns.drafts.changes import DraftChange, differing, named
from services.campaigns.views import CampaignView, view
from services.contacts.groups import require_all
from services.users import require_active
from store import channels, fields, templates
from store.campaigns import rows
from store.campaigns.rows import CampaignRow

SHOWN = 60
"""Most characters that are quoted of a name nobody knows."""


async def create(
    session: AsyncSession,
    actor: Actor,
    name: str,
    kind: CampaignType = CampaignType.CONTACTS,
    wanted: DraftChange | None = None,
) -> CampaignView:
    """Create a draft with what is already known about it."""
    row = rows.add(session, name=named(name), type=kind, created_by=actor.user_id)
    await session.flush()
    await session.refresh(row)
    await log.made(session, actor, row)
    if wanted is not None:
        return await change(session, row.id, actor, wanted, revision=None, fresh=True)
    return view(row, None)


async def begin(session: AsyncSession, actor: Actor, name: str) -> CampaignView:
    """A person's blank draft, on the first number that may send; lists do not show it until they type something."""
    row = await rows.blank_of(session, actor.user_id)
    if row is None:
        row = rows.add(session, name=named(name), created_by=actor.user_id, blank=True)
    usable = [row for row in await channels.list_all(session) if row.blocked_reason is None]
    row.name, row.channel_id = named(name), usable[0].id if usable else None
    row.created_at = clock.now()  # its day starts now, and so does its place in the list
    row.schedule_seen, row.open_choices = False, []
    await session.flush()
    await session.refresh(row)
    return view(row, None)


async def change(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    wanted: DraftChange,
    revision: int | None,
    *,
    fresh: bool = False,
) -> CampaignView:
    """Change a draft; ``revision`` is the one the person saw, so that two tabs never overwrite each other.

    A ``fresh`` one was created by the same request, which is recorded; it is not an edit.
    """
    row = await find.locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.EDIT)
    columns = differing(row, wanted)
    if not columns and not (row.blank and wanted.keep):
        return view(row, None)  # repeated, or already saved while typing: never a conflict
    if revision is not None and revision != row.revision:
        raise Conflict("draft_changed")
    await _check_references(session, row, columns)
    await enlist(session, row, actor)
    before = {name: getattr(row, name) for name in columns}
    for name, value in columns.items():
        setattr(row, name, value)
    touch(row)
    await session.flush()
    await session.refresh(row)
    if not fresh:
        await log.edited(session, actor, row, before)
    return view(row, None)


def touch(row: CampaignRow) -> None:
    """Raise a draft's revision, so that anyone who saw the previous one has to reload."""
    row.revision += 1
    row.updated_at = clock.now()


async def enlist(session: AsyncSession, row: CampaignRow, actor: Actor) -> None:
    """Show a blank draft in lists from now on, as somebody typed something."""
    if row.blank:
        row.blank = False
        await log.made(session, actor, row)


async def delete(session: AsyncSession, campaign_id: UUID, actor: Actor) -> None:
    """Delete a draft, or an ended campaign that messaged nobody."""
    before = {"name": await remove(session, campaign_id)}
    deleted = CampaignDeleted(campaign_id=campaign_id, before=before)
    await journal.note(session, actor, deleted)


async def remove(session: AsyncSession, campaign_id: UUID) -> str:
    """Do what ``delete`` does without noting it; returns the campaign's name."""
    row = await deletable(session, campaign_id)
    name = row.name
    await rows.forget_refused(session, campaign_id)
    await session.delete(row)
    await session.flush()
    return name


async def deletable(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The campaign, locked; raises Conflict unless it messaged nobody: any other is a record of what was sent."""
    row = await find.locked(session, campaign_id)
    require(CampaignStatus(row.status), CampaignAction.DELETE)
    if not view(row, await rows.counters(session, campaign_id, lock=True)).deletable:
        raise Conflict("campaign_sent")
    return row


async def see_schedule(session: AsyncSession, campaign_id: UUID) -> None:
    """Mark the start and speed of a draft, which have defaults, as reviewed."""
    row = await rows.locked(session, campaign_id)
    if row is not None:
        row.schedule_seen = True


async def forget_blank(session: AsyncSession) -> None:
    """Delete drafts that stayed blank for a day."""
    await rows.forget_blank(session)


async def _check_references(
    session: AsyncSession, row: CampaignRow, columns: Mapping[str, Any]
) -> None:
    channel_id, template_id = columns.get("channel_id"), columns.get("template_id")
    if channel_id is not None and await channels.get(session, channel_id) is None:
        raise Invalid("channel_unknown", field="channel_id")
    if template_id is not None and await templates.get(session, template_id) is None:
        raise Invalid("template_unknown", field="template_id")
    if "audience" in columns:
        audience = Audience.from_json(columns["audience"])
        await require_all(session, audience.group_ids, "audience.group_ids")
        await require_all(session, audience.excluded_group_ids, "audience.excluded_group_ids")
    if columns.get("replies_to_id") is not None:
        await require_active(session, columns["replies_to_id"], "replies_to_id")
    if columns.get("variables"):
        fresh = {
            key: variable
            for key, variable in columns["variables"].items()
            if variable != row.variables.get(key)
        }
        await _check_variables(session, template_id or row.template_id, fresh)


async def _check_variables(
    session: AsyncSession, template_id: UUID | None, variables: Mapping[str, Mapping[str, str]]
) -> None:
    """Invalid for a variable that the template does not have, or one that nothing could fill."""
    template = await templates.get(session, template_id) if template_id else None
    sources = {"", *BUILT_IN_FIELDS, *(field.key for field in await fields.every(session))}
    wrong: dict[str, Sentence] = {}
    if template is not None:
        known = [slot.key for slot in slots(template.components, template.parameter_format)]
        for key in variables.keys() - set(known):
            wrong[f"variables.{key[:SHOWN]}"] = variable_unknown(key, known)
    for key, variable in variables.items():
        source = variable["field"]
        if source not in sources and not source.startswith(COLUMN):
            said = Sentence("variable_source", source=clean_text(source, SHOWN))
            wrong[f"variables.{key[:SHOWN]}.field"] = said
    if wrong:
        raise Invalid("variables_invalid", fields=wrong)
