"""Pages of groups and custom fields, both part of the contacts area."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.errors import status_of
from api.security import Principal, requires
from domain.contacts import FieldType
from domain.errors import Conflict, Invalid
from domain.permissions import Permission
from services import deletions
from services.contacts import fields, groups
from web.deletions import address as undo_address
from web.i18n import gettext as _
from web.pages import page
from web.rendering import redirect
from web.wording import error_words, field_words

router = APIRouter(prefix="/contacts", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]
Text = Annotated[str, Form(max_length=400)]
LongText = Annotated[str, Form(max_length=20_000)]


async def _groups_page(
    request: Request, principal: Principal, session: SessionDep, name: str = "", error: str = ""
) -> Response:
    context = {"groups": await groups.every(session), "name": name, "error": error}
    status = 422 if error else 200
    return page(request, principal, "contacts/groups.html", context, status=status)


@router.get("/groups")
async def groups_page(request: Request, principal: Reader, session: ReadSessionDep) -> Response:
    """All groups with their sizes."""
    return await _groups_page(request, principal, session)


@router.post("/groups")
async def create_group(
    request: Request, principal: Writer, session: SessionDep, name: Text = ""
) -> Response:
    """Create a group, or show the page again with errors."""
    try:
        await groups.create(session, principal.actor, name)
    except (Invalid, Conflict) as error:
        return await _groups_page(request, principal, session, name, error_words(error))
    return redirect(request, "/contacts/groups", flash=_("Group created."))


@router.post("/groups/{group_id}")
async def rename_group(
    request: Request, group_id: UUID, principal: Writer, session: SessionDep, name: Text = ""
) -> Response:
    """Rename a group."""
    await groups.rename(session, principal.actor, group_id, name)
    return redirect(request, "/contacts/groups", flash=_("Group renamed."))


@router.post("/groups/{group_id}/delete")
async def delete_group(
    request: Request, group_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Delete a group; its contacts stay."""
    deletion = await deletions.group(session, principal.actor, group_id)
    said = _("Group deleted. Its contacts stay.")
    return redirect(request, "/contacts/groups", flash=said, undo=undo_address(deletion))


async def _fields_page(
    request: Request,
    principal: Principal,
    session: SessionDep,
    values: dict[str, str],
    error: Invalid | Conflict | None = None,
) -> Response:
    context = {
        "fields": await fields.every(session),
        "usage": await fields.usage(session),
        "kinds": [(kind.value, text) for kind, text in kind_names().items()],
        "values": values,
        "errors": field_words(error) or ({"label": error_words(error)} if error else {}),
    }
    status = status_of(error) if error else 200
    return page(request, principal, "contacts/fields.html", context, status=status)


def kind_names() -> dict[FieldType, str]:
    """The labels of field types."""
    return {
        FieldType.TEXT: _("Text"),
        FieldType.NUMBER: _("Number"),
        FieldType.DATE: _("Date"),
        FieldType.DATETIME: _("Date and time"),
        FieldType.BOOL: _("Yes or no"),
        FieldType.ENUM: _("One of several choices"),
    }


@router.get("/fields")
async def fields_page(request: Request, principal: Reader, session: ReadSessionDep) -> Response:
    """All custom fields and how many contacts have a value."""
    return await _fields_page(request, principal, session, {})


@router.post("/fields")
async def create_field(
    request: Request,
    principal: Writer,
    session: SessionDep,
    label: Text = "",
    kind: Annotated[FieldType, Form()] = FieldType.TEXT,
    options: LongText = "",
) -> Response:
    """Add a field, or show the page again with errors."""
    choices = options.splitlines()
    try:
        await fields.create(session, principal.actor, label=label, kind=kind, options=choices)
    except (Invalid, Conflict) as error:
        values = {"label": label, "kind": kind.value, "options": options}
        return await _fields_page(request, principal, session, values, error)
    return redirect(request, "/contacts/fields", flash=_("Field added."))


@router.post("/fields/{key}")
async def update_field(
    request: Request,
    key: str,
    principal: Writer,
    session: SessionDep,
    label: Text = "",
    options: LongText = "",
) -> Response:
    """Change a field's name or choices."""
    choices = options.splitlines()
    await fields.update(session, principal.actor, key, label=label, options=choices)
    return redirect(request, "/contacts/fields", flash=_("Field changed."))


@router.post("/fields/{key}/delete")
async def delete_field(
    request: Request, key: str, principal: Writer, session: SessionDep
) -> Response:
    """Delete a field and its values."""
    deletion = await deletions.field(session, principal.actor, key)
    undo = undo_address(deletion)
    return redirect(request, "/contacts/fields", flash=_("Field deleted."), undo=undo)
