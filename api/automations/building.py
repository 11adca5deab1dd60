"""What the builder asks: pickers, problems and their remedies, arranging, testing, and who gets a text."""

from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter

from api.automations.shapes import (
    ArrangeIn,
    CheckedOut,
    CheckIn,
    Document,
    DocumentOut,
    FixIn,
    MendedOut,
    Read,
    StarterOut,
    problems_of,
)
from api.automations.who import Reader, Runner, Writer
from api.deps import ReadSessionDep, StateDep
from api.strict import Strict
from api.wording import say
from api.wording.fields import Worded
from api.wording.speech import ENGLISH
from domain.automations.play import PlayOut
from domain.automations.reasons import Reason
from domain.automations.starters import ALL, Starter
from domain.permissions import Permission
from services.automations import asking, checking, choices, documents, playing, reasons, trying
from services.automations.choices import Choices, TemplateChoice

router = APIRouter(prefix="/api/automations", tags=["automations"])

PLAYED: TypeAdapter[PlayOut] = TypeAdapter(PlayOut)


class PlayIn(Strict):
    """A document, and a script: who takes part, how it starts, and what the customer does when."""

    document: Document
    play: dict[str, Any] = Field(
        default={},
        description="at, trigger, node, person, message, window_until, answers and actions: "
        "each a write, tap, send, jump, jump_to or next_wait.",
    )


class TryIn(Strict):
    """The data of an HTTP request, and values for its variables by name, such as contact.name."""

    node: dict[str, Any]
    values: dict[str, Annotated[str, Field(max_length=4096)]] = Field(default={}, max_length=100)


class TriedOut(Read):
    """What came back; ``error`` says why a run would have taken the failed branch."""

    status: int | None
    ms: int
    body: str
    error: Worded | None


class NamedOut(Read):
    """Something to choose, by its id."""

    id: UUID
    name: str


class LabelChoiceOut(NamedOut):
    """A label to choose."""

    color: str


class GroupChoiceOut(NamedOut):
    """A group to choose, and its number of contacts."""

    members: int


class ChannelChoiceOut(NamedOut):
    """A number to choose."""

    phone: str


class AutomationChoiceOut(NamedOut):
    """An automation to choose."""

    status: str


class FieldChoiceOut(BaseModel):
    """A custom field to choose."""

    key: str
    name: str
    type: str
    options: list[str]


class SlotOut(BaseModel):
    """A value that a template needs; ``media`` is the kind of file, if it is one."""

    key: str
    label: str
    example: str
    media: str | None


class ButtonOut(BaseModel):
    """A button of a template."""

    index: int
    type: str
    text: str


class TemplateChoiceOut(BaseModel):
    """A template by its name, as its leading language shows it; ``problem`` says why it cannot be sent."""

    id: str
    name: str
    category: str
    language: str
    languages: list[str]
    status: str
    problem: str | None
    body: str
    slots: list[SlotOut]
    buttons: list[ButtonOut]

    @classmethod
    def of(cls, choice: TemplateChoice) -> Self:
        """A template in words."""
        shown, row = choice.lead, choice.lead.row
        return cls(
            id=choice.name, name=choice.name, category=row.category, language=row.language,
            languages=sorted({one.row.language for one in choice.languages}), status=row.status,
            problem=say(shown.problem) if shown.problem else None, body=shown.body,
            slots=[
                SlotOut(key=slot.key, label=say(slot.label), example=slot.example,
                        media=slot.key.rpartition(".")[2] if slot.kind == "media" else None)
                for slot in shown.slots
            ],
            buttons=[
                ButtonOut(index=place, type=button.get("type", ""), text=button.get("text", ""))
                for place, button in enumerate(shown.preview["buttons"])
            ],
        )  # fmt: skip


class KnownOut(BaseModel):
    """Everything that the builder's pickers offer; ``zone`` is the installation's."""

    templates: list[TemplateChoiceOut]
    fields: list[FieldChoiceOut]
    labels: list[LabelChoiceOut]
    groups: list[GroupChoiceOut]
    users: list[NamedOut]
    channels: list[ChannelChoiceOut]
    automations: list[AutomationChoiceOut]
    campaigns: list[NamedOut]
    calendars: list[NamedOut]
    secrets: list[str]
    zone: str

    @classmethod
    def of(cls, found: Choices) -> Self:
        """Choices as the builder sees them."""
        return cls(
            templates=[TemplateChoiceOut.of(one) for one in found.templates],
            fields=[
                FieldChoiceOut(key=one.key, name=one.label, type=one.type, options=list(one.options))
                for one in found.fields
            ],
            labels=[LabelChoiceOut.model_validate(one) for one in found.labels],
            groups=[GroupChoiceOut.model_validate(one) for one in found.groups],
            users=[NamedOut.model_validate(one) for one in found.users],
            channels=[
                ChannelChoiceOut(id=one.id, name=one.name, phone=one.display_phone_number)
                for one in found.channels
            ],
            automations=[AutomationChoiceOut.model_validate(one) for one in found.automations],
            campaigns=[NamedOut(id=at, name=name) for at, name in found.campaigns],
            calendars=[NamedOut.model_validate(one) for one in found.calendars],
            secrets=list(found.secrets),
            zone=found.zone,
        )  # fmt: skip


