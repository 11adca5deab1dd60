"""What a node says, as the messages that WhatsApp takes."""

from typing import Any

from domain.automations.contents import (
    Buttons,
    Card,
    Content,
    Link,
    List,
    Location,
    Media,
    Text,
    choices,
)
from domain.automations.reasons import Reason
from domain.loose import amount
from services.automations.effects.failures import EffectFailed
from services.messages.content import MediaContent, PreparedContent, TextContent
from whatsapp.bodies import clean

Sendable = TextContent | MediaContent | PreparedContent


def body(content: Content) -> Sendable:
    """The message; raises EffectFailed for one that WhatsApp would refuse as it is."""
    match content:
        case Text():
            return TextContent(content.text, content.preview)
        case Media():
            return MediaContent(
                content.kind,
                link=content.link,
                caption=content.caption,
                filename=content.filename,
            )
        case Buttons() | List() | Link():
            return _interactive(content)
        case Location():
            return _location(content)
        case Card():
            return _card(content)


def _interactive(content: Buttons | List | Link) -> PreparedContent:
    kind, action = _action(content)
    interactive: dict[str, Any] = {
        "type": kind, "body": {"text": _said(content.text)}, "action": action,
    }  # fmt: skip
    if header := clean(content.header).strip():
        interactive["header"] = {"type": "text", "text": header}
    if footer := clean(content.footer).strip():
        interactive["footer"] = {"text": footer}
    payload = {"type": "interactive", "interactive": interactive}
    return PreparedContent("interactive", _readable(content), payload)


def _action(content: Buttons | List | Link) -> tuple[str, dict[str, Any]]:
    match content:
        case Buttons():
            buttons = [
                {"type": "reply", "reply": {"id": one.id, "title": _said(one.title)}}
                for one in content.buttons
            ]
            return "button", {"buttons": _some(buttons)}
        case List():
            rows = [
                {"id": row.id, "title": _said(row.title)}
                | ({"description": clean(row.description)} if row.description.strip() else {})
                for row in content.rows
            ]
            return "list", {"button": _said(content.button), "sections": [{"rows": _some(rows)}]}
        case Link():
            link = {"display_text": _said(content.label), "url": _address(content.url)}
            return "cta_url", {"name": "cta_url", "parameters": link}


def _readable(content: Buttons | List | Link) -> str:
    """The message as a person reads it in a thread: what can be tapped stands below."""
    taps = [choice.title for choice in choices(content)]
    if isinstance(content, Link):
        taps = [f"{content.label}: {content.url}"]
    head = f"*{content.header.strip()}*" if content.header.strip() else ""
    lines = (head, content.text.strip(), content.footer.strip(), *(f"[{tap}]" for tap in taps))
    return clean("\n".join(filter(None, lines)))


def _location(content: Location) -> PreparedContent:
    place: dict[str, Any] = {
        "latitude": _degrees(content.latitude, 90),
        "longitude": _degrees(content.longitude, 180),
    }
    place |= {
        name: said
        for name, said in (("name", clean(content.name)), ("address", clean(content.address)))
        if said.strip()
    }
    shown = ", ".join(filter(None, (content.name.strip(), content.address.strip())))
    payload = {"type": "location", "location": place}
    return PreparedContent("location", clean(shown), payload)


def _card(content: Card) -> PreparedContent:
    name = _said(content.name)
    first, _, last = name.partition(" ")
    card: dict[str, Any] = {"name": {"formatted_name": name, "first_name": first}}
    if last.strip():
        card["name"]["last_name"] = last.strip()
    if phone := clean(content.phone).strip():
        card["phones"] = [{"phone": phone, "type": "WORK"}]
    if email := clean(content.email).strip():
        card["emails"] = [{"email": email, "type": "WORK"}]
    if company := clean(content.organization).strip():
        card["org"] = {"company": company}
    return PreparedContent("contacts", name, {"type": "contacts", "contacts": [card]})


def _degrees(text: str, most: int) -> float:
    found = amount(text.strip().replace(",", "."))
    if found is None or abs(found) > most:
        raise EffectFailed(Reason.INVALID_VALUE)
    return float(found)


def _address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise EffectFailed(Reason.INVALID_VALUE)
    return clean(url)


def _said(text: str) -> str:
    said = clean(text).strip()
    if not said:
        raise EffectFailed(Reason.NOTHING_TO_SAY)
    return said


def _some(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not items:
        raise EffectFailed(Reason.NOTHING_TO_SAY)
    return items
