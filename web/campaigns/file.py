"""Step 1's file part, exclusions with reasons, and the example call for an API campaign."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, UploadFile
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.bodies import FILE_MAX_BYTES
from api.deps import ReadSessionDep, SessionDep, StateDep, discard
from api.security import Principal, requires
from api.state import state_of
from api.streams import people_file
from api.wording import say
from domain.campaigns import CampaignType
from domain.entries import FAILED
from domain.errors import Conflict, DomainError, Invalid
from domain.numbering import Written
from domain.permissions import Permission
from services import exports
from services.campaigns import report
from services.campaigns.drafts import preview
from services.campaigns.files import consent
from services.campaigns.files import intake as files
from services.campaigns.files.consent import Columns
from services.campaigns.files.entry_rows import sentence
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.views import CampaignView
from services.imports.dialects import DELIMITERS
from services.imports.encodings import ENCODINGS
from web import countries
from web.campaigns import steps
from web.campaigns.steps import WizardRoute
from web.columns import in_one_column
from web.i18n import gettext as _
from web.rendering import is_htmx, redirect, render_fragment
from web.wording import error_words, said

router = APIRouter(
    prefix="/campaigns/{campaign_id}", include_in_schema=False, route_class=WizardRoute
)

Reader = Annotated[Principal, requires(Permission.CAMPAIGNS_READ)]
Exporter = Annotated[Principal, requires(Permission.CONTACTS_EXPORT)]
Writer = Annotated[Principal, requires(Permission.CAMPAIGNS_WRITE)]

SHOWN_PROBLEMS = 10
SHOWN_PEOPLE = 10
HEADERS = {"yes": True, "no": False}


class ColumnsForm(BaseModel):
    """The column with the numbers, and the country of numbers without a plus sign."""

    phone_column: Annotated[str, Field(max_length=130)] = ""
    default_region: Annotated[str, Field(max_length=2)] = ""
    written: Written = Written.UNSAID


class FileForm(BaseModel):
    """A file, and how to read it if detection is wrong."""

    file: UploadFile | None = None
    encoding: Annotated[str, Field(max_length=20)] = ""
    delimiter: Annotated[str, Field(max_length=1)] = ""
    header: Literal["", "yes", "no"] = ""
    header_line: Annotated[str, Field(pattern=r"^\d{0,5}$")] = ""
    sheet: Annotated[str, Field(max_length=100)] = ""

    def wanted(self) -> Reading:
        """How to read it."""
        return Reading(
            encoding=self.encoding,
            delimiter=self.delimiter,
            has_header=HEADERS.get(self.header),
            header_line=int(self.header_line or 0),
            sheet=self.sheet,
            any_sheet=True,
        )


@router.post("/file", max_body_size=FILE_MAX_BYTES)
async def take_file(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    form: Annotated[FileForm, Form()],
) -> Response:
    """Have a worker read the file, replacing an earlier one, or say why it cannot be used."""
    file = form.file
    try:
        if file is None or not file.filename:
            raise Invalid("import_missing")
        limit = state.settings.upload_max_bytes
        upload = Upload(file.filename, file.file, state.data_dir, limit)
        await files.submit(session, campaign_id, principal.actor, upload, form.wanted())
    except (Conflict, Invalid) as problem:
        return await _refused(request, session, campaign_id, problem)
    return await _part(request, session, campaign_id)


@router.get("/file")
async def file_part(
    request: Request, campaign_id: UUID, _principal: Reader, session: ReadSessionDep
) -> Response:
    """The progress of reading the file, then the result."""
    return await _part(request, session, campaign_id)


@router.post("/file/columns")
async def choose_columns(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    form: Annotated[ColumnsForm, Form()],
) -> Response:
    """Read the numbers from another column, or assume another country."""
    wanted = Columns(form.phone_column, form.default_region, form.written)
    try:
        await consent.choose_columns(session, campaign_id, principal.actor, wanted)
    except (Conflict, Invalid) as problem:
        return await _refused(request, session, campaign_id, problem)
    return await _part(request, session, campaign_id)


@router.post("/file/consent")
async def choose_consent(
    request: Request,
    campaign_id: UUID,
    principal: Writer,
    session: SessionDep,
    consent_column: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take consent from another column, or from none."""
    try:
        await consent.choose(session, campaign_id, principal.actor, consent_column)
    except (Conflict, Invalid) as problem:
        return await _refused(request, session, campaign_id, problem)
    return await _part(request, session, campaign_id)


