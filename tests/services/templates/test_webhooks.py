from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.templates import sync, webhooks
from store import templates
from store.templates import TemplateRow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WABA = "102030405060708"
IDENTITY = {
    "message_template_id": 1689556908129835,
    "message_template_name": "order_ready",
    "message_template_language": "en-US",
}


@pytest.fixture
async def row(session: AsyncSession) -> TemplateRow:
    item = {
        "id": "1689556908129835",
        "name": "order_ready",
        "language": "en_US",
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [
            {
                "type": "HEADER",
                "format": "IMAGE",
                "example": {"header_handle": ["https://x/a.jpg"]},
            },
            {"type": "BODY", "text": "Hi {{1}}, ready.", "example": {"body_text": [["Mara"]]}},
            {"type": "FOOTER", "text": "Lumen"},
        ],
    }
    await templates.sync(session, WABA, [sync.parse(item)], now=NOW)
    found = await templates.find(
        session, waba_id=WABA, meta_id="1689556908129835", name="", language=""
    )
    assert found is not None
    return found


async def change(session: AsyncSession, field: str, **value: Any) -> bool:
    return bool(await webhooks.apply(session, WABA, field, {**IDENTITY, **value}))


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("PAUSED", "PAUSED"),
        ("paused", "PAUSED"),
        ("REINSTATED", "APPROVED"),
        ("DISABLED", "DISABLED"),
        ("FLAGGED", "APPROVED"),
        ("BRAND_NEW_EVENT", "APPROVED"),
    ],
)
async def test_status(session: AsyncSession, row: TemplateRow, event: str, status: str) -> None:
    assert await change(session, "message_template_status_update", event=event, reason=None)
    assert row.status == status


async def test_a_rejection_keeps_its_reason_until_approval(
    session: AsyncSession, row: TemplateRow
) -> None:
    field = "message_template_status_update"
    await change(session, field, event="REJECTED", reason="INVALID_FORMAT")
    assert (row.status, row.rejected_reason) == ("REJECTED", "INVALID_FORMAT")
    await change(session, field, event="APPROVED", reason="NONE")
    assert (row.status, row.rejected_reason) == ("APPROVED", None)


async def test_quality_arrives_under_either_field(session: AsyncSession, row: TemplateRow) -> None:
    for field, score in (
        ("message_template_quality_update", "yellow"),
        ("message_template_status_update", "RED"),
    ):
        assert await change(session, field, previous_quality_score="GREEN", new_quality_score=score)
        assert row.quality == score.upper()
    assert row.status == "APPROVED"


async def test_only_a_finished_category_change_counts(
    session: AsyncSession, row: TemplateRow
) -> None:
    field = "template_category_update"
    await change(session, field, new_category="UTILITY", correct_category="MARKETING")
    assert row.category == "UTILITY"
    await change(session, field, previous_category="UTILITY", new_category="MARKETING")
    assert row.category == "MARKETING"


async def test_new_wording_keeps_examples(session: AsyncSession, row: TemplateRow) -> None:
    await change(
        session,
        "message_template_components_update",
        message_template_element="Hello {{1}}, ready\0 now.",
        message_template_footer="Lumen Market",
        message_template_title="Ignored: the header is a picture",
    )
    header, body, footer = row.components
    assert "text" not in header
    assert body["text"] == "Hello {{1}}, ready now."
    assert body["example"] == {"body_text": [["Mara"]]}
    assert footer["text"] == "Lumen Market"


async def test_the_name_finds_it_when_the_id_is_new(
    session: AsyncSession, row: TemplateRow
) -> None:
    value = {**IDENTITY, "message_template_id": 42, "event": "PAUSED"}
    assert await webhooks.apply(session, WABA, "message_template_status_update", value)
    assert row.status == "PAUSED"


async def test_strangers_change_nothing(session: AsyncSession, row: TemplateRow) -> None:
    field = "message_template_status_update"
    paused = {**IDENTITY, "event": "PAUSED"}
    assert not await webhooks.apply(session, "another account", field, paused)
    assert not await webhooks.apply(session, WABA, field, {"event": "PAUSED"})
    assert not await change(session, "some_future_field", event="PAUSED")
    assert row.status == "APPROVED"
