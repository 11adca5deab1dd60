"""Edits and revocations are shown on the bubble they changed, in whatever order they arrive."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from services.messages import read
from services.messages.views import MessageView
from services.receiving.intake import Intake
from services.receiving.process import process
from tests import factories
from tests.conftest import LoginAs
from tests.deliveries import COMMON, as_bytes, envelope, value


def said(words: str, wamid: str = "wamid.I2", at: int = 1790416810) -> dict[str, Any]:
    body = {"type": "text", "text": {"body": words}}
    return {**COMMON, "id": wamid, "timestamp": str(at), **body}


def edited(words: str, at: int) -> dict[str, Any]:
    inner = {"type": "text", "text": {"body": words}}
    edit = {"original_message_id": "wamid.I2", "message": inner}
    return {**COMMON, "id": f"wamid.E{at}", "timestamp": str(at), "type": "edit", "edit": edit}


def revoked(at: int) -> dict[str, Any]:
    revoke = {"original_message_id": "wamid.I2"}
    return {
        **COMMON,
        "id": f"wamid.R{at}",
        "timestamp": str(at),
        "type": "revoke",
        "revoke": revoke,
    }


async def received(state: AppState, *messages: dict[str, Any]) -> list[MessageView]:
    """Deliver each separately; returns the thread afterwards."""
    async with state.sessions.begin() as session:
        if not (await session.execute(text("SELECT 1 FROM channels"))).first():
            await factories.channel(session, state.vault)
    for message in messages:
        await Intake(state.sessions).keep(
            as_bytes(envelope(("messages", value(messages=[message])))), None
        )
        async with state.sessions.begin() as session:
            await process(session)
    async with state.sessions() as session:
        ids = (await session.scalars(text("SELECT id FROM messages ORDER BY id"))).all()
        return [await read.one(session, message_id) for message_id in ids]


@pytest.mark.fault("B8")
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_an_edit_stands_on_its_bubble_and_the_newest_counts(
    state: AppState, order: tuple[int, ...]
) -> None:
    told = [said("first"), edited("second", 1790416900), edited("third", 1790417000)]
    (shown,) = await received(state, *(told[place] for place in order))
    assert (shown.text, shown.edited_body) == ("first", "third")
    assert shown.edited_at is not None
    assert shown.revoked_at is None


@pytest.mark.fault("B8")
async def test_a_revocation_stands_on_its_bubble(state: AppState, login_as: LoginAs) -> None:
    (shown,) = await received(state, revoked(1790417000), said("a secret"))
    assert shown.revoked_at is not None
    agent: httpx.AsyncClient = await login_as(Role.AGENT)
    page = (await agent.get(f"/inbox/{shown.conversation_id}/messages")).text
    assert "Deleted by the customer" in page


@pytest.mark.fault("B8")
async def test_changes_make_nothing_unread_and_open_nothing(state: AppState) -> None:
    await received(state, said("first"))
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE conversations SET unread = 0, status = 'resolved'"))
    before = "SELECT unread, status, preview, last_message_at, window_expires_at FROM conversations"
    async with state.sessions() as session:
        was = (await session.execute(text(before))).one()
    await received(state, edited("second", 1790417000), revoked(1790417001), revoked(1790417001))
    async with state.sessions() as session:
        assert (await session.execute(text(before))).one() == was


async def test_deleting_a_person_deletes_what_they_edited(state: AppState) -> None:
    await received(state, said("first"), edited("second", 1790417000))
    async with state.sessions.begin() as session:
        await session.execute(text("DELETE FROM contacts"))
        left = await session.scalar(text("SELECT count(*) FROM message_changes"))
    assert left == 0


@pytest.mark.parametrize(
    "part",
    [None, 5, [], {}, {"original_message_id": 7}, {"original_message_id": "w", "message": "x"}],
)
async def test_absurd_changes_cost_nothing(state: AppState, part: Any) -> None:
    odd = {**COMMON, "id": "wamid.X", "type": "edit", "edit": part}
    assert [shown.text for shown in await received(state, odd, said("fine"))] == ["fine"]
