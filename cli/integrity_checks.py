"""Part of `whatsway doctor`: whether the keys match the database, and all its files exist."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from api.wording import say
from cli.datafolder import SECRETS, DataFolder, read_json
from cli.findings import Finding
from settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

KEYS, FILES = "Keys", "Files"


def with_keys(settings: Settings, data: DataFolder) -> Settings:
    """The settings with the keys in the built-in stack's folder."""
    if settings.encryption_keys is not None:
        return settings
    kept = str(read_json(data.path / SECRETS).get("encryption_keys", ""))
    return settings.model_copy(update={"encryption_keys": SecretStr(kept)})


async def keys(url: str, settings: Settings) -> Finding:
    """Whether the stored tokens can be read."""
    from sqlalchemy.exc import SQLAlchemyError

    from services import integrity
    from services.vault import MissingSetting, Vault

    try:
        vault = Vault.from_settings(settings)
        async with _session(url) as session:
            locked = await integrity.unreadable_numbers(session, vault)
    except MissingSetting as missing:
        return Finding(KEYS, False, "not usable", say(missing.sentence))
    except (SQLAlchemyError, OSError) as error:
        return _unknown(KEYS, error)
    if not locked:
        return Finding(KEYS, True, "every stored token can be read")
    step = (
        "Restore the key from that time: ENCRYPTION_KEYS in .env, or secrets.json of the data "
        "folder, from where the backup is kept. Or enter the tokens again under Channels, Edit."
    )
    return Finding(KEYS, False, f"no key opens the token of {', '.join(locked)}", step)


async def files(url: str, settings: Settings) -> Finding:
    """Whether the files that rows refer to are in the data folder."""
    from sqlalchemy.exc import SQLAlchemyError

    from services import integrity

    folder = settings.data_dir.expanduser()
    try:
        async with _session(url) as session:
            found = await integrity.missing_files(session, folder)
    except (SQLAlchemyError, OSError) as error:
        return _unknown(FILES, error)
    if not found.folders:
        return Finding(FILES, True, f"{found.looked:,} looked for, all there")
    detail = (
        f"{found.media:,} files of messages and {found.uploads:,} of unfinished imports are missing"
    )
    places = " and ".join(str(folder / name) for name in found.folders)
    step = f"Put {places} back from the backup, or check WHATSWAY_DATA_DIR and its mounts."
    return Finding(FILES, False, detail, step)


def _unknown(name: str, error: Exception) -> Finding:
    return Finding(name, False, f"not known ({type(error).__name__})", "See PostgreSQL above.")


@asynccontextmanager
async def _session(url: str) -> "AsyncIterator[AsyncSession]":
    from store.engine import Use, create_engine, create_sessions

    engine = create_engine(url, 1, Use.COMMAND)
    try:
        async with create_sessions(engine)() as session:
            yield session
    finally:
        await engine.dispose()
