"""A database with one number, and deliveries received and processed."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.receiving.intake import Intake
from services.receiving.taking import Taker
from tests import factories
from tests.deliveries import (
    message,
)

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture(autouse=True)
async def _template(sessions: Sessions) -> None:
    """Beside the number."""
    async with sessions.begin() as session:
        await factories.template(session)


async def drain(sessions: Sessions) -> None:
    """Process until nothing is waiting; endless retries fail the test."""
    taker = Taker(sessions)
    async with asyncio.timeout(60):
        while (await taker.take()).taken:
            pass
    assert await count(sessions, "webhook_events WHERE state = 'waiting'") == 0


async def receive(sessions: Sessions, *bodies: bytes) -> None:
    """Store deliveries and process them."""
    intake = Intake(sessions)
    for body in bodies:
        await intake.keep(body, None)
    await drain(sessions)


async def count(sessions: Sessions, what: str) -> int:
    async with sessions() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


async def column(sessions: Sessions, what: str) -> list[Any]:
    async with sessions() as session:
        return list((await session.scalars(text(f"SELECT {what}"))).all())


def said(words: str, number: object = 1, **more: Any) -> dict[str, Any]:
    return message("text", number) | {"text": {"body": words}} | more


def other(number: int) -> dict[str, Any]:
    """Somebody else, each time."""
    return {"from": f"34622{number:06}", "from_user_id": f"ES.other{number}"}
