"""The file of a CSV campaign: send it, choose its columns, fetch the rows that cannot be sent to."""

from functools import partial
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.deps import SessionDep, StateDep
from api.downloads import CsvResponse
from api.idempotency import IdempotentRoute
from api.imports import BODY_LIMIT
from api.security import Principal, requires
from api.streams import note_export, people_file
from domain.entries import FileSource
from domain.errors import Conflict
from domain.numbering import Written
from domain.permissions import Permission
from services.campaigns import file as files
from services.campaigns import file_consent, report
from services.campaigns.file import Reading, Upload

router = APIRouter(
    prefix="/api/campaigns/{campaign_id}/file", tags=["campaigns"], route_class=IdempotentRoute
)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]


class FileIn(BaseModel):
    """Which column holds the number, and the country of numbers without a plus sign."""

    model_config = ConfigDict(extra="forbid")

    phone_column: str = Field(max_length=120)
    default_region: str = Field(default="", max_length=2, examples=["BR"])
    written: Written = Written.UNSAID
    consent_column: str | None = Field(
        default=None, max_length=2000, description='Who agreed to marketing; "" for no column.'
    )


class FileOut(BaseModel):
    """The file of a campaign: usable + invalid + unclear + duplicate = rows.

    ``unclear`` rows have two numbers, or one that may be of different people; ``countries`` counts
    people by ISO code, and ``surprising`` are those that the rest of the file does not suggest.

    ``phone_column`` is empty when no column looks like numbers: choose one before the launch.
    Variables take a column with the field ``column:<name>``.
    """

    model_config = ConfigDict(from_attributes=True)

    file_name: str
    columns: list[str]
    phone_column: str
    default_region: str
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
    def of(cls, campaign_id: UUID, source: FileSource) -> Self:
        """The file as programs see it."""
        present = {name: getattr(source, name) for name in cls.model_fields if name != "errors_url"}
        return cls(**present, errors_url=f"/api/campaigns/{campaign_id}/file/errors")


@router.post("", status_code=201, max_body_size=BODY_LIMIT)
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
    written: Annotated[Written, Form()] = Written.UNSAID,
) -> FileOut:
    """Give a draft the file with its people; it replaces an earlier one and makes it type ``csv``."""
    wanted = Reading(phone_column, default_region, encoding, delimiter, has_header, written)
    upload = Upload(file.filename or "", file.file, state.data_dir, state.settings.upload_max_bytes)
    taken = await files.take(session, campaign_id, principal.actor, upload, wanted)
    return FileOut.of(campaign_id, taken)


@router.put("")
async def choose_columns(
    campaign_id: UUID, body: FileIn, principal: Writer, session: SessionDep
) -> FileOut:
    """Take the numbers from another column, or as of another country."""
    chosen = await files.choose(
        session,
        campaign_id,
        principal.actor,
        body.phone_column,
        body.default_region,
        body.written,
    )
    if body.consent_column is not None:
        chosen = await file_consent.choose(
            session, campaign_id, principal.actor, body.consent_column
        )
    return FileOut.of(campaign_id, chosen)


@router.get("")
async def get_file(campaign_id: UUID, _principal: Reader, session: SessionDep) -> FileOut:
    """The file of a campaign and what became of its rows."""
    source = (await report.one(session, campaign_id)).file
    if source is None:
        raise Conflict("campaign_no_file", "This campaign has no file yet. Upload one first.")
    return FileOut.of(campaign_id, source)


@router.get("/errors", response_class=CsvResponse)
async def file_errors(
    campaign_id: UUID, request: Request, principal: Exporter, session: SessionDep, state: StateDep
) -> CsvResponse:
    """The rows that cannot be sent to, as CSV: fix them and send them again."""
    return await left_out_rows(request, principal, session, state, campaign_id)


async def left_out_rows(
    request: Request, principal: Principal, session: SessionDep, state: StateDep, campaign_id: UUID
) -> CsvResponse:
    """The file of rows with a problem, on record; for the API and the pages."""
    source = (await report.one(session, campaign_id)).file
    rows = source.invalid + source.duplicate if source else 0
    await note_export(session, principal, "campaign_file", campaign_id, rows)
    lines = partial(files.problems_csv, campaign_id=campaign_id)
    return people_file(request, state, lines, "rows-left-out.csv")
