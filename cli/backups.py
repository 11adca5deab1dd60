"""`whatsway backup` and `whatsway restore`: everything that matters, in one file."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated

import typer

from cli import archives, database, environment, running
from cli.archives import FOLDERS, Manifest
from cli.datafolder import SECRETS, DataFolder, read_json
from cli.problems import Problem
from settings import Settings

STANDARD = "-"
ASIDE = (
    *FOLDERS,
    SECRETS,
    "postgres",
    "temporal.db",
    "temporal.db-shm",
    "temporal.db-wal",
    "waterline.json",
)
"""What a restore moves out of a data folder before adding its own."""

WHERE = 'A file; "-" for standard output.'
WHENCE = 'A file that `whatsway backup` wrote; "-" for standard input.'


def backup(file: Annotated[str, typer.Argument(help=WHERE)]) -> None:
    """Write the database, keys and files to one file, whether or not WhatsWay is running."""
    asyncio.run(_backup(environment.load(), file))


def restore(file: Annotated[str, typer.Argument(help=WHENCE)]) -> None:
    """Replace the data folder's contents with a backup; the old ones are moved aside, and nothing is sent at first."""
    settings = environment.load()
    data = DataFolder(settings.data_dir)
    if data.is_in_use():
        raise Problem(f"WhatsWay is running on {data.path}: stop it before a restore.")
    data.create()
    with _staging(data) as staging, _source(file) as stream:
        manifest = archives.unpack(stream, staging, file)
        _refuse_newer(manifest)
        asyncio.run(_restore(settings, data, staging, manifest))


async def _backup(settings: Settings, file: str) -> None:
    from cli import dumps

    settings = running.meant(settings) if settings.database_url is None else settings
    data = DataFolder(settings.data_dir)
    data.create()
    with _staging(data) as staging, _target(file) as stream:
        dump = staging / archives.DUMP
        async with _owner(settings) as url:
            found = await asyncio.to_thread(dumps.revision, url)
            await asyncio.to_thread(dumps.dump, url, dump)
        manifest = Manifest(found, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", key_marks(settings))
        archives.write(stream, manifest, dump, data.path)
    if not (data.path / SECRETS).exists():
        _note(
            "It does not include the keys: keep ENCRYPTION_KEYS and SESSION_SECRET (.env) with it."
        )
    _note(f"Backup written: {file}" if file != STANDARD else "Backup written.")


@contextlib.asynccontextmanager
async def _owner(settings: Settings) -> AsyncIterator[str]:
    """The database to dump, as the role with the most read access."""
    if settings.database_owner_url is not None:
        await asyncio.to_thread(database.refuse_newer, settings.database_owner_url)
        yield settings.database_owner_url
        return
    async with database.reach(settings, as_owner=True) as url:
        yield url


async def _restore(settings: Settings, data: DataFolder, staging: Path, manifest: Manifest) -> None:
    """Restore an external database first: a refusal then leaves the files untouched."""
    if settings.database_url is not None:
        await _load_yours(settings, staging)
        _put_in_place(data, staging, (*FOLDERS, SECRETS))
    else:
        data.acquire()
        try:
            _put_in_place(data, staging, ASIDE)
        finally:
            data.release()
        await _load_built_in(settings, data, staging)
    known = key_marks(settings)
    if manifest.keys and not set(manifest.keys) & set(known):
        _note(
            "The stored tokens were encrypted with other keys: restore the ENCRYPTION_KEYS from that "
            "time, or enter the tokens again. `whatsway doctor` names the numbers."
        )
    _note(
        f"Restored as of {manifest.made_at}. When a worker starts, campaigns that could send are "
        "held and wait for your decision."
    )


async def _load_yours(settings: Settings, staging: Path) -> None:
    from cli import dumps

    url = str(settings.database_url)
    owner = settings.database_owner_url or url
    await asyncio.to_thread(dumps.require_empty, owner)
    await asyncio.to_thread(dumps.load, owner, staging / archives.DUMP)
    await asyncio.to_thread(database.upgrade, url, settings.database_owner_url)


async def _load_built_in(settings: Settings, data: DataFolder, staging: Path) -> None:
    from cli import dumps
    from cli.addresses import Parts
    from cli.stack import Stack

    parts = Parts(api=False, worker=False, temporal=False, migrate=False)
    async with Stack(data.path, parts=parts, settings=settings) as stack:
        owner = str(stack.owner_url)
        await asyncio.to_thread(dumps.load, owner, staging / archives.DUMP)
        url = str(stack.settings.database_url)
        await asyncio.to_thread(database.upgrade, url, owner)


def _put_in_place(data: DataFolder, staging: Path, names: tuple[str, ...]) -> None:
    """Move existing contents into one folder, then the backup's files in."""
    aside = data.path / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    present = [name for name in names if (data.path / name).exists()]
    # A backup without keys comes from an installation with its keys in the environment: ours stay.
    present = [name for name in present if name != SECRETS or (staging / SECRETS).exists()]
    if present:
        aside.mkdir(mode=0o700)
        for name in present:
            (data.path / name).rename(aside / name)
        _note(f"What was there is in {aside}: remove it once everything works.")
    for name in (*FOLDERS, SECRETS):
        if (staging / name).exists():
            (staging / name).rename(data.path / name)
    data.close_to_others()


def _refuse_newer(manifest: Manifest) -> None:
    from store.migrate import knows

    if not knows(manifest.revision):
        raise Problem(
            "The backup was made by a newer release of WhatsWay: install that release first."
        )


def key_marks(settings: Settings) -> list[str]:
    """Fingerprints of the keys in use: the environment's, or else the data folder's."""
    if settings.encryption_keys is not None:
        return archives.marks(settings.encryption_keys.get_secret_value())
    kept = read_json(settings.data_dir.expanduser() / SECRETS)
    return archives.marks(str(kept.get("encryption_keys", "")))


@contextlib.contextmanager
def _staging(data: DataFolder) -> Iterator[Path]:
    """A temporary folder on the data's disk; also removes what a killed run left."""
    for left in data.path.glob(".backup-*"):
        if time.time() - left.stat().st_mtime > 24 * 3600:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=data.path) as name:
        yield Path(name)


@contextlib.contextmanager
def _target(file: str) -> Iterator[IO[bytes]]:
    """The backup's destination; a file appears under its name only when complete."""
    if file == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    if path.exists():
        raise Problem(
            f"{path} already exists, and a backup never overwrites a file: choose another name."
        )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def _source(file: str) -> Iterator[IO[bytes]]:
    if file == STANDARD:
        yield sys.stdin.buffer
        return
    path = Path(file)
    if not os.access(path, os.R_OK) or not path.is_file():
        raise Problem(f"{path} is not a readable file.")
    with path.open("rb") as stream:
        yield stream


def _note(text: str) -> None:
    """Print to standard error, as standard output may be the backup."""
    print(text, file=sys.stderr)
