"""Fixtures for everyone: a real PostgreSQL, fresh databases, the app and signed-in clients.

``session``          an AsyncSession whose work is rolled back; for services and store.
``database_url``     a fresh, migrated database of this test alone; for anything that commits.
``state, app, client``  the whole application on such a database, and an HTTP client without cookies.
``login_as(role)``   a client signed in as a new person of that role.
``token_for(role, scopes)``  the text of an API token.

A test that asks for ``session`` together with ``database_url`` (or ``client``) gets a session on that
database and commits itself.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import GRANTS, Permission, Role
from services import passwords, sessions, tokens
from services.vault import new_key, new_secret
from settings import Settings
from store import users
from store.engine import create_engine, libpq_url
from store.migrate import upgrade

PASSWORD = "correct-horse-battery"
SERVER_VARIABLE = "WHATSWAY_TEST_SERVER"
"""Set by the first process of a run, so that parallel workers share one PostgreSQL."""

_numbers = count()


def _server_url() -> str:
    """DATABASE_URL's server, else one started from the wheel in a temporary folder."""
    given = os.environ.get(SERVER_VARIABLE) or os.environ.get("DATABASE_URL")
    return given or _start_server()


def _start_server() -> str:
    from cli.embedded.postgres import Postgres

    folder = Path(tempfile.mkdtemp(prefix="whatsway-test-"))
    server = Postgres(folder)
    raise NotImplementedError(server)


def _connect(url: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(libpq_url(url), autocommit=True)


def _with_name(url: str, name: str) -> str:
    """The same server, another database."""
    head, question, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://{host}/{name}{question}{query}"
