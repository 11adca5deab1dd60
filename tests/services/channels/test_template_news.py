"""Meta's updates about templates, late or new to us."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.channels import webhooks
from services.templates import webhooks as template_webhooks
from store import templates
from store.channels import ChannelRow
from tests import factories
from tests.services.channels.events import NOW, later
from tests.services.consents import envelope, take

IDENTITY: dict[str, Any] = {
    "message_template_id": 1689556908129835,
    "message_template_name": "order_ready",
    "message_template_language": "en-US",
}
STATUS = "message_template_status_update"


async def _template(session: AsyncSession, **columns: Any) -> Any:
    found = await templates.get(session, await factories.template(session, name="order_ready"))
    assert found is not None
    for name, value in ({"meta_id": "1689556908129835"} | columns).items():
        setattr(found, name, value)
    await session.flush()
    return found


@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_late_pause_does_not_beat_a_newer_approval(
    session: AsyncSession, row: ChannelRow, order: tuple[int, ...]
) -> None:
    template = await _template(session)
    told = [("PAUSED", -30), ("FLAGGED", -10), ("APPROVED", -20)]
    for place in order:
        event, minutes = told[place]
        await take(session, envelope(STATUS, time=later(minutes=minutes), event=event, **IDENTITY))
    assert template.status == "APPROVED"
    await take(session, envelope(STATUS, event="PAUSED", **IDENTITY))  # no time: it is new
    assert template.status == "PAUSED"


@pytest.mark.fault("A4")
async def test_news_older_than_the_last_sync_change_nothing(
    session: AsyncSession, row: ChannelRow
) -> None:
    template = await _template(session, synced_at=NOW)
    await take(session, envelope(STATUS, time=later(days=-3), event="PAUSED", **IDENTITY))
    assert template.status == "APPROVED"
    await take(session, envelope(STATUS, time=later(seconds=1), event="PAUSED", **IDENTITY))
    assert template.status == "PAUSED"


@pytest.mark.fault("A6")
async def test_a_template_that_is_new_to_us_starts_a_sync(
    session: AsyncSession, row: ChannelRow
) -> None:
    done = await take(session, envelope(STATUS, time=NOW, event="APPROVED", **IDENTITY))
    assert done.syncs == [row.id]
    gone = await take(session, envelope(STATUS, time=NOW, event="DELETED", **IDENTITY))
    assert gone.syncs == []
    nameless = await take(session, envelope(STATUS, time=NOW, event="APPROVED"))
    assert nameless.syncs == []


def button(kind: str, text: str, **more: str) -> dict[str, str]:
    named = {f"message_template_button_{name}": value for name, value in more.items()}
    return {"message_template_button_type": kind, "message_template_button_text": text, **named}


@pytest.mark.fault("A6")
async def test_changed_buttons_are_taken(session: AsyncSession, row: ChannelRow) -> None:
    link = {
        "type": "URL",
        "text": "Track",
        "url": "https://x.test/{{1}}",
        "example": ["https://x.test/1"],
    }
    buttons = {"type": "BUTTONS", "buttons": [link, {"type": "QUICK_REPLY", "text": "Thanks"}]}
    footer = {"type": "FOOTER", "text": "Lumen"}
    template = await _template(session, components=[*factories.COMPONENTS, buttons, footer])
    field = "message_template_components_update"
    told = [
        button("URL", "Follow", url="https://y.test/{{1}}"),
        button("QUICK_REPLY", "Thank you"),
    ]
    done = await take(session, envelope(field, time=NOW, message_template_buttons=told, **IDENTITY))
    assert [part["type"] for part in template.components] == ["BODY", "BUTTONS", "FOOTER"]
    changed = template.components[1]["buttons"]
    assert changed[0] == link | {"text": "Follow", "url": "https://y.test/{{1}}"}
    assert changed[1]["text"] == "Thank you"
    assert done.syncs == []
    # Another set of buttons: what the webhook lacks is fetched.
    told = [button("PHONE_NUMBER", "Call", phone_number="+34611000222")]
    done = await take(
        session,
        envelope(field, time=later(seconds=1), message_template_buttons=told, **IDENTITY),
    )
    assert template.components[1]["buttons"] == [
        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+34611000222"}
    ]
    assert done.syncs == [row.id]


async def test_the_services_take_news_without_a_time(
    session: AsyncSession, row: ChannelRow
) -> None:
    assert await webhooks.apply(
        session, row.waba_id, "account_update", {"event": "PARTNER_REMOVED"}
    )
    template = await _template(session)
    assert await template_webhooks.apply(
        session, row.waba_id, STATUS, {"event": "PAUSED", **IDENTITY}
    )
    assert template.status == "PAUSED"
