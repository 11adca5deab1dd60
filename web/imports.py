"""Pages of an import: upload, columns, check, progress, result, history."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Request, UploadFile
from starlette.datastructures import FormData
from starlette.responses import Response

from api.bodies import FILE_MAX_BYTES
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.downloads import CsvResponse
from api.errors import status_of
from api.security import Principal, requires
from api.streams import people_file
from api.wording import say
from domain.contacts import ImportStatus
from domain.errors import Invalid
from domain.fields import DateOrder
from domain.headings import told_apart
from domain.ids import parse_id
from domain.imports import FIELD, Import, ImportOptions, Target, UpdatePolicy
from domain.numbering import Written
from domain.permissions import Permission
from services import exports, samples
from services.contacts import fields, groups
from services.imports import preview, report, run, upload
from services.imports.dialects import DELIMITERS
from services.imports.encodings import encodings_with
from web import countries
from web.columns import in_one_column, targets
from web.contact_filters import options_of
from web.i18n import gettext as _
from web.import_checks import result_of
from web.pages import page
from web.rendering import redirect, render_fragment
from web.wording import error_words, field_words, said

router = APIRouter(prefix="/contacts", include_in_schema=False)
NONE_REGION = "+"
"""Posted for "only numbers that begin with a plus sign" in the country question."""

Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


@router.get("/import")
async def upload_page(request: Request, principal: Writer) -> Response:
    """The first step: choose a file."""
    return page(request, principal, "imports/upload.html", {"error": ""})


@router.post("/import", max_body_size=FILE_MAX_BYTES)
async def take_file(
    request: Request,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Store the file, then ask about its columns, or show the first step again with errors."""
    try:
        if file is None or not file.filename:
            raise Invalid("import_missing")
        record = await upload.upload(
            session,
            user_id=principal.user_id,
            file_name=file.filename,
            source=file.file,
            data_dir=state.data_dir,
            max_bytes=state.settings.upload_max_bytes,
        )
    except Invalid as error:
        context = {"error": error_words(error)}
        return page(request, principal, "imports/upload.html", context, status=422)
    return redirect(request, f"/contacts/import/{record.id}")


@router.get("/import/sample.csv")
async def sample(_principal: Writer) -> Response:
    """A sample of 5,000 invented people, with the mistakes of real tables."""
    return CsvResponse.named(_sample_lines(), "contacts-5000.csv")


@router.get("/import/example.csv")
async def example(_principal: Writer) -> Response:
    """A small sample table that shows which columns an import can take."""
    return CsvResponse.named(_example_lines(), "contacts-example.csv")


async def _sample_lines() -> AsyncIterator[str]:
    yield "\ufeff"
    for line in samples.contacts_csv():
        yield line


async def _example_lines() -> AsyncIterator[str]:
    yield "\ufeffName,WhatsApp,Language,Consent,City\r\n"
    yield "Ana Souza,+55 11 98765-4321,pt_BR,yes,São Paulo\r\n"
    yield "Diego Fernández,+34 612 34 56 78,es,yes,Madrid\r\n"


@router.get("/imports")
async def history_page(
    request: Request,
    principal: Writer,
    session: ReadSessionDep,
    before: UUID | None = None,
) -> Response:
    """Who imported what and when, and the result."""
    found = await report.history(session, before=before)
    return page(request, principal, "imports/history.html", {"found": found})


