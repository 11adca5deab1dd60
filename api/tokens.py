"""API tokens: create (shown once), list, revoke."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission
from services import tokens

router = APIRouter(prefix="/api/tokens", tags=["tokens"])

Owner = Annotated[Principal, requires(Permission.TOKENS_WRITE)]


class TokenIn(Strict):
    """What the token is for, what it may do (at most what its creator may) and for how long."""

    name: str = Field(max_length=200)
    scopes: list[str] = Field(max_length=100, examples=[["contacts:read", "messages:send"]])
    expires_in_days: int | None = Field(default=tokens.USUAL_DAYS)


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
    """A new token: ``token`` is shown only here."""

    id: UUID
    token: str
    scopes: list[str]
    expires_at: datetime | None


def _whose(principal: Principal) -> UUID | None:
    return tokens.whose(principal.user_id, principal.permissions)


@router.get("")
async def list_tokens(principal: Owner, session: ReadSessionDep) -> list[TokenOut]:
    """Live tokens, newest first."""
    found = await tokens.list_for(session, _whose(principal))
    return [TokenOut.model_validate(token) for token in found]


@router.post("", status_code=201)
async def create_token(body: TokenIn, principal: Owner, session: SessionDep) -> NewTokenOut:
    """Create a token that acts as oneself within its scopes.

    A token can create tokens with at most its own scopes, which live no longer and end with it.
    """
    said = "expires_in_days" in body.model_fields_set
    days = body.expires_in_days if said else tokens.usual_days(principal.token, now())
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
    """Revoke a token immediately."""
    await tokens.revoke(session, principal.actor, token_id, now=now(), user_id=_whose(principal))
