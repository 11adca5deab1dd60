"""Write a campaign before launch: create, change, copy, delete; every step valid on its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import (
    Audience,
    CampaignAction,
    CampaignStatus,
    CampaignType,
    Variable,
    require,
    require_brake,
    require_schedule,
    require_throttle,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.journal.campaigns import CampaignDeleted
from services import clock, journal
from services.campaigns import draft_log, retryable
from services.campaigns.open_choices import still_open
from services.campaigns.views import CampaignView, view
from services.contacts.groups import require_all
from services.users import require_active
from store import channels, templates
from store.campaigns import rows

LONGEST_NAME = 120
NO_CHANNEL = "This number is not connected here."
NO_TEMPLATE = "There is no such template."


@dataclass(frozen=True, slots=True)
class DraftChange:
    """The parts of a draft to change; None leaves a part as it is."""

    name: str | None = None
    type: CampaignType | None = None
    channel_id: UUID | None = None
    template_id: UUID | None = None
    audience: Audience | None = None
    agreed_only: bool | None = None
    variables: Mapping[str, Variable] | None = None
    scheduled_at: datetime | None = None
    send_now: bool = False
    throttle: int | None = None
    full_speed: bool = False
    brake_percent: int | None = None
    no_brake: bool = False
    replies_to_id: UUID | None = None
    replies_to_nobody: bool = False
    blanks: frozenset[str] = frozenset()
    """Choices of OPEN_CHOICES that were made without their value: the draft asks for it."""
    keep: bool = False
    """List a blank draft even when nothing else was changed."""


async def create(
    session: AsyncSession, actor: Actor, name: str, kind: CampaignType = CampaignType.CONTACTS
) -> CampaignView:
    """A new draft."""
    row = rows.add(session, name=named(name), type=kind, created_by=actor.user_id)
    await session.flush()
    await session.refresh(row)
    await draft_log.made(session, actor, row)
    return view(row, None)


async def begin(session: AsyncSession, actor: Actor, name: str) -> CampaignView:
    """A person's empty draft, on the first number that may send: no list shows it until they type something."""
    row = await rows.blank_of(session, actor.user_id)
    if row is None:
        row = rows.add(session, name=named(name), created_by=actor.user_id, blank=True)
    usable = [row for row in await channels.list_all(session) if row.blocked_reason is None]
    row.name, row.channel_id = named(name), usable[0].id if usable else None
    row.created_at = clock.now()  # its day begins now, and so does its place in the list
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
    """Change a draft; ``revision`` is the one the person saw, so that two tabs never overwrite.

    A ``fresh`` one was made by the same request: that is on record, and nobody edited it.
    """
    row = await rows.locked(session, campaign_id)
    if row is None:
        raise unknown()
    require(CampaignStatus(row.status), CampaignAction.EDIT)
    columns = _differing(row, wanted)
    if not columns and not (row.blank and wanted.keep):
        return view(row, None)  # repeated, or already saved as it was typed: never a conflict
    if revision is not None and revision != row.revision:
        raise Conflict(
            "draft_changed",
            "Somebody changed this draft in another window. Reload to see it, then change it again.",
        )
    await _check_references(session, columns)
    await enlist(session, row, actor)
    before = {name: getattr(row, name) for name in columns}
    for name, value in columns.items():
        setattr(row, name, value)
    touch(row)
    await session.flush()
    await session.refresh(row)
    if not fresh:
        await draft_log.edited(session, actor, row, before)
    return view(row, None)


def _differing(row: Any, wanted: DraftChange) -> dict[str, Any]:
    """What a change asks for that is not so already."""
    columns = {
        name: value
        for name, value in _columns(wanted, row).items()
        if value != getattr(row, name)
        and not (name == "audience" and value == _audience(audience_of(row.audience)))
    }
    if row.parent_id is not None:
        _keep_retry(columns)
    return columns


def touch(row: Any) -> None:
    """Say that a draft was changed, and when: whoever saw the revision before has to look again."""
    row.revision += 1
    row.updated_at = clock.now()


async def enlist(session: AsyncSession, row: Any, actor: Actor) -> None:
    """Show a blank draft in lists from now on: somebody typed something into it."""
    if row.blank:
        row.blank = False
        await draft_log.made(session, actor, row)


async def delete(session: AsyncSession, campaign_id: UUID, actor: Actor) -> None:
    """Delete a draft, or an ended campaign that wrote to nobody."""
    before = {"name": await remove(session, campaign_id)}
    deleted = CampaignDeleted(campaign_id=campaign_id, before=before)
    await journal.note(session, actor, deleted)


async def remove(session: AsyncSession, campaign_id: UUID) -> str:
    """What ``delete`` does, without a word in the log; the campaign's name."""
    row = await deletable(session, campaign_id)
    name: str = row.name
    await rows.forget_refused(session, campaign_id)
    await session.delete(row)
    await session.flush()
    return name


