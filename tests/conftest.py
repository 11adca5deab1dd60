"""Fixtures for everyone: a real PostgreSQL, fresh databases, the app and signed-in clients.

``session``             an AsyncSession whose work is rolled back; for services and store.
``database_url``        an empty, migrated database of this test alone; for anything that commits.
``settings, app, state, client``  the whole application on that database; a client without cookies.
``address``             where that application answers on a real port.
``login_as(role)``      a client signed in as a new person of that role (CSRF header included).
``token_for(role, scopes)``  the text of an API token; all scopes of the role when none are given.
``make_user(role)``     a person in the test's database; the password is ``PASSWORD``.

A test that asks for ``session`` together with ``database_url`` (or ``client``) gets a session on
that database, and commits itself.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import httpx
import hypothesis
import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from api import csrf
from api.app import create_state
from api.cookies import SESSION
from api.state import AppState
from cli.serving import PunctualProtocol
from domain.actors import SYSTEM
from domain.permissions import GRANTS, Role
from domain.users import User
from services import passwords, sessions, tokens
from services.vault import new_key
from settings import Settings
from store import users
from store.engine import create_engine
from tests import engines, leaks, measuring, recorded
from tests.databases import Databases
from tests.postgres import ThrowawayPostgres
from tests.scheduling import ByFile, longest_first
from tests.serving import serving, url_of
from web.app import attach, create_app

PASSWORD = "correct-horse-battery"
BASE_URL = "http://127.0.0.1:8000"
SERVER = "WHATSWAY_TEST_SERVER"
"""Set by the first process of a run, so that parallel workers share one PostgreSQL."""

# Through the standard library, where pytest collects it; plain traces, which are quick to write.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["event"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

leaks.watch()
engines.share()
recorded.watch()

# A busy machine is not a failure; the suite has its own time budget.
hypothesis.settings.register_profile("whatsway", deadline=None)
hypothesis.settings.load_profile("whatsway")

TokenFor = Callable[..., Awaitable[str]]
MakeUser = Callable[..., Awaitable[User]]


class LoginAs(Protocol):
    """Signs a new person in."""

    def __call__(self, role: Role = Role.ADMIN) -> Awaitable[httpx.AsyncClient]:
        """A separate client."""


_started: list[ThrowawayPostgres] = []


def _server_url() -> str:
    """The server of DATABASE_URL, else one from the wheel that ends with this run."""
    given = os.environ.get(SERVER) or os.environ.get("DATABASE_URL")
    if given:
        return given
    server = ThrowawayPostgres()
    _started.append(server)
    server.start()
    os.environ[SERVER] = server.url
    return server.url


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Start the server before the workers, which inherit its address."""
    _server_url()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file on one worker."""
    return ByFile(config, log)


def pytest_collection(session: pytest.Session) -> None:
    """Nothing is measured until the first test."""
    measuring.collect(session.config)
    gc.disable()


def pytest_collection_finish() -> None:
    """What has been loaded stays until the end: looking for garbage in it again and again costs much."""
    gc.enable()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Decide the order; workers share the files out in it."""
    longest_first(items)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported that is measured; files go where no other run changes permissions."""
    measuring.begin(config)
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="whatsway-tests-")
        config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
        config.option.basetemp = f"{folder}/run"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """With the fixtures of a test."""
    measuring.measure(item)


def pytest_unconfigure() -> None:
    """Stop the server that this process started."""
    for server in _started:
        server.stop()
    _started.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """After the application and every engine of the test have ended."""
    yield
    left = leaks.close()
    assert not left, f"connections left open: {left}"
    unsaid = recorded.missing()
    assert not unsaid, f"on record without words in web/settings/audit: {unsaid}"


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The maker of databases of this process."""
    made = Databases(_server_url())
    yield made
    made.close(drop=SERVER not in os.environ)


@pytest.fixture(scope="session")
def shared_database_url(databases: Databases) -> Iterator[str]:
    """The database that ``session`` works in without leaving anything behind."""
    url = databases.create()
    yield url
    if SERVER not in os.environ:
        databases.drop(url)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """An empty, migrated database of this test alone."""
    url = databases.acquire()
    yield url
    databases.release(url)


@pytest.fixture
async def session(
    request: pytest.FixtureRequest, shared_database_url: str
) -> AsyncIterator[AsyncSession]:
    """A session that is rolled back; with ``database_url`` in play, one on that database."""
    own = "database_url" in request.fixturenames
    url = request.getfixturevalue("database_url") if own else shared_database_url
    engine = create_engine(url)
    async with engine.connect() as connection:
        mode: Any = "rollback_only" if own else "create_savepoint"
        transaction = None if own else await connection.begin()
        bound = AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode=mode, autoflush=True
        )
        yield bound
        await bound.close()
        if transaction is not None:
            await transaction.rollback()
    await engine.dispose()


