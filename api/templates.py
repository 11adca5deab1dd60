"""Message templates for programs: list, sync with Meta, read one, change one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field

from api.clock import now
from api.deps import ReadSessionDep, StateDep
from api.security import Principal, requires
from api.strict import Strict
from api.validation import Wrong
from api.wording import say
from api.wording.fields import Worded
from domain import cursors
from domain.ids import parse_id
from domain.permissions import Permission
from domain.sentences import Sentence
from domain.templates import STATES, TemplateFilter
from services.templates import edit, search, show, sync
from services.templates.edit import Edit
from services.templates.show import ShownTemplate

router = APIRouter(prefix="/api/templates", tags=["templates"])

Reader = Annotated[Principal, requires(Permission.TEMPLATES_READ)]
Writer = Annotated[Principal, requires(Permission.TEMPLATES_WRITE)]


class SlotOut(BaseModel):
    """One value that a message with this template needs; give them in this order when sending."""

    key: str
    label: Worded
    example: str
    kind: str


class ProblemOut(BaseModel):
    """Why the template cannot be sent now."""

    code: str
    sentence: str


class TemplateOut(BaseModel):
    """A template in one language."""

    id: UUID
    meta_id: str
    waba_id: str
    name: str
    language: str
    category: str
    status: str
    quality: str
    parameter_format: str
    components: list[dict[str, Any]]
    rejected_reason: str | None
    variables: list[SlotOut]
    problem: ProblemOut | None
    synced_at: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, shown: ShownTemplate) -> "TemplateOut":
        """The template with what is needed to send it."""
        row = shown.row
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        found = shown.problem
        return cls(
            **own,
            variables=[SlotOut(**_slot(slot)) for slot in shown.slots],
            problem=ProblemOut(code=found.code, sentence=say(found)) if found else None,
        )


class TemplatePage(BaseModel):
    """A page of templates; pass ``next_cursor`` as ``cursor`` for the next one."""

    items: list[TemplateOut]
    next_cursor: str | None


def _state(sent: str) -> str:
    if sent and sent.upper() not in STATES:
        raise Wrong(Sentence("value_choice", choices=sorted(STATES)))
    return sent


class TemplateQuery(BaseModel):
    """Filters; omitted ones match everything. Status DELETED lists those deleted at WhatsApp."""

    search: Annotated[str, Query(max_length=200)] = ""
    language: Annotated[str, Query(max_length=20)] = ""
    category: Annotated[str, Query(max_length=40)] = ""
    status: Annotated[str, Query(max_length=40), AfterValidator(_state)] = ""
    cursor: Annotated[str, Query(max_length=2000)] = ""
    limit: Annotated[int, Query(ge=1, le=200)] = 50


class SyncStarted(BaseModel):
    """Channels whose templates are being fetched; the list changes when it is done."""

    channel_ids: list[UUID]


class TemplateChangeIn(Strict):
    """What to change; omitted parts stay. Components replace the old ones as a whole."""

    category: str | None = Field(default=None, max_length=40)
    components: list[dict[str, Any]] | None = Field(default=None, min_length=1, max_length=10)


@router.get("")
async def list_templates(
    query: Annotated[TemplateQuery, Query()], _principal: Reader, session: ReadSessionDep
) -> TemplatePage:
    """Templates in order of name and language."""
    wanted = TemplateFilter(
        search=query.search,
        language=query.language,
        category=query.category.upper(),
        status=query.status.upper(),
    )
    key = cursors.decode(query.cursor, 3)
    after = (key[0], key[1], parse_id(key[2]) or UUID(int=0)) if key else None
    found = await search.page(session, wanted, after=after, limit=query.limit)
    last = found[-1].row if len(found) == query.limit else None
    return TemplatePage(
        items=[TemplateOut.of(item) for item in found],
        next_cursor=cursors.encode((last.name, last.language, str(last.id))) if last else None,
    )


@router.post("/sync", status_code=202)
async def sync_templates(_principal: Writer, state: StateDep) -> SyncStarted:
    """Fetch every template in every language from WhatsApp, for every connected account."""
    started = await sync.start(state.reads, state.workflows.sync_templates)
    return SyncStarted(channel_ids=started)


@router.get("/{template_id}")
async def get_template(
    template_id: UUID, _principal: Reader, session: ReadSessionDep
) -> TemplateOut:
    """One template in one language."""
    return TemplateOut.of(show.show(await show.require(session, template_id)))


@router.put("/{template_id}")
async def change_template(
    template_id: UUID,
    body: TemplateChangeIn,
    principal: Writer,
    state: StateDep,
) -> TemplateOut:
    """Change a template at WhatsApp; this often puts it back in review."""
    wanted = Edit(body.category, body.components)
    changed = await edit.edit(
        state.sessions, state.vault, state.settings, template_id, wanted,
        actor=principal.actor, now=now(),
    )  # fmt: skip
    return TemplateOut.of(changed)


def _slot(slot: Any) -> dict[str, Any]:
    return {name: getattr(slot, name) for name in SlotOut.model_fields}
