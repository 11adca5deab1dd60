"""How an import's file is read: encoding, separator, sheet and header row."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from domain.errors import Invalid
from domain.permissions import Permission
from services.imports import preview
from web.imports import columns_page
from web.rendering import redirect, render_fragment

router = APIRouter(prefix="/contacts", include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


@router.post("/import/{import_id}/reading")
async def reread(
    request: Request, import_id: UUID, principal: Writer, session: SessionDep, state: StateDep
) -> Response:
    """Read the file with another encoding, separator or header row."""
    record = await preview.get_open(session, import_id)
    form = await request.form()
    try:
        options = replace(
            record.options,
            encoding=str(form.get("encoding", record.options.encoding)),
            delimiter=str(form.get("delimiter", record.options.delimiter)),
            has_header=form.get("has_header") == "1",
            header_line=_line(form),
            sheet=str(form.get("sheet", record.options.sheet))[:100],
        )
        await preview.reread(session, record, options, state.data_dir)
    except Invalid as error:
        return await columns_page(request, principal, session, state, record, error)
    return redirect(request, f"/contacts/import/{import_id}")


@router.post("/import/{import_id}/letters")
async def letters(
    request: Request, import_id: UUID, _principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """How some names in the file look in another encoding; nothing is stored."""
    record = await preview.get_open(session, import_id)
    chosen = str((await request.form()).get("encoding", ""))
    record = replace(record, options=replace(record.options, encoding=chosen))
    names = await preview.name_samples(record, state.data_dir)
    return render_fragment(request, "imports/letters.html", {"names": names})


def _line(form: FormData) -> int:
    """The header row, 0 for the first that is not blank."""
    text = str(form.get("header_line", "")).strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid("import_header.line", field="header_line")
    return int(text)
