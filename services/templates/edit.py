"""Change a template at Meta, then here; the rules are checked before the request to Meta."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain import template_rules
from domain.actors import Actor
from domain.errors import Conflict, Invalid
from domain.journal.team import TemplateEdited
from services import journal
from services.channels import account as accounts
from services.templates import show, sync
from services.vault import Vault
from settings import Settings
from store import channels
from store.templates import FetchedTemplate
from whatsapp import management
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; None leaves a part as it is, components replace the old ones as a whole."""

    category: str | None = None
    components: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """An edit that passed our rules, with what the request to Meta needs."""

    template_id: UUID
    meta_id: str
    account: Account
    change: Mapping[str, Any]


async def edit(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    settings: Settings,
    template_id: UUID,
    wanted: Edit,
    *,
    actor: Actor,
    now: datetime,
) -> show.ShownTemplate:
    """Change a template; no transaction is open during the request to Meta."""
    async with sessions() as session:
        planned = await _plan(session, vault, template_id, wanted.category, wanted.components)
    async with accounts.client(settings) as api:
        fetched = await _submit(api, planned)
    async with sessions.begin() as session:
        return await _record(session, planned, fetched, actor=actor, now=now)


async def _plan(
    session: AsyncSession,
    vault: Vault,
    template_id: UUID,
    category: str | None,
    components: list[dict[str, Any]] | None,
) -> PlannedEdit:
    """Check the edit; raises Invalid naming fields, or Conflict if the template's state forbids it."""
    row = await show.require(session, template_id)
    change: dict[str, Any] = {}
    if category and category.upper() != row.category:
        change["category"] = category.upper()
    if components is not None and components != row.components:
        change["components"] = components
    if row.deleted_at is not None:
        raise Conflict("template_deleted")
    template_rules.require_editable(row.status, change)
    if change:
        checked = change.get("components", row.components)
        template_rules.require_valid(checked, row.parameter_format, category or row.category)
    channel = next((c for c in await channels.list_all(session) if c.waba_id == row.waba_id), None)
    if channel is None:
        raise Conflict("template_no_channel")
    return PlannedEdit(row.id, row.meta_id, accounts.account(channel, vault), change)


async def _submit(api: CloudApi, planned: PlannedEdit) -> FetchedTemplate:
    """Send the edit to Meta; returns the template as Meta has it afterwards, often back in review."""
    try:
        if planned.change:
            await management.edit_template(api, planned.account, planned.meta_id, planned.change)
        return sync.parse(await management.template(api, planned.account, planned.meta_id))
    except CloudApiError as error:
        raise Invalid("template_refused", detail=error.detail) from error
    except (CallNotMade, CallUnanswered) as error:
        raise Conflict("template_unanswered") from error


async def _record(
    session: AsyncSession,
    planned: PlannedEdit,
    fetched: FetchedTemplate,
    *,
    actor: Actor,
    now: datetime,
) -> show.ShownTemplate:
    """Store what Meta has now."""
    row = await show.require(session, planned.template_id)
    before = {"category": row.category, "status": row.status, "components": row.components}
    row.category, row.status, row.quality = fetched.category, fetched.status, fetched.quality
    row.components = fetched.components
    row.rejected_reason = fetched.rejected_reason
    row.synced_at = now
    await session.flush()
    after = {"category": row.category, "status": row.status, "components": row.components}
    if after != before:  # an edit of nothing is no event
        edited = TemplateEdited(template_id=row.id, before=before, after=after)
        await journal.note(session, actor, edited)
    return show.show(row)
