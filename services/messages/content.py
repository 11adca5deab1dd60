"""What a message may say, checked and turned into the Cloud API object without its envelope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import slot_values, template_rendering, template_slots
from domain.errors import Conflict, Invalid
from domain.sentences import Sentence
from domain.template_slots import Slot
from services.templates import show
from store import templates
from store.media import KeptFile
from store.templates import TemplateRow
from whatsapp.bodies import clean

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")
_CAPTIONED = ("image", "video", "document")


@dataclass(frozen=True, slots=True)
class TextContent:
    """A text; ``preview_url`` previews the first link."""

    body: str
    preview_url: bool = True


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of ours: its id at WhatsApp, how it is called, and its content here."""

    id: str
    name: str
    kept: KeptFile


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """A template by id, or by name and language, with its values by slot key or in slot order.

    ``own`` is the file of its header if we have its content; its id stands among the values.
    """

    template_id: UUID | None = None
    name: str = ""
    language: str = ""
    values: Mapping[str, str] | Sequence[str] = field(default_factory=dict)
    own: OwnFile | None = None


@dataclass(frozen=True, slots=True)
class MediaContent:
    """A file by media id or by an https link; ``own`` if we have its content."""

    kind: str
    id: str = ""
    link: str = ""
    caption: str = ""
    filename: str = ""
    own: OwnFile | None = None


@dataclass(frozen=True, slots=True)
class PreparedContent:
    """Content ready to store: its kind, what a person reads, the object to send, and its template if known."""

    kind: str
    body: str
    payload: dict[str, Any]
    template_id: UUID | None = None


Content = TextContent | TemplateContent | MediaContent | PreparedContent


async def prepare(session: AsyncSession, content: Content, waba_id: str) -> PreparedContent:
    """Check the content for a number in this account; raises Invalid or Conflict."""
    match content:
        case PreparedContent():
            return content
        case TextContent():
            return _text(content)
        case MediaContent():
            return _media(content)
        case TemplateContent():
            return await _template(session, content, waba_id)


def _text(content: TextContent) -> PreparedContent:
    body = clean(content.body).strip()
    if not body:
        raise Invalid("text_empty", field="text")
    if len(body) > TEXT_LIMIT:
        raise Invalid("text_too_long", field="text", text_limit=TEXT_LIMIT, length=len(body))
    text = {"body": body, "preview_url": content.preview_url}
    return PreparedContent("text", body, {"type": "text", "text": text})


def _media(content: MediaContent) -> PreparedContent:
    kind = content.kind
    if kind not in MEDIA_KINDS:
        raise Invalid("media_kind", kinds=MEDIA_KINDS)
    if bool(content.id) == bool(content.link):
        raise Invalid("media_source")
    if content.link and not content.link.startswith("https://"):
        raise Invalid("media_link")
    if content.id and not content.id.isdigit():
        raise Invalid("media_id")
    caption = clean(content.caption).strip()
    if len(caption) > CAPTION_LIMIT:
        raise Invalid("caption_too_long", caption_limit=CAPTION_LIMIT)
    medium = {"id": content.id} if content.id else {"link": content.link}
    if caption and kind in _CAPTIONED:
        medium["caption"] = caption
    if content.filename and kind == "document":
        medium["filename"] = clean(content.filename)[:240]
    body = medium.get("caption") or medium.get("filename") or ""
    return PreparedContent(kind, body, {"type": kind, kind: medium})


async def _template(
    session: AsyncSession, content: TemplateContent, waba_id: str
) -> PreparedContent:
    row = await _find(session, content, waba_id)
    problem = show.problem(row)
    if problem is not None:
        raise Conflict(problem)
    slots = template_slots.slots(row.components, row.parameter_format)
    values = filled(slots, content.values)
    template = show.as_mapping(row)
    payload = template_slots.compile_payload(template).payload(values)
    if content.own is not None:
        _name_document(payload, content.own.name)
    return PreparedContent(
        "template",
        clean(readable(template_rendering.render(template, values))),
        {"type": "template", "template": payload},
        template_id=row.id,
    )


def _name_document(payload: Mapping[str, Any], name: str) -> None:
    """Call a document in the header of a template by its name, which an id does not tell."""
    document = template_slots.header_parameter(payload).get("document")
    if isinstance(document, dict):
        document["filename"] = name


async def _find(session: AsyncSession, content: TemplateContent, waba_id: str) -> TemplateRow:
    row: TemplateRow | None
    if content.template_id is not None:
        row = await templates.get(session, content.template_id)
    else:
        row = await templates.find(
            session, waba_id=waba_id, meta_id="", name=content.name, language=content.language
        )
    if row is None or row.waba_id != waba_id:
        raise Invalid("template_not_found.account")
    return row


def filled(slots: Sequence[Slot], values: Mapping[str, str] | Sequence[str]) -> list[str]:
    """The values in slot order; raises Invalid naming every slot that is empty or wrong."""
    if not isinstance(values, Mapping):
        values = {slot.key: value for slot, value in zip(slots, values, strict=False)}
    found = {slot.key: clean(values.get(slot.key, "")).strip() for slot in slots}
    missing = {
        slot.key: Sentence("slot_value.empty", label=slot.label)
        for slot in slots
        if not found[slot.key]
    }
    if missing:
        raise Invalid("variables_missing", fields=missing)
    said = {slot.key: slot_values.problem(slot, found[slot.key]) for slot in slots}
    wrong = {key: why for key, why in said.items() if why}
    if wrong:
        raise Invalid("variables_wrong", fields=wrong)
    return [found[slot.key] for slot in slots]


def readable(shown: template_rendering.Rendered) -> str:
    """A filled template as a person reads it in a thread."""
    head = f"*{shown.header_text}*" if shown.header_text else ""
    return "\n".join(part for part in (head, shown.body, shown.footer) if part)
