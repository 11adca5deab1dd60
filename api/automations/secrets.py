"""Secret values for headers of requests: set, listed by name, deleted; never returned."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.automations.shapes import Read
from api.automations.who import Reader, Runner
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.idempotency import IdempotentRoute
from api.strict import Strict
from services.automations import secrets

router = APIRouter(
    prefix="/api/automations/secrets", tags=["automations"], route_class=IdempotentRoute
)

Name = Annotated[str, Path(max_length=60)]


class SecretIn(Strict):
    """A secret's value."""

    value: str = Field(max_length=8192)


class SecretOut(Read):
    """A secret without its value."""

    name: str
    created_at: datetime
    created_by: str | None


@router.get("")
async def list_secrets(_principal: Reader, session: ReadSessionDep) -> list[SecretOut]:
    """Every secret by name, without its value."""
    return [SecretOut.model_validate(one) for one in await secrets.names(session)]


@router.put("/{name}", status_code=204)
async def set_secret(
    name: Name, body: SecretIn, principal: Runner, session: SessionDep, state: StateDep
) -> None:
    """Set a value; headers of requests name it as ``{{secret.NAME}}``."""
    await secrets.put(session, state.vault, principal.actor, name, body.value)


@router.delete("/{name}", status_code=204)
async def delete_secret(name: Name, principal: Runner, session: SessionDep) -> None:
    """Delete one; requests that name it fail from now on."""
    await secrets.delete(session, principal.actor, name)
