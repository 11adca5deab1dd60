"""Contact imports: upload a file, follow it, download the rows that failed."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import BaseModel, Field, Json, TypeAdapter, ValidationError

from api.bodies import FILE_MAX_BYTES
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.downloads import CsvResponse
from api.import_counts import CountsOut, ReasonOut
from api.security import Principal, requires
from api.streams import people_file
from api.strict import Strict
from api.wording import say
from api.wording.fields import KeptWords
from domain.contacts import PAGE_LIMIT, ImportStatus
from domain.errors import Invalid
from domain.fields import DateOrder
from domain.imports import Import, UpdatePolicy
from domain.numbering import Written
from domain.permissions import Permission
from services import exports
from services.imports import preview, report, run, submit
from services.imports.submit import Submission

router = APIRouter(prefix="/api/contacts/import", tags=["contacts"])

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]

_READ_WITH = (
    "headers", "encoding", "delimiter", "header_line", "sheet", "sheets", "hidden_rows",
    "hidden_columns",
)  # fmt: skip


class ImportOut(BaseModel):
    """An import; ``dry_run`` means that the counts are from a trial and nothing was written.

    ``reasons`` say why rows are left out or imported without a value, and how many. Hidden rows and
    columns of a workbook (``hidden_columns`` by letter) are not read.
    """

    id: UUID
    file_name: str
    status: ImportStatus
    headers: list[str]
    mapping: list[str]
    counts: CountsOut
    reasons: list[ReasonOut]
    encoding: str
    delimiter: str
    header_line: int
    sheet: str
    sheets: list[str]
    hidden_rows: int
    hidden_columns: list[str]
    dry_run: bool
    error: KeptWords | None
    user_name: str
    created_at: datetime
    finished_at: datetime | None
    url: str
    errors_url: str

    @classmethod
    def of(cls, record: Import) -> Self:
        """The import as programs see it."""
        url = f"/api/contacts/import/{record.id}"
        return cls(
            id=record.id,
            file_name=record.file_name,
            status=record.status,
            mapping=record.mapping,
            counts=CountsOut.model_validate(record.counts),
            reasons=[ReasonOut.of(reason) for reason in record.counts.reasons],
            **{name: getattr(record.options, name) for name in _READ_WITH},
            dry_run=record.counts.dry_run,
            error=record.error,
            user_name=record.user_name,
            created_at=record.created_at,
            finished_at=record.finished_at,
            url=url,
            errors_url=f"{url}/errors",
        )


class ImportPageOut(BaseModel):
    """One page of imports; pass ``next_cursor`` as ``cursor`` for the next one."""

    items: list[ImportOut]
    next_cursor: UUID | None


class OptionsIn(Strict):
    """How to read the file and what to do with known contacts."""

    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool | None = None
    header_line: int | None = Field(default=None, ge=0, le=10_000)
    sheet: str | None = Field(default=None, max_length=100)
    default_region: str = Field(default="", max_length=2, examples=["BR"])
    written: Written = Field(
        default=Written.UNSAID,
        description="Whether numbers without + carry their country's code; recognised when empty",
    )
    policy: UpdatePolicy = UpdatePolicy.FILL
    date_order: DateOrder | None = Field(
        default=None, description="How 03/04/2026 is read; recognised when left out"
    )
    group_ids: list[UUID] = Field(default_factory=list, max_length=100)
    new_group: str = Field(default="", max_length=200)
    agreed: bool = Field(
        default=False,
        description="Everybody in a file without a consent column agreed to marketing.",
    )

    def said(self) -> dict[str, Any]:
        """What replaces the recognised options."""
        return self.model_dump(exclude_none=True)


_MAPPING: TypeAdapter[dict[str, str] | list[str]] = TypeAdapter(dict[str, str] | list[str])


def _targets(text: str) -> dict[str, str] | list[str] | None:
    """Where the columns go, as JSON says it; None where nothing is said."""
    if not text:
        return None
    try:
        return _MAPPING.validate_json(text)
    except ValidationError as error:
        raise Invalid("mapping_invalid", field="mapping") from error


@router.post("", status_code=202, max_body_size=FILE_MAX_BYTES)
async def import_contacts(
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    file: Annotated[UploadFile, File(description="CSV or XLSX")],
    mapping: Annotated[
        str,
        Form(
            description="JSON: targets by column name, or one per column; guessed when left out",
            max_length=100_000,
            examples=['{"Name": "name", "WhatsApp": "phone", "City": "new:text"}'],
        ),
    ] = "",
    options: Annotated[Json[OptionsIn] | None, Form()] = None,
    dry_run: Annotated[bool, Form(description="A worker counts only; start it later")] = False,
) -> ImportOut:
    """Import a file. The answer is immediate; follow ``url`` until it is completed or previewed.

    Targets are phone, name, first_name, last_name, language, timezone, consent, field:<key>,
    new:<text|number|date|datetime|bool> (adds a custom field) or "" (left out).
    """
    said = (options or OptionsIn()).said()
    sent = Submission(file.filename or "", file.file, said, _targets(mapping), dry_run)
    record = await submit.submit(
        session, principal.actor, sent,
        data_dir=state.data_dir, max_bytes=state.settings.upload_max_bytes,
    )  # fmt: skip
    return ImportOut.of(record)


@router.get("")
async def list_imports(
    _principal: Reader,
    session: ReadSessionDep,
    cursor: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 50,
) -> ImportPageOut:
    """Imports, newest first."""
    found = await report.history(session, before=cursor, limit=limit)
    return ImportPageOut(
        items=[ImportOut.of(record) for record in found.items], next_cursor=found.next_before
    )


@router.get("/{import_id}")
async def get_import(import_id: UUID, _principal: Reader, session: ReadSessionDep) -> ImportOut:
    """An import's progress and result."""
    return ImportOut.of(await preview.get(session, import_id))


@router.post("/{import_id}/start", status_code=202)
async def start_import(import_id: UUID, principal: Writer, session: SessionDep) -> ImportOut:
    """Start an import that was tried with ``dry_run``; idempotent."""
    return ImportOut.of(await run.start(session, import_id, principal.actor))


@router.get("/{import_id}/errors", response_class=CsvResponse)
async def import_errors(
    import_id: UUID, request: Request, principal: Exporter, session: SessionDep, state: StateDep
) -> CsvResponse:
    """The rows that were left out, as CSV, to fix and upload again."""
    file = await exports.left_out_of_import(session, principal.actor, import_id, say)
    return people_file(request, principal, state, file)
