"""Open sockets close when rights end, for whatever reason."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from api import websocket
from api.app import create_state
from api.cookies import SESSION
from api.live import Client
from api.state import AppState
from domain.actors import SYSTEM, Actor
from domain.live import Event
from domain.permissions import Permission, Role
from domain.users import User
from services import sessions, tokens, users
from settings import Settings
from store import live
from tests.api.bearers import bearer, made
from tests.conftest import PASSWORD, MakeUser

pytestmark = pytest.mark.fault("C5")


@asynccontextmanager
async def page(
    address: str, state: AppState, headers: dict[str, str]
) -> AsyncIterator[ClientConnection]:
    uri, origin = f"{address.replace('http', 'ws')}/ws", Origin(address)
    async with connect(uri, additional_headers=headers, origin=origin) as connection:
        await state.hub.listening.wait()
        await connection.send(json.dumps({"event": "join", "room": "inbox", "ref": 1}))
        assert json.loads(await connection.recv())["event"] == "ack"
        yield connection


async def signed_in(state: AppState, user: User) -> str:
    async with state.sessions.begin() as session:
        return await sessions.start(
            session, user.id, now=datetime.now(UTC), hours=1, ip="", user_agent=""
        )


async def closed(connection: ClientConnection) -> list[dict[str, Any]]:
    """What still arrived until the socket was closed with the code for "sign in again"."""
    came = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(3):
            while True:
                came.append(json.loads(await connection.recv()))
    assert connection.close_code == websocket.SIGNED_OUT
    return came


CAUSES = ["deactivated", "demoted", "password", "reset", "signed out", "others", "token"]


async def end_rights(state: AppState, user: User, cookie: str, cause: str) -> None:
    now, actor = datetime.now(UTC), Actor("user", user.id)
    async with state.sessions.begin() as session:
        if cause == "deactivated":
            await users.deactivate(session, SYSTEM, user.id, now)
        elif cause == "demoted":
            await users.change_role(session, SYSTEM, user.id, Role.AGENT)
        elif cause == "password":
            await users.change_password(
                session, actor, user.id, current=PASSWORD, new="plum-violin-harbour-9",
                keep_session=b"", now=now,
            )  # fmt: skip
        elif cause == "reset":
            await users.reset_password(session, SYSTEM, user.id, now)
        elif cause == "signed out":
            await sessions.end(session, cookie)
        elif cause == "others":
            await sessions.revoke_others(session, user.id)
        else:
            (row,) = await tokens.list_for(session, user.id)
            await tokens.revoke(session, SYSTEM, row.id, now=now, user_id=None)
        # In the same transaction: an event that must not reach the page any more.
        await live.tick(session, "inbox", Event.NEW_MESSAGE, id="secret")


@pytest.mark.parametrize("cause", CAUSES)
async def test_open_sockets_end_at_once_in_another_process(
    address: str, state: AppState, settings: Settings, make_user: MakeUser, cause: str
) -> None:
    await make_user(Role.ADMIN)
    user = await make_user(Role.MANAGER)
    cookie = await signed_in(state, user)
    headers = {"Cookie": f"{SESSION}={cookie}"}
    if cause == "token":
        headers = bearer(await made(state, user, [Permission.CONVERSATIONS_READ]))
    other = create_state(settings)  # the process in which an administrator does it
    async with page(address, state, headers) as connection:
        await end_rights(other, user, cookie, cause)
        assert await closed(connection) == []
    await other.engine.dispose()


async def test_every_frame_is_looked_at_when_no_notification_comes(
    address: str, state: AppState, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Client, "doubt", lambda _: None)
    user = await make_user(Role.AGENT)
    headers = {"Cookie": f"{SESSION}={await signed_in(state, user)}"}
    async with page(address, state, headers) as connection:
        async with state.sessions.begin() as session:
            await session.execute(
                text("UPDATE users SET is_active = false WHERE id = :id"), {"id": user.id}
            )
        await connection.send(json.dumps({"event": "ping", "ref": 2}))
        assert await closed(connection) == []


async def test_open_sockets_of_others_stay(
    address: str, state: AppState, make_user: MakeUser
) -> None:
    user, other = await make_user(Role.AGENT), await make_user(Role.AGENT)
    headers = {"Cookie": f"{SESSION}={await signed_in(state, other)}"}
    async with page(address, state, headers) as connection:
        await end_rights(state, user, "", "deactivated")
        assert json.loads(await connection.recv())["event"] == Event.NEW_MESSAGE
