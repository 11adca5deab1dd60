"""Drafts of automations: make, save, rename, and bring an earlier version back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations import starters
from domain.automations.problems import Problem
from domain.contacts import typed
from domain.errors import Conflict, Invalid, NotFound
from domain.journal.automations import AutomationCreated, AutomationEdited, AutomationRenamed
from services import clock, journal
from services.automations import checking, documents, find, listing
from services.automations.listing import AutomationView, DraftView
from store import users
from store.automations import designs
from store.automations.designs import AutomationRow

LONGEST_NAME = 120

QUIET = timedelta(minutes=10)
"""Saves of the same person within this time of each other are one edit in the audit log."""

BLANK: Mapping[str, Any] = {"schema": 1, "triggers": [], "nodes": [], "edges": [], "settings": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A saved draft: its new revision, and what is still wrong with it."""

    revision: int
    saved_at: datetime
    problems: Sequence[Problem]


async def create(
    session: AsyncSession,
    actor: Actor,
    name: str,
    *,
    starter: str = "",
    document: Mapping[str, Any] | None = None,
    copied: UUID | None = None,
) -> AutomationView:
    """A new draft: empty, from a starter, or with a document from elsewhere."""
    if starter and document is not None:
        raise Invalid("automation_starter_or_document", field="starter")
    drawn = _of_starter(starter) if starter else documents.read(dict(document or BLANK)).document
    row = await designs.add(
        session, name=named(name), draft=drawn, draft_by=actor.user_id, created_by=actor.user_id
    )
    created = AutomationCreated(automation_id=row.id, copied=copied, after={"name": row.name})
    await journal.note(session, actor, created)
    return await listing.one(session, row.id)


async def save(
    session: AsyncSession,
    actor: Actor,
    automation_id: UUID,
    revision: int,
    document: Mapping[str, Any],
) -> Saved:
    """Keep a draft drawn on top of this revision; raises Conflict when somebody saved another one since."""
    row = await find.acting(session, automation_id)
    await require_revision(session, actor, row, revision)
    checked = await checking.check(session, document, automation_id)
    if checked.read.document == row.draft:
        return Saved(revision=row.revision, saved_at=row.draft_at, problems=checked.problems)
    kept, at = await _keep(session, actor, row, checked.read.document)
    return Saved(revision=kept, saved_at=at, problems=checked.problems)


async def rename(
    session: AsyncSession, actor: Actor, automation_id: UUID, name: str
) -> AutomationView:
    """Give it another name."""
    row = await find.locked(session, automation_id)
    wanted, before = named(name), row.name
    if wanted != before:
        row.name = wanted
        await session.flush()
        renamed = AutomationRenamed(
            automation_id=row.id, before={"name": before}, after={"name": wanted}
        )
        await journal.note(session, actor, renamed)
    return await listing.one(session, automation_id)


async def restore(
    session: AsyncSession, actor: Actor, automation_id: UUID, version: int, revision: int
) -> DraftView:
    """Make a published version's graph the draft."""
    row = await find.acting(session, automation_id)
    await require_revision(session, actor, row, revision)
    found = await designs.version(session, automation_id, version)
    if found is None:
        raise NotFound("automation_version_unknown")
    if found.graph != row.draft:
        await _keep(session, actor, row, found.graph)
    return await listing.draft(session, automation_id)


async def require_revision(
    session: AsyncSession, actor: Actor, row: AutomationRow, revision: int
) -> None:
    """Raise Conflict, naming who saved it when, unless the draft is still at this revision."""
    if row.revision == revision:
        return
    if row.draft_by is not None and row.draft_by == actor.user_id:
        raise Conflict("draft_changed.own", at=row.draft_at)
    who = await users.names(session, [row.draft_by]) if row.draft_by else {}
    if row.draft_by in who:
        raise Conflict("draft_changed.by", who=who[row.draft_by], at=row.draft_at)
    raise Conflict("draft_changed")


def named(name: str) -> str:
    """An automation's name as stored; raises Invalid when it is empty or too long."""
    found = typed(name, LONGEST_NAME, "name")
    if not found:
        raise Invalid("automation_name", field="name", most=LONGEST_NAME)
    return found


async def _keep(
    session: AsyncSession, actor: Actor, row: AutomationRow, document: dict[str, Any]
) -> tuple[int, datetime]:
    soon = row.draft_by == actor.user_id and clock.now() - row.draft_at < QUIET
    again = soon and row.revision > 1  # the first revision is how it was made
    kept = await designs.set_draft(session, row.id, document, actor.user_id)
    if not again:
        await journal.note(session, actor, AutomationEdited(automation_id=row.id))
    return kept


def _of_starter(key: str) -> dict[str, Any]:
    found = starters.get(key)
    if found is None:
        raise Invalid("automation_starter_unknown", field="starter")
    return documents.write(found.graph)
