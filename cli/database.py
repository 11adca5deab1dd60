"""Reach the database from a command: the configured one, the running one, or one started for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from cli import running
from cli.datafolder import DataFolder
from cli.problems import Problem
from settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@contextlib.asynccontextmanager
async def reach(settings: Settings, *, as_owner: bool = False) -> AsyncIterator[str]:
    """The address of a database for this release; a built-in one is started if not running.

    Only an existing one: a wrong folder must not create an empty one. A newer release's database is a Problem for every
    command. ``as_owner`` requests the role that may change tables, for the built-in database.
    """
    async with _address(settings, as_owner=as_owner) as url:
        await asyncio.to_thread(refuse_newer, url)
        yield url


@contextlib.asynccontextmanager
async def _address(settings: Settings, *, as_owner: bool = False) -> AsyncIterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    from cli.addresses import Parts
    from cli.embedded.postgres import EmbeddedPostgres
    from cli.stack import Stack

    settings = running.meant(settings)
    data = DataFolder(settings.data_dir)
    if data.is_in_use():
        found = running.on(data)
        port = data.read("ports.json").get("postgres")
        if found is not None and not found.database:
            raise Problem(
                f"WhatsWay on {data.path} uses your own database: set its DATABASE_URL here too."
            )
        if not isinstance(port, int):
            raise Problem(f"WhatsWay is just starting on {data.path}: try again in a moment.")
        built_in = EmbeddedPostgres(data, port)
        yield built_in.owner_url if as_owner else built_in.url
        return
    parts = Parts(api=False, worker=False, temporal=False, migrate=False)
    async with Stack(data.path, parts=parts, settings=settings) as stack:
        yield str(stack.owner_url if as_owner else stack.settings.database_url)


def upgrade(url: str, owner_url: str | None = None) -> None:
    """Apply the migrations as the owner of the tables, then give the application's role its rights.

    A database from a newer release or one that is down is a Problem.
    """
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import OperationalError

    from store.migrate import upgrade as apply

    try:
        apply(owner_url or url)
        if owner_url is not None:
            allow(owner_url, url)
    except OperationalError as error:
        raise Problem(unreachable(error.orig)) from error
    except CommandError as error:
        raise Problem(
            "The database was made by a newer release of WhatsWay "
            f"({str(error).splitlines()[0]}): install that release, or restore a backup."
        ) from error


def refuse_newer(url: str) -> None:
    """Raise Problem for a database from a release this program does not know.

    A database that does not answer yet is handled elsewhere.
    """
    from sqlalchemy.exc import OperationalError

    from store.migrate import is_newer

    try:
        newer = is_newer(url)
    except OperationalError:
        return
    if newer:
        raise Problem(
            "The database was made by a newer release of WhatsWay: install that release, "
            "or restore a backup from before the upgrade."
        )


def allow(owner_url: str, url: str) -> None:
    """Let the role in ``url`` work with the owner's tables; raises Problem if that fails."""
    import psycopg

    from store.grants import RoleMissing, give

    try:
        give(owner_url, url)
    except RoleMissing as missing:
        raise Problem(
            f"The database has no role {missing}, and the one in DATABASE_OWNER_URL may not make "
            "it: create it as docs/operations.md says, then run `whatsway migrate` again."
        ) from missing
    except psycopg.OperationalError as error:
        raise Problem(unreachable(error)) from error


def unreachable(error: object) -> str:
    """A sentence for a database that does not answer."""
    reason = next(iter(str(error).strip().splitlines()), "no answer")
    return f"The database does not answer ({reason}): check DATABASE_URL and that it is running."


@contextlib.asynccontextmanager
async def transaction(settings: Settings) -> AsyncIterator["AsyncSession"]:
    """Run one session with one commit on a migrated database; refusals become Problems."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from api.wording import say_error
    from domain.errors import DomainError
    from store.engine import Use, create_engine, create_sessions

    async with reach(settings) as url:
        engine = create_engine(url, pool_size=1, use=Use.COMMAND)
        try:
            async with create_sessions(engine)() as session, session.begin():
                yield session
        except DomainError as error:
            raise Problem(say_error(error)) from error
        except OperationalError as error:
            raise Problem(unreachable(error.orig)) from error
        except ProgrammingError as error:
            raise Problem("The database has no tables yet: run `whatsway migrate`.") from error
        finally:
            await engine.dispose()
