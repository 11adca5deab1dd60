"""What a message may say: each kind of file with what WhatsApp takes beside it, and values that do not fit."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Invalid
from domain.template_slots import slots
from services.messages.content import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    MediaContent,
    PreparedContent,
    TextContent,
    filled,
    prepare,
)

LINK = "https://files.example.com/a"
FILE = {"link": LINK}
BODY = [{"type": "BODY", "text": "Hi {{1}}, see {{2}}", "example": {"body_text": [["Ann", "it"]]}}]
VIDEO = [
    {"type": "HEADER", "format": "VIDEO", "example": {"header_handle": ["https://x.example/v"]}}
]


@pytest.mark.parametrize(
    ("given", "sent", "read"),
    [
        (MediaContent("image", link=LINK, caption=" Look "), {**FILE, "caption": "Look"}, "Look"),
        (MediaContent("image", link=LINK), FILE, ""),
        (MediaContent("audio", link=LINK, caption="Unsaid"), FILE, ""),
        (MediaContent("sticker", id="123"), {"id": "123"}, ""),
        (MediaContent("image", link=LINK, filename="a.jpg"), FILE, ""),
        (MediaContent("document", link=LINK, filename="a.pdf"), {**FILE, "filename": "a.pdf"}, "a.pdf"),
    ],
)  # fmt: skip
async def test_a_file_goes_with_what_its_kind_may_have(
    session: AsyncSession, given: MediaContent, sent: dict[str, Any], read: str
) -> None:
    assert await prepare(session, given, "1") == PreparedContent(
        given.kind, read, {"type": given.kind, given.kind: sent}
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (TextContent(" \n "), "text_empty"),
        (TextContent("x" * (TEXT_LIMIT + 1)), "text_too_long"),
        (MediaContent("gif", link=LINK), "media_kind"),
        (MediaContent("image"), "media_source"),
        (MediaContent("image", id="1", link=LINK), "media_source"),
        (MediaContent("image", link="http://files.example.com/a"), "media_link"),
        (MediaContent("image", id="../1"), "media_id"),
        (MediaContent("image", link=LINK, caption="x" * (CAPTION_LIMIT + 1)), "caption_too_long"),
    ],
)
async def test_what_whatsapp_would_refuse_is_refused_before(
    session: AsyncSession, given: TextContent | MediaContent, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await prepare(session, given, "1")
    assert refused.value.code == code


def test_values_by_name_and_in_order_are_the_same_and_each_empty_one_is_named() -> None:
    places = slots(BODY, "POSITIONAL")
    assert filled(places, [" Ann ", "it"]) == filled(places, {"body.2": "it", "body.1": "Ann"})
    with pytest.raises(Invalid) as missing:
        filled(places, ["Ann"])
    assert (missing.value.code, [*missing.value.fields]) == ("variables_missing", ["body.2"])


def test_a_value_of_the_wrong_shape_is_named() -> None:
    with pytest.raises(Invalid) as wrong:
        filled(slots(VIDEO, "POSITIONAL"), ["no address"])
    assert (wrong.value.code, len(wrong.value.fields)) == ("variables_wrong", 1)
