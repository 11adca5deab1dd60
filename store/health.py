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
def newest_revision() -> str | None:
    """The newest migration of this code."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()
