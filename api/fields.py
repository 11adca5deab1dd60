"""Custom fields of contacts."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from domain.contacts import FieldType
from domain.fields import LABEL_LIMIT
from domain.permissions import Permission
from services.contacts import fields

router = APIRouter(prefix="/api/fields", tags=["contacts"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


class FieldChangeIn(Strict):
    """A field's label and, for an enum, its choices."""

    label: str = Field(max_length=LABEL_LIMIT)
    options: list[str] = Field(default_factory=list, max_length=200)


class FieldIn(FieldChangeIn):
    """A new field; its type never changes."""

    type: FieldType = FieldType.TEXT


class FieldOut(BaseModel):
    """A field; ``key`` names it in ``fields`` of contacts and in template variables."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    label: str
    type: FieldType
    options: list[str]


@router.get("")
async def list_fields(_principal: Reader, session: ReadSessionDep) -> list[FieldOut]:
    """All custom fields."""
    return [FieldOut.model_validate(field) for field in await fields.every(session)]


@router.post("", status_code=201)
async def create_field(body: FieldIn, principal: Writer, session: SessionDep) -> FieldOut:
    """Add a field to contacts."""
    made = await fields.create(
        session, principal.actor, label=body.label, kind=body.type, options=body.options
    )
    return FieldOut.model_validate(made)


@router.put("/{key}")
async def update_field(
    key: str, body: FieldChangeIn, principal: Writer, session: SessionDep
) -> FieldOut:
    """Change a field's label or its choices."""
    changed = await fields.update(
        session, principal.actor, key, label=body.label, options=body.options
    )
    return FieldOut.model_validate(changed)


@router.delete("/{key}", status_code=204)
async def delete_field(key: str, principal: Writer, session: SessionDep) -> None:
    """Delete a field and its values."""
    await fields.delete(session, principal.actor, key)