@router.get("/file/errors.csv")
async def errors(
    campaign_id: UUID,
    request: Request,
    principal: Exporter,
    session: SessionDep,
    state: StateDep,
) -> Response:
    """The rows that are left out, unchanged, with the reason appended."""
    file = await exports.left_out_of_campaign(session, principal.actor, campaign_id, say)
    return people_file(request, principal, state, file)


@router.get("/left-out")
async def left_out(
    request: Request,
    campaign_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    reason: Annotated[str, Query(max_length=40)],
) -> Response:
    """The first people of a draft who are excluded for a reason."""
    campaign = await report.one(session, campaign_id)
    found = await preview.left_out(session, campaign, reason)
    context = {"found": found, "most": preview.LEFT_OUT}
    return render_fragment(request, "campaigns/wizard/who.html", context)


async def file_context(
    request: Request, session: AsyncSession, campaign: CampaignView, error: str = ""
) -> dict[str, Any]:
    """What the file and the program parts of step 1 show."""
    source = campaign.file
    failed = campaign.source.get(FAILED, "") if campaign.type == CampaignType.CSV else ""
    waits = campaign.pending is not None and not campaign.pending.done
    left_out = source.left_out if source else 0
    problems = left_out if source and source.phone_column else 0
    return {
        **await people_context(request, session, campaign),
        "written": countries.written_choices(),
        "question": await preview.phone_question(session, campaign),
        "country_question": await preview.country_question(session, campaign),
        "in_one": source is not None and in_one_column(source.columns),
        "country_names": countries.names(request),
        "left_out": left_out,
        "source": source,
        "pending": campaign.pending,
        "engine_away": waits and not await state_of(request).workflows.reachable(),
        "file_error": error or said(failed),
        "first_problems": await files.first_problems(session, campaign.id, SHOWN_PROBLEMS)
        if problems
        else [],
        "sentence": sentence,
        "regions": countries.regions(request),
        "encodings": [(code, _(name)) for code, name in ENCODINGS],
        "delimiters": [(mark, _(name)) for mark, name in DELIMITERS],
        "example_call": await _example_call(request, session, campaign),
    }


async def people_context(
    request: Request, session: AsyncSession, campaign: CampaignView
) -> dict[str, Any]:
    """Who a file would reach: people by country, and the first of them."""
    source = campaign.file
    if source is None:
        return {"countries": [], "people": []}
    sample = await preview.sample(session, campaign, SHOWN_PEOPLE)
    return {
        "countries": countries.views(request, source.countries, source.surprising),
        "people": [countries.person(request, phone, name) for name, phone in sample],
    }


async def _example_call(request: Request, session: AsyncSession, campaign: CampaignView) -> str:
    slots = await preview.slots(session, campaign)
    texts = {slot.key: slot.example or "…" for slot in slots}
    body = {"recipients": [{"phone": "+34611000106", "variables": texts}]}
    given = json.dumps(body, ensure_ascii=False).replace("'", r"'\''")
    site = state_of(request).settings.public_url.rstrip("/")
    address = f"{site}/api/campaigns/{campaign.id}/recipients"
    return (
        f"curl -X POST {address} \\\n"
        '  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n'
        '  -H "Idempotency-Key: batch-1" \\\n'
        f"  -d '{given}'"
    )


async def _refused(
    request: Request, session: AsyncSession, campaign_id: UUID, problem: DomainError
) -> Response:
    await session.rollback()
    discard(request)
    return await _part(request, session, campaign_id, error_words(problem))


async def _part(
    request: Request, session: AsyncSession, campaign_id: UUID, error: str = ""
) -> Response:
    """The file part again, with the resulting count and revision."""
    if not is_htmx(request):
        flash = {"flash": error, "tone": "danger"} if error else {}
        return redirect(request, f"/campaigns/{campaign_id}/audience", **flash)
    loaded = await steps.load(session, campaign_id, "audience")
    context = steps.context(loaded) | await file_context(request, session, loaded.campaign, error)
    response = render_fragment(request, "campaigns/wizard/taken.html", context)
    response.headers["HX-Reswap"] = "outerMorph"  # the upload script has no other way to know
    return response
