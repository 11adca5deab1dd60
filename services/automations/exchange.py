"""Automations as files: exported, and imported as new drafts elsewhere."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.graphs import SCHEMA
from domain.errors import Invalid
from services.automations import drafts, find
from services.automations.listing import AutomationView

KIND = "automation"


async def exported(session: AsyncSession, automation_id: UUID) -> dict[str, Any]:
    """The draft of an automation as a file; raises NotFound."""
    row = await find.row(session, automation_id)
    return {"whatsway": KIND, "schema": SCHEMA, "name": row.name, "document": row.draft}


async def imported(
    session: AsyncSession, actor: Actor, file: Mapping[str, Any], name: str = ""
) -> AutomationView:
    """A new draft from a file; what it names and does not exist here becomes a problem at its node."""
    document, called = file.get("document"), file.get("name")
    if file.get("whatsway") != KIND or not isinstance(document, dict):
        raise Invalid("automation_file", field="file")
    wanted = name or (called if isinstance(called, str) else "")
    return await drafts.create(session, actor, wanted[: drafts.LONGEST_NAME], document=document)
