"""Pages of contacts: the list, one person, forms, and what can be done to many at once."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.errors import status_of
from api.security import Principal, requires
from api.streams import people_file
from domain.contacts import Contact, CustomField, Selection
from domain.errors import Conflict, Invalid
from domain.ids import parse_id
from domain.permissions import Permission
from services import deletions, exports
from services.contacts import bulk, consent, fields, groups, search, states, write
from services.contacts.bulk import Bulk, BulkAction
from services.contacts.states import StateAction
from services.contacts.write import ContactChange
from web import ignored
from web.contact_filters import LISTED, Wanted, list_address, options_of, selection_of
from web.deletions import address as undo_address
from web.filters import number as shown
from web.i18n import gettext as _
from web.i18n import ngettext
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment
from web.wording import field_words

router = APIRouter(prefix="/contacts", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


@router.get("")
async def list_page(
    request: Request, principal: Reader, session: ReadSessionDep, wanted: Wanted
) -> Response:
    """Contacts with search, filters and bulk actions."""
    offered = options_of(await groups.every(session))
    group = ignored.known(request, "group", dict(offered))
    wanted.filter = replace(wanted.filter, group_id=parse_id(group))
    found = await search.page(
        session, wanted.filter, sort=wanted.sort, cursor=wanted.cursor or None, limit=50
    )
    total = await search.total(session, wanted.filter, found)
    context = {
        "contacts": found.items,
        "found": found,
        "total": total,
        "wanted": wanted,
        "group_options": offered,
        "sort": wanted.sort.value,
    }
    if is_htmx(request):
        return render_fragment(request, "contacts/list.html", context, block="results")
    return page(request, principal, "contacts/list.html", context)


@router.get("/export.csv")
async def export(
    request: Request, principal: Exporter, session: SessionDep, state: StateDep, wanted: Wanted
) -> Response:
    """Everything the list shows as CSV; raises NotFound for a deleted group."""
    selection = Selection(filter=wanted.filter)
    file = await exports.contacts(session, principal.actor, selection, wanted.sort)
    return people_file(request, principal, state, file)


def _action(form: FormData) -> BulkAction:
    action = str(form.get("action", ""))
    if action not in set(BulkAction):
        raise Invalid("action_unknown")
    return BulkAction(action)


@router.post("/selection")
async def selection_dialog(
    request: Request, _principal: Writer, session: ReadSessionDep
) -> Response:
    """Ask for confirmation before a bulk action, with the number of contacts."""
    form = await request.form()
    selection = selection_of(form)
    total = await search.count(session, selection)
    if not total:
        raise Invalid("selection_empty")
    context = {
        "action": _action(form).value,
        "total": total,
        "everything": selection.ids is None,
        "ids": selection.ids or (),
        "kept": {name: form.get(name, "") for name in LISTED},
        "group_options": options_of(await groups.every(session)),
    }
    return render_fragment(request, "contacts/selection.html", context)


@router.post("/bulk")
async def change_many(request: Request, principal: Writer, session: SessionDep) -> Response:
    """Do one thing to the selection, then back to the list."""
    form = await request.form()
    wanted = _bulk(form)
    done = await bulk.apply_undoable(session, principal.actor, wanted)
    undo = undo_address(done.deletion) if done.deletion else ""
    said = _outcome(wanted.action, done.changed)
    return redirect(request, list_address(form), flash=said, undo=undo)


def _bulk(form: FormData) -> Bulk:
    expected = str(form.get("expected", ""))
    return Bulk(
        _action(form),
        selection_of(form),
        group_id=parse_id(str(form.get("group_id", ""))),
        new_group=str(form.get("new_group", "")).strip(),
        expected=int(expected) if expected.isascii() and expected.isdigit() else None,
    )


def _outcome(action: BulkAction, number: int) -> str:
    said = {
        BulkAction.ADD_TO_GROUP: ngettext(
            "%(num)s contact added.", "%(num)s contacts added.", number
        ),
        BulkAction.REMOVE_FROM_GROUP: ngettext(
            "%(num)s contact removed.", "%(num)s contacts removed.", number
        ),
        BulkAction.DELETE: ngettext(
            "%(num)s contact deleted.", "%(num)s contacts deleted.", number
        ),
    }
    changed = ngettext("%(num)s contact changed.", "%(num)s contacts changed.", number)
    return said.get(action, changed) % {"num": shown(number)}


async def _form_page(
    request: Request,
    principal: Principal,
    session: SessionDep,
    contact: Contact | None,
    values: dict[str, Any],
    error: Invalid | Conflict | None = None,
) -> Response:
    custom = await fields.every(session)
    context = {
        "contact": contact,
        "values": values,
        "errors": field_words(error),
        "fields": custom,
        "choices": {field.key: [(option, option) for option in field.options] for field in custom},
        "groups": await groups.every(session),
    }
    status = status_of(error) if error else 200
    return page(request, principal, "contacts/form.html", context, status=status)


def _change(form: FormData, custom: list[CustomField]) -> ContactChange:
    values = {field.key: str(form.get(f"fields.{field.key}", "")) for field in custom}
    ids = filter(None, (parse_id(str(value)) for value in form.getlist("group_ids")))
    return ContactChange(
        phone=str(form.get("phone", "")),
        name=str(form.get("name", "")),
        language=str(form.get("language", "")),
        timezone=str(form.get("timezone", "")),
        fields=values,
        group_ids=list(ids),
    )


def _posted(form: FormData) -> dict[str, Any]:
    values: dict[str, Any] = {key: str(value) for key, value in form.items()}
    return values | {"group_ids": [str(value) for value in form.getlist("group_ids")]}


def _shown(contact: Contact) -> dict[str, Any]:
    values: dict[str, Any] = {
        "phone": contact.phone or "",
        "name": contact.name,
        "language": contact.language or "",
        "timezone": contact.timezone or "",
        "group_ids": [str(group.id) for group in contact.groups],
    }
    for key, value in contact.fields.items():
        text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        values[f"fields.{key}"] = text
    return values


@router.get("/new")
async def new_page(request: Request, principal: Writer, session: ReadSessionDep) -> Response:
    """The form for a new contact."""
    return await _form_page(request, principal, session, None, {"group_ids": []})


@router.post("")
async def create(request: Request, principal: Writer, session: SessionDep) -> Response:
    """Add a contact, or show the form again with errors."""
    form = await request.form()
    try:
        change = _change(form, await fields.every(session))
        contact = await write.create(session, principal.actor, change)
    except (Invalid, Conflict) as error:
        return await _form_page(request, principal, session, None, _posted(form), error)
    return redirect(request, f"/contacts/{contact.id}", flash=_("Contact added."))


@router.get("/{contact_id:uuid}")
async def detail_page(
    request: Request, contact_id: UUID, principal: Reader, session: ReadSessionDep
) -> Response:
    """Everything about one person."""
    contact = await search.get(session, contact_id)
    known = await fields.every(session)
    context = {
        "contact": contact,
        "filled": [field for field in known if contact.fields.get(field.key) not in (None, "")],
        "empty": [field for field in known if contact.fields.get(field.key) in (None, "")],
        "history": await consent.history(session, contact_id),
    }
    return page(request, principal, "contacts/detail.html", context)


@router.get("/{contact_id:uuid}/edit")
async def edit_page(
    request: Request, contact_id: UUID, principal: Writer, session: ReadSessionDep
) -> Response:
    """The form of an existing contact."""
    contact = await search.get(session, contact_id)
    return await _form_page(request, principal, session, contact, _shown(contact))


@router.post("/{contact_id:uuid}")
async def edit(
    request: Request, contact_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Save the form, or show it again with errors."""
    form = await request.form()
    contact = await search.get(session, contact_id)
    try:
        change = _change(form, await fields.every(session))
        await write.update(session, principal.actor, contact_id, change)
    except (Invalid, Conflict) as error:
        return await _form_page(request, principal, session, contact, _posted(form), error)
    return redirect(request, f"/contacts/{contact_id}", flash=_("Saved."))


def _state(form: FormData) -> StateAction:
    action = str(form.get("state", ""))
    if action not in set(StateAction):
        raise Invalid("state_unknown")
    return StateAction(action)


@router.post("/{contact_id:uuid}/state")
async def set_state(
    request: Request, contact_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Block or unblock; stop marketing, or allow it with a reason."""
    form = await request.form()
    note = str(form.get("note", ""))
    await states.put(session, principal.actor, contact_id, _state(form), note)
    return redirect(request, f"/contacts/{contact_id}", flash=_("Saved."))


@router.post("/{contact_id:uuid}/delete")
async def delete(
    request: Request, contact_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Delete a contact; the toast can undo this."""
    deletion = await deletions.contact(session, principal.actor, contact_id)
    return redirect(request, "/contacts", flash=_("Contact deleted."), undo=undo_address(deletion))