async def deletable(session: AsyncSession, campaign_id: UUID) -> Any:
    """The campaign, locked; Conflict unless it wrote to nobody: any other is a record of what was sent."""
    row = await rows.locked(session, campaign_id)
    if row is None:
        raise unknown()
    require(CampaignStatus(row.status), CampaignAction.DELETE)
    if not view(row, await rows.counters(session, campaign_id, lock=True)).deletable:
        raise Conflict(
            "campaign_sent",
            "This campaign has written to people and stays as the record of that. Archive it instead.",
        )
    return row


async def see_schedule(session: AsyncSession, campaign_id: UUID) -> None:
    """Somebody looked at when and how fast a draft goes, which has an answer from the start."""
    row = await rows.locked(session, campaign_id)
    if row is not None:
        row.schedule_seen = True


async def forget_blank(session: AsyncSession) -> None:
    """Delete drafts in which nobody typed anything for a day."""
    await rows.forget_blank(session)


def unknown() -> NotFound:
    """The error of an id that is no campaign."""
    return NotFound("campaign_unknown", "There is no such campaign. It may have been deleted.")


def audience_of(stored: Mapping[str, Any]) -> Audience:
    """The audience in a campaign row."""
    return Audience(
        everyone=bool(stored.get("everyone")),
        group_ids=[UUID(item) for item in stored.get("group_ids", ())],
        excluded_group_ids=[UUID(item) for item in stored.get("excluded_group_ids", ())],
        search=str(stored.get("search", "")),
        retry_of=UUID(stored["retry_of"]) if stored.get("retry_of") else None,
        retry_codes=retryable.CODES if stored.get("retry_of") else (),
        agreed_only=bool(stored.get("agreed_only")),
    )


def _keep_retry(columns: dict[str, Any]) -> None:
    """A retry keeps people and message of its first campaign; an empty choice of people is no choice."""
    if columns.get("audience") == _audience(Audience()):
        del columns["audience"]
    if columns.keys() & {"audience", "template_id", "variables"}:
        raise Conflict(
            "retry_fixed",
            "A retry keeps the people and the message of its first campaign. "
            "For others, start a new campaign.",
        )


def _columns(wanted: DraftChange, row: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {"open_choices": still_open(wanted, row.open_choices)}
    audience: Mapping[str, Any] = row.audience
    if wanted.name is not None:
        columns["name"] = named(wanted.name)
    for name in ("type", "channel_id", "template_id"):
        if (value := getattr(wanted, name)) is not None:
            columns[name] = value
    if wanted.audience is not None:
        columns["audience"] = audience = _audience(wanted.audience)
    if wanted.agreed_only not in (None, bool(audience.get("agreed_only"))):
        columns["audience"] = {**audience, "agreed_only": wanted.agreed_only}
    if wanted.variables is not None:
        columns["variables"] = {key: asdict(value) for key, value in wanted.variables.items()}
    return columns | _pace_columns(wanted)


def _pace_columns(wanted: DraftChange) -> dict[str, Any]:
    emptied = {"at": "scheduled_at", "per_second": "throttle"}  # what was set before is not wanted
    columns: dict[str, Any] = {emptied[it]: None for it in wanted.blanks & emptied.keys()}
    require_schedule(wanted.scheduled_at, clock.now())
    if wanted.scheduled_at is not None or wanted.send_now:
        columns["scheduled_at"] = None if wanted.send_now else wanted.scheduled_at
    if wanted.throttle is not None or wanted.full_speed:
        require_throttle(wanted.throttle)
        columns["throttle"] = None if wanted.full_speed else wanted.throttle
    if wanted.brake_percent is not None or wanted.no_brake:
        require_brake(wanted.brake_percent)
        columns["brake_percent"] = None if wanted.no_brake else wanted.brake_percent
    if wanted.replies_to_id is not None or wanted.replies_to_nobody:
        columns["replies_to_id"] = None if wanted.replies_to_nobody else wanted.replies_to_id
    return columns


async def _check_references(session: AsyncSession, columns: Mapping[str, Any]) -> None:
    channel_id, template_id = columns.get("channel_id"), columns.get("template_id")
    if channel_id is not None and await channels.get(session, channel_id) is None:
        raise Invalid("channel_unknown", NO_CHANNEL, {"channel_id": NO_CHANNEL})
    if template_id is not None and await templates.get(session, template_id) is None:
        raise Invalid("template_unknown", NO_TEMPLATE, {"template_id": NO_TEMPLATE})
    if "audience" in columns:
        audience = audience_of(columns["audience"])
        await require_all(session, audience.group_ids, "audience.group_ids")
        await require_all(session, audience.excluded_group_ids, "audience.excluded_group_ids")
    if columns.get("replies_to_id") is not None:
        await require_active(session, columns["replies_to_id"], "replies_to_id")


def _audience(audience: Audience) -> dict[str, Any]:
    return {
        "everyone": audience.everyone,
        "group_ids": [str(item) for item in audience.group_ids],
        "excluded_group_ids": [str(item) for item in audience.excluded_group_ids],
        "search": audience.search,
        "agreed_only": audience.agreed_only,
    }


def named(name: str) -> str:
    """A campaign's name as it is stored; Invalid when it is empty or too long."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(
            "campaign_name",
            f"Give the campaign a name of up to {LONGEST_NAME} characters.",
            {"name": "required"},
        )
    return name
