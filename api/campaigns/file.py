"""The file of a CSV campaign: upload it, choose its columns, download the rows that cannot get a message."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.bodies import FILE_MAX_BYTES
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.downloads import CsvResponse
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.streams import people_file
from api.strict import Strict
from api.wording import say
from api.wording.fields import KeptWords
from domain.entries import FAILED, FileSource, PendingFile
from domain.errors import Conflict
from domain.numbering import Written
from domain.permissions import Permission
from services import exports
from services.campaigns import report
from services.campaigns.files import consent
from services.campaigns.files import intake as files
from services.campaigns.files.consent import Columns
from services.campaigns.files.intake import Reading, Upload

router = APIRouter(
    prefix="/api/campaigns/{campaign_id}/file", tags=["campaigns"], route_class=IdempotentRoute
)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]


class FileIn(Strict):
    """The column with the numbers, and the country of numbers without a plus sign."""

    phone_column: str = Field(max_length=120)
    default_region: str = Field(default="", max_length=2, examples=["BR"])
    written: Written = Written.UNSAID
    consent_column: str | None = Field(
        default=None, max_length=2000, description='Who agreed to marketing; "" for no column.'
    )


class FileStatus(StrEnum):
    """Whether the rows of a file have been counted."""

    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class FileOut(BaseModel):
    """The file of a campaign: usable + invalid + unclear + duplicate = rows, once ``status`` is ready.

    ``unclear`` rows have two numbers, or one that can be read in two ways; ``countries`` counts people by ISO code, and
    ``surprising`` are those that the rest of the file does not suggest.

    While it is ``reading``, ask again; ``percent`` is its progress. ``failed`` has its reason in ``error``, and the
    figures are those of the previous file. Hidden rows and columns of a workbook (``hidden_columns`` by letter) are not
    read. ``phone_column`` is empty when no column looks like phone numbers: choose one before the launch. Variables
    take a column with the field ``column:<name>``.
    """

    model_config = ConfigDict(from_attributes=True)

    status: FileStatus
    percent: int
    error: KeptWords | None
    file_name: str
    columns: list[str]
    phone_column: str
    default_region: str
    encoding: str
    delimiter: str
    sheet: str
    sheets: list[str]
    hidden_rows: int
    hidden_columns: list[str]
    rows: int
    usable: int
    invalid: int
    unclear: int
    duplicate: int
    written: Written
    consent_column: str
    countries: dict[str, int]
    surprising: list[str]
    errors_url: str

    @classmethod
    def of(cls, campaign_id: UUID, source: FileSource, error: str | None = None) -> Self:
        """A file with its rows counted."""
        status = FileStatus.READY if error is None else FileStatus.FAILED
        return cls._made(campaign_id, source, status, 100, error)

    @classmethod
    def reading(cls, campaign_id: UUID, pending: PendingFile) -> Self:
        """A file being read by a worker."""
        source = replace(pending.source, rows=0, usable=0, invalid=0, duplicate=0)
        return cls._made(campaign_id, source, FileStatus.READING, pending.percent, None)

    @classmethod
    def _made(
        cls,
        campaign_id: UUID,
        source: FileSource,
        status: FileStatus,
        percent: int,
        error: str | None,
    ) -> Self:
        taken = {name: getattr(source, name) for name in cls.model_fields if hasattr(source, name)}
        url = f"/api/campaigns/{campaign_id}/file/errors"
        return cls(**taken, status=status, percent=percent, error=error, errors_url=url)


@router.post("", status_code=202, max_body_size=FILE_MAX_BYTES)
async def upload_file(
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    file: Annotated[UploadFile, File(description="CSV or XLSX, up to 1,000,000 rows")],
    phone_column: Annotated[
        str, Form(description="Name of the column; recognised when left out", max_length=120)
    ] = "",
    default_region: Annotated[str, Form(max_length=2)] = "",
    encoding: Annotated[str, Form(max_length=20)] = "",
    delimiter: Annotated[str, Form(max_length=1)] = "",
    has_header: Annotated[bool | None, Form(), WithJsonSchema({"type": "boolean"})] = None,
    header_line: Annotated[
        int, Form(description="Line of the column names; recognised when 0", ge=0, le=10_000)
    ] = 0,
    sheet: Annotated[str, Form(description="Sheet of a workbook", max_length=100)] = "",
    written: Annotated[Written, Form()] = Written.UNSAID,
) -> FileOut:
    """Upload the file with a draft's people; replaces an earlier one and sets the type to ``csv``.

    The answer is immediate; a worker counts the rows. Follow it with GET.
    """
    wanted = Reading(
        phone_column, default_region, encoding, delimiter, has_header, header_line, sheet, written
    )
    upload = Upload(file.filename or "", file.file, state.data_dir, state.settings.upload_max_bytes)
    pending = await files.submit(session, campaign_id, principal.actor, upload, wanted)
    return FileOut.reading(campaign_id, pending)


@router.put("")
async def choose_columns(
    campaign_id: UUID,
    body: FileIn,
    principal: Writer,
    session: SessionDep,
) -> FileOut:
    """Take the numbers from another column, or assume another country; a worker reads a large file."""
    wanted = Columns(body.phone_column, body.default_region, body.written, body.consent_column)
    chosen = await consent.choose_columns(session, campaign_id, principal.actor, wanted)
    if isinstance(chosen, PendingFile):
        return FileOut.reading(campaign_id, chosen)
    return FileOut.of(campaign_id, chosen)


@router.get("")
async def get_file(campaign_id: UUID, _principal: Reader, session: ReadSessionDep) -> FileOut:
    """The file of a campaign and the result for its rows."""
    campaign = await report.one(session, campaign_id)
    if campaign.pending is not None:
        return FileOut.reading(campaign_id, campaign.pending)
    failed = campaign.source.get(FAILED)
    if campaign.file is None and not failed:
        raise Conflict("campaign_no_file")
    return FileOut.of(campaign_id, campaign.file or FileSource(), failed)


@router.get("/errors", response_class=CsvResponse)
async def file_errors(
    campaign_id: UUID,
    request: Request,
    principal: Exporter,
    session: SessionDep,
    state: StateDep,
) -> CsvResponse:
    """The rows that cannot get a message, as CSV, to fix and upload again."""
    file = await exports.left_out_of_campaign(session, principal.actor, campaign_id, say)
    return people_file(request, principal, state, file)