class CandidateOut(Read):
    """A trigger that was looked at, and why it won or did not."""

    automation_id: UUID
    name: str
    trigger_id: str
    type: str
    priority: int
    fits: bool
    won: bool
    text: Annotated[Worded, Field(validation_alias="why")]


class AskedOut(Read):
    """Who gets a text: the record of consent, a person, a run, a trigger or nobody; and why."""

    taker: str
    text: Annotated[Worded, Field(validation_alias="why")]
    automation_id: UUID | None
    automation_name: str | None
    trigger_id: str
    run_id: UUID | None
    candidates: list[CandidateOut]


def _starter(starter: Starter) -> StarterOut:
    return StarterOut(
        key=starter.key, name=ENGLISH.catalogue.gettext(starter.name), text=ENGLISH.catalogue.gettext(starter.about),
        nodes=len(starter.graph.nodes),
    )  # fmt: skip


@router.get("/starters")
async def list_starters(_principal: Reader) -> list[StarterOut]:
    """Ready-made automations to begin with."""
    return [_starter(starter) for starter in ALL]


@router.get("/known")
async def known(_principal: Reader, session: ReadSessionDep) -> KnownOut:
    """Everything that a node or trigger can name."""
    return KnownOut.of(await choices.choices(session))


@router.get("/schema")
async def document_schema(_principal: Reader) -> dict[str, Any]:
    """The JSON schema of a document."""
    return documents.schema()


@router.get("/reasons")
async def list_reasons(_principal: Reader) -> dict[str, str]:
    """The codes of why steps fail and runs end, in words."""
    return {str(code): say(why) for code in Reason if (why := reasons.of_run(code)) is not None}


@router.post("/validate")
async def validate_document(
    body: CheckIn, _principal: Reader, session: ReadSessionDep
) -> CheckedOut:
    """What is wrong with a document; nothing is stored."""
    checked = await checking.check(session, body.document, body.automation_id)
    return CheckedOut(problems=problems_of(checked.problems))


@router.post("/fix")
async def fix_document(body: FixIn, _principal: Writer, session: ReadSessionDep) -> MendedOut:
    """The document after a problem's remedy, with what is still wrong; nothing is stored."""
    mended = await checking.fix(
        session, body.document, body.at, body.fix, body.field, body.automation_id
    )
    return MendedOut.of(mended)


@router.post("/arrange")
async def arrange_document(body: ArrangeIn, _principal: Writer) -> DocumentOut:
    """The document with its nodes in tidy places; nothing is stored."""
    return DocumentOut(document=checking.arrange(body.document))


@router.post("/play")
async def play_document(
    body: PlayIn, _principal: Reader, session: ReadSessionDep
) -> dict[str, Any]:
    """Play a document: the conversation, the nodes passed and how things stand; nothing leaves the building."""
    shown: dict[str, Any] = PLAYED.dump_python(
        await playing.show(session, body.document, body.play), mode="json"
    )
    return shown


@router.post("/try-request")
async def try_request(body: TryIn, _principal: Runner, state: StateDep) -> TriedOut:
    """Make an HTTP request once, with the installation's secrets, to see what comes back."""
    local = state.settings.automation_allow_local
    tried = await trying.tried(state.reads, state.vault, body.node, body.values, allow_local=local)
    return TriedOut.model_validate(tried)


@router.get("/explain")
async def explain_text(
    principal: Reader,
    session: ReadSessionDep,
    channel_id: UUID,
    text: Annotated[str, Query(max_length=4096)],
    contact_id: UUID | None = None,
    phone: Annotated[str, Query(max_length=60)] = "",
) -> AskedOut:
    """Which automation gets this text on this number, and why; of somebody's own only for those who may read contacts."""
    if contact_id is not None or phone:
        principal.require(Permission.CONTACTS_READ)
    asked = await asking.ask(session, channel_id, text, contact_id=contact_id, phone=phone)
    return AskedOut.model_validate(asked)
