"""Dependencies of routes: the process state and one transaction per request."""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from api.state import AppState, state_of

log = structlog.get_logger(__name__)


def get_state(connection: HTTPConnection) -> AppState:
    """The process state behind a request or a socket."""
    return state_of(connection)


def address_of(connection: HTTPConnection) -> str:
    """The address a request came from, "" if invalid: a proxy may forward anything."""
    host = connection.client.host if connection.client else ""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return ""


@asynccontextmanager
async def glance(state: AppState) -> AsyncIterator[AsyncSession]:
    """A session without a transaction, for a single read or write."""
    async with state.sessions() as session:
        _ = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


StateDep = Annotated[AppState, Depends(get_state)]


async def get_session(request: Request, state: StateDep) -> AsyncIterator[AsyncSession]:
    """One transaction: committed when the handler has returned, before its answer is sent.

    Rolled back on any error, and if the handler called ``discard`` (a form shown again).
    """
    async with state.sessions() as session:
        yield session
        if getattr(request.state, "discarded", False):
            await session.rollback()
            return
        await session.commit()


# "function": the commit happens after the handler and before the response is sent.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def get_read_session(state: StateDep) -> AsyncIterator[AsyncSession]:
    """One transaction in which PostgreSQL refuses every write; there is nothing to commit."""
    async with state.reads() as session:
        yield session


ReadSessionDep = Annotated[AsyncSession, Depends(get_read_session, scope="function")]


def discard(request: Request) -> None:
    """Roll back this request's transaction although the handler returns an answer."""
    request.state.discarded = True
