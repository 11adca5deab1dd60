"""Consent of one contact: its history, stopping marketing, and allowing it again with a reason."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.contacts import ContactOut
from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from api.wording.fields import Worded
from domain.permissions import Permission
from services.contacts import consent, search
from services.contacts.consent import NOTE_LIMIT

router = APIRouter(
    prefix="/api/contacts/{contact_id}/consent", tags=["contacts"], route_class=IdempotentRoute
)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Agent = Annotated[Principal, requires(Permission.CONVERSATIONS_WRITE)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


class ToldOut(BaseModel):
    """One record: what was said (stop or agree), how (source), when, and by whom."""

    model_config = ConfigDict(from_attributes=True)

    action: str
    source: str
    sentence: Worded
    detail: str
    at: datetime
    user_name: str | None
    message_id: UUID | None
    import_id: UUID | None
    campaign_id: UUID | None


class StopIn(Strict):
    """Why, in a few words."""

    note: str = Field(default="", max_length=NOTE_LIMIT)


class AllowIn(Strict):
    """How the person agreed, kept as evidence."""

    note: str = Field(max_length=NOTE_LIMIT, examples=["Ticked the box of the order form"])


@router.get("")
async def consent_history(
    contact_id: UUID, _principal: Reader, session: ReadSessionDep
) -> list[ToldOut]:
    """Who allowed or stopped marketing, when and how, newest first."""
    await search.get(session, contact_id)
    told = await consent.history(session, contact_id)
    return [ToldOut.model_validate(item) for item in told]


@router.post("/stop")
async def stop_marketing(
    contact_id: UUID, body: StopIn, principal: Agent, session: SessionDep
) -> ContactOut:
    """Stop marketing; replies and service messages may still be sent."""
    contact = await consent.stop(session, principal.actor, contact_id, body.note)
    return ContactOut.model_validate(contact)


@router.post("/allow")
async def allow_marketing(
    contact_id: UUID, body: AllowIn, principal: Writer, session: SessionDep
) -> ContactOut:
    """Allow marketing because the person agreed; 409 if they stopped it in WhatsApp itself."""
    contact = await consent.allow(session, principal.actor, contact_id, body.note)
    return ContactOut.model_validate(contact)