@router.get("/import/{import_id}")
async def import_page(
    request: Request, import_id: UUID, principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """The state of the import: its columns before it starts, then progress and result."""
    record = await preview.get(session, import_id)
    if record.status in {ImportStatus.RUNNING, ImportStatus.COMPLETED}:
        return page(
            request,
            principal,
            "imports/result.html",
            await result_of(request, session, state, record),
        )
    try:
        return await columns_page(request, principal, session, state, record)
    except Invalid as error:
        context = {"error": error_words(error)}
        return page(request, principal, "imports/upload.html", context, status=422)


async def columns_page(
    request: Request,
    principal: Principal,
    session: SessionDep,
    state: StateDep,
    record: Import,
    error: Invalid | None = None,
) -> Response:
    """The second step; after an error, again as it was filled in."""
    views = await preview.columns(record, state.data_dir)
    asked = Target.PHONE not in record.mapping
    views = [replace(view, target=to) for view, to in zip(views, record.mapping, strict=True)]
    known = [(FIELD + field.key, told_apart(field.label)) for field in await fields.every(session)]
    context = {
        "record": record,
        "options": record.options,
        "columns": views,
        "choices": {view.index: targets(known, view.new_target) for view in views},
        **_country(request, views, record),
        "written": countries.written_choices(),
        "asked": asked,
        "in_one": in_one_column(record.options.headers, views[0].samples if views else ()),
        "country_names": countries.names(request),
        "question": preview.phone_question(views, record) if asked else [],
        "encodings": [(code, _(name)) for code, name in encodings_with(record.options.encoding)],
        "delimiters": [
            (mark, _(name)) for mark, name in _with(DELIMITERS, record.options.delimiter)
        ],
        "country_column": preview.country_column(record),
        "sheets": [(name, name) for name in record.options.sheets],
        "names": await preview.name_samples(record, state.data_dir),
        "group_options": options_of(await groups.every(session)),
        "error": error_words(error) if error else said(record.error),
        "errors": field_words(error),
    }
    status = status_of(error) if error else 200
    return page(request, principal, "imports/columns.html", context, status=status)


def _country(
    request: Request, views: Sequence[preview.ColumnView], record: Import
) -> dict[str, Any]:
    return {
        "country_question": preview.country_question(views, record),
        "regions": countries.regions(request),
        "options": record.options,
        "none_region": NONE_REGION,
    }


def _with(choices: tuple[tuple[str, str], ...], present: str) -> list[tuple[str, str]]:
    """The choices, and the current value if it is a variant of one of them."""
    found = list(choices)
    return found if present in dict(found) else [(present, present.upper()), *found]


def _chosen(form: FormData, options: ImportOptions) -> ImportOptions:
    policy, order = str(form.get("policy", "")), str(form.get("date_order", ""))
    said = str(form.get("written", ""))
    ids = filter(None, map(parse_id, map(str, form.getlist("group_ids"))))
    return replace(
        options,
        default_region=str(form.get("default_region", "")).removeprefix(NONE_REGION)[:2],
        written=Written(said) if said in set(Written) else Written.UNSAID,
        policy=UpdatePolicy(policy) if policy in set(UpdatePolicy) else UpdatePolicy.FILL,
        date_order=DateOrder(order) if order in set(DateOrder) else options.date_order,
        group_ids=list(ids),
        new_group=str(form.get("new_group", "")),
        agreed=form.get("agreed") == "1",
    )


@router.post("/import/{import_id}/columns")
async def set_columns(
    request: Request, import_id: UUID, principal: Writer, session: SessionDep, state: StateDep
) -> Response:
    """Store where the columns go, then check."""
    record = await preview.get_open(session, import_id)
    form = await request.form()
    mapping, options = _mapped(form, record.options), _chosen(form, record.options)
    try:
        none = form.get("default_region") == NONE_REGION
        await preview.choose_columns(
            session, record, options, mapping, state.data_dir, none_needed=none
        )
    except Invalid as error:
        shown = replace(record, options=options, mapping=mapping)
        return await columns_page(request, principal, session, state, shown, error)
    return redirect(request, f"/contacts/import/{import_id}/check")


@router.post("/import/{import_id}/country")
async def ask_country(
    request: Request, import_id: UUID, _principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """Whether the column just chosen needs a country; nothing is stored."""
    record = await preview.get_open(session, import_id)
    form = await request.form()
    mapping, options = _mapped(form, record.options), _chosen(form, record.options)
    record = replace(record, mapping=mapping, options=options)
    views = await preview.columns(record, state.data_dir)
    context = {**_country(request, views, record), "errors": {}, "oob": True}
    return render_fragment(request, "imports/country.html", context)


@router.post("/import/{import_id}/phone")
async def choose_phone(
    request: Request, import_id: UUID, _principal: Writer, session: SessionDep
) -> Response:
    """Choose one of the columns that may hold the number; other choices stay."""
    record = await preview.get_open(session, import_id)
    form = await request.form()
    mapping, options = _mapped(form, record.options), _chosen(form, record.options)
    chosen = str(form.get("phone", ""))
    column = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 5 else -1
    await preview.choose_phone(session, record, options, mapping, column)
    return redirect(request, f"/contacts/import/{import_id}")


def _mapped(form: FormData, options: ImportOptions) -> list[str]:
    return [str(form.get(f"target-{index}", "")) for index in range(len(options.headers))]


@router.post("/import/{import_id}/start")
async def begin(
    request: Request, import_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Start the import and show its progress."""
    await run.start(session, import_id, principal.actor)
    return redirect(request, f"/contacts/import/{import_id}")


@router.get("/import/{import_id}/state")
async def state_fragment(
    request: Request, import_id: UUID, _principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """The moving part of the result page."""
    record = await preview.get(session, import_id)
    return render_fragment(
        request, "imports/state.html", await result_of(request, session, state, record)
    )


@router.get("/import/{import_id}/errors.csv")
async def errors(
    import_id: UUID, request: Request, principal: Exporter, session: SessionDep, state: StateDep
) -> Response:
    """The rows that were left out, unchanged, with the reason appended."""
    file = await exports.left_out_of_import(session, principal.actor, import_id, say)
    return people_file(request, principal, state, file)
