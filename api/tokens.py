"""API tokens: make one (shown once), list, revoke."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services import tokens

router = APIRouter(prefix="/api/tokens", tags=["tokens"])

Owner = Annotated[Principal, requires(Permission.TOKENS_WRITE)]


class TokenIn(BaseModel):
    """What the token is for, what it may do (at most what its maker may) and how long."""

    name: str = Field(max_length=200)
    scopes: list[str] = Field(max_length=100, examples=[["contacts:read", "messages:send"]])
    expires_in_days: int | None = Field(default=90)


class TokenOut(BaseModel):
    """A token without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_id: UUID
    user_name: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(BaseModel):
    """A token just made: ``token`` is shown only here."""

    id: UUID
    token: str
    scopes: list[str]
    expires_at: datetime | None


def whose(principal: Principal) -> UUID | None:
    """Administrators of people see and revoke everybody's tokens, others only their own."""
    return None if principal.may(Permission.USERS_WRITE) else principal.user_id


@router.get("")
async def list_tokens(principal: Owner, session: ReadSessionDep) -> list[TokenOut]:
    """Live tokens, newest first."""
    found = await tokens.list_for(session, whose(principal))
    return [TokenOut.model_validate(token) for token in found]


@router.post("", status_code=201)
async def create_token(body: TokenIn, principal: Owner, session: SessionDep) -> NewTokenOut:
    """Make a token that acts as oneself within its scopes.

    A token makes tokens that hold at most what it holds, live no longer and end with it.
    """
    days = body.expires_in_days
    if (
        principal.token
        and principal.token.expires_at
        and "expires_in_days" not in body.model_fields_set
    ):
        days = min(tokens.LONGEST_DAYS, (principal.token.expires_at - now()).days) or None
    made = await tokens.create(
        session,
        principal.actor,
        user=principal.user_id,
        allowed=principal.permissions,
        name=body.name,
        scopes=body.scopes,
        expires_in_days=days,
        now=now(),
        maker=principal.token,
    )
    return NewTokenOut(
        id=made.id, token=made.secret, scopes=made.scopes, expires_at=made.expires_at
    )


@router.delete("/{token_id}", status_code=204)
async def revoke_token(token_id: UUID, principal: Owner, session: SessionDep) -> None:
    """Revoke a token at once."""
    await tokens.revoke(session, principal.actor, token_id, now=now(), user_id=whose(principal))
