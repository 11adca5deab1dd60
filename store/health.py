"""What the readiness probe asks the database."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def revision(session: AsyncSession) -> str | None:
    """The migration the database is at; None before the first one."""
    known = await session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    if not known:
        return None
    version = await session.scalar(text("SELECT version_num FROM alembic_version"))
    return str(version) if version else None


@cache
def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return ScriptDirectory.from_config(config)


@cache
def newest_revision() -> str | None:
    """The newest migration of this code."""
    return _scripts().get_current_head()


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def fits(revision: str | None) -> str:
    """``ok``; ``pending`` if migrations are missing; ``newer`` if this code is too old for the database."""
    if revision == newest_revision():
        return "ok"
    return "pending" if revision is None or revision in _known() else "newer"