def make_settings(database_url: str, data_dir: Path, **changes: object) -> Settings:
    """Settings of a demo on this database; ``changes`` by field name or environment name."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "WHATSWAY_DATA_DIR": data_dir,
            "WHATSWAY_ENVIRONMENT": "demo",
            "temporal_address": "127.0.0.1:1",
            "session_secret": new_key(),
            "encryption_keys": new_key(),
            "public_url": BASE_URL,
            "simulator_url": "http://127.0.0.1:2",
            "whatsapp_allow_local": True,
            **changes,
        }
    )


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of the app under test; nothing answers at Temporal's address."""
    secret = {name: SecretStr(new_key()) for name in ("session_secret", "encryption_keys")}
    own = {"database_url": database_url, "data_dir": tmp_path, **secret}
    return _usual_settings().model_copy(update=own)


@cache
def _usual_settings() -> Settings:
    """Looking for a value of each in the environment takes longer than starting the application."""
    return make_settings("postgresql://nobody@127.0.0.1:1/nothing", Path())


@cache
def _shared_app() -> FastAPI:
    """Building the routes takes a fifth of a second; only the state differs between tests."""
    return create_app(_usual_settings())


@asynccontextmanager
async def running(application: FastAPI, settings: Settings) -> AsyncIterator[FastAPI]:
    """The application with its own state, started."""
    attach(application, create_state(settings))
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application, started; a module that adds routes overrides this with its own app."""
    async with running(_shared_app(), settings) as application:
        yield application


@pytest.fixture
def state(app: FastAPI) -> AppState:
    """What the application holds: sessions, vault, hub, …"""
    held: AppState = app.state.whatsway
    return held


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real server, for browsers, sockets and what must be seen on the wire."""
    async with serving(app, at_once=True, http=PunctualProtocol, lifespan="off") as server:
        yield url_of(server)


@pytest.fixture
async def clients(app: FastAPI) -> AsyncIterator[Callable[[], httpx.AsyncClient]]:
    """Makes HTTP clients that call the application in this process."""
    async with AsyncExitStack() as stack:
        made: list[httpx.AsyncClient] = []

        def make() -> httpx.AsyncClient:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app, client=("127.0.0.1", 5000)), base_url=BASE_URL
            )
            made.append(client)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def client(clients: Callable[[], httpx.AsyncClient]) -> httpx.AsyncClient:
    """A client without cookies."""
    return clients()


@cache
def _password_hash() -> str:
    """One derivation for the whole run: it takes 60 ms."""
    return passwords.hash_now(PASSWORD)


@pytest.fixture
def make_user(state: AppState) -> MakeUser:
    """``await make_user(Role.AGENT, email="…", name="…")``: a person whose password is PASSWORD."""

    async def make(role: Role = Role.ADMIN, email: str = "", name: str = "") -> User:
        address = email or f"{role}-{uuid4().hex[:8]}@example.com"
        async with state.sessions.begin() as session:
            user_id = await users.add(
                session,
                email=address,
                name=name or f"Test {role.value.title()}",
                role=role,
                password_hash=_password_hash(),
            )
            assert user_id is not None
            user = await users.get(session, user_id)
        assert user is not None
        return user

    return make


@pytest.fixture
def login_as(
    clients: Callable[[], httpx.AsyncClient], state: AppState, make_user: MakeUser
) -> LoginAs:
    """``await login_as(Role.AGENT)``: a client with a session cookie and the CSRF header."""

    async def sign_in(role: Role = Role.ADMIN) -> httpx.AsyncClient:
        user = await make_user(role)
        async with state.sessions.begin() as session:
            token = await sessions.start(
                session,
                user.id,
                now=datetime.now(UTC),
                hours=state.settings.session_hours,
                ip="127.0.0.1",
                user_agent="tests",
            )
        signed_in = clients()
        signed_in.cookies.set(SESSION, token)
        signed_in.headers[csrf.HEADER] = csrf.token_for(
            state.session_secret, sessions.digest(token)
        )
        return signed_in

    return sign_in


@pytest.fixture
def token_for(state: AppState, make_user: MakeUser) -> TokenFor:
    """``await token_for(Role.MANAGER, ["contacts:read"])``: a token of a new person."""

    async def make(role: Role = Role.ADMIN, scopes: list[str] | None = None) -> str:
        user = await make_user(role)
        allowed = GRANTS[role]
        wanted = scopes or [permission.value for permission in allowed - tokens.NOT_SCOPES]
        async with state.sessions.begin() as session:
            made = await tokens.create(
                session,
                SYSTEM,
                user=user.id,
                allowed=allowed,
                name="tests",
                scopes=wanted,
                expires_in_days=None,
                now=datetime.now(UTC),
            )
        return made.secret

    return make
