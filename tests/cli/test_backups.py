"""Backup and restore as in docs/setup.md: runs its command lines, with a stand-in for Docker."""

import asyncio
import io
import json
import os
import re
import shlex
import sys
import tarfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli import backups, doctor, environment
from cli.addresses import Parts
from cli.datafolder import DataFolder
from cli.embedded.postgres import installation
from cli.environment import ROOT
from cli.problems import Problem
from cli.stack import Stack
from domain.actors import SYSTEM
from domain.ids import new_id
from domain.permissions import Permission, Role
from services import restores, tokens
from services.imports import preview, upload
from services.messages.shelf import Shelf
from services.vault import Vault, new_key
from settings import Settings
from store import integrity, users
from store.engine import create_engine, create_sessions
from tests import factories
from tests.eventually import eventually

pytestmark = pytest.mark.fault("D9")

DATABASE_ONLY = Parts(api=False, worker=False, temporal=False)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
PEOPLE = b"Name,Phone\nAna,+5511987654321\nBia,+5511987654322\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """What must be restored afterwards."""

    campaign: UUID
    single: UUID
    picture: UUID
    upload: UUID
    bearer: str


def documented(after: str) -> list[str]:
    """The command lines of the first block below a sentence of the documented chapter."""
    chapter = (ROOT / "docs" / "setup.md").read_text("utf-8").split("## Backups", 1)[1]
    block = re.search(r"```sh\n(.*?)```", chapter.split(after, 1)[1], re.DOTALL)
    assert block is not None
    today = f"{datetime.now().astimezone():%Y-%m-%d}"  # as `date +%F` writes it
    lines = block[1].strip().splitlines()
    return [re.sub(r"whatsway-\d{4}-\d\d-\d\d", f"whatsway-{today}", line) for line in lines]


async def follow(lines: list[str], folder: Path, variables: Mapping[str, str]) -> str:
    """Run the lines like a person, one by one, until one fails."""
    script = "set -e\n" + "\n".join(lines)
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=folder, env=dict(variables),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


def tool(path: Path, lines: str) -> None:
    """A program of a few lines of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{lines}\n")
    path.chmod(0o755)


class opened:  # noqa: N801 - reads like a function
    """Sessions on a database, closed at the end."""

    def __init__(self, url: str | None) -> None:
        self._engine = create_engine(str(url))

    async def __aenter__(self) -> async_sessionmaker[AsyncSession]:
        return create_sessions(self._engine)

    async def __aexit__(self, *_error: object) -> None:
        await self._engine.dispose()


async def furnish(settings: Settings) -> Kept:
    """A running campaign, a message that waits, a kept picture, an upload, somebody's token."""
    async with opened(settings.database_url) as sessions, sessions.begin() as session:
        campaign = await factories.campaign(session, Vault.from_settings(settings), 3)
        await restores.disarm(session)  # a worker has seen this database
        single, picture = await _messages(session, campaign.channel_id)
        name = Shelf(settings.data_dir).put(PICTURE)
        await session.execute(
            text(
                "INSERT INTO media_files (message_id, state, sha256, mime_type, size, kept_at) "
                "VALUES (:id, 'kept', :name, 'image/png', 72, now())"
            ),
            {"id": picture, "name": name},
        )
        file = await upload.upload(
            session, user_id=None, file_name="people.csv", source=io.BytesIO(PEOPLE),
            data_dir=settings.data_dir, max_bytes=10_000,
        )  # fmt: skip
        await preview.set_mapping(session, file, file.options, file.mapping)
        return Kept(campaign.id, single, picture, file.id, await _bearer(session))


async def _messages(session: AsyncSession, channel: UUID) -> tuple[UUID, UUID]:
    contact = await session.scalar(text("SELECT id FROM contacts LIMIT 1"))
    ids = new_id(), new_id()
    for id_, direction, kind, state in zip(
        ids, ("out", "in"), ("text", "image"), ("queued", "received"), strict=True
    ):
        await session.execute(
            text(
                "INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, payload) "
                "VALUES (:id, :channel, :contact, :direction, 'inbox', :kind, :state, CAST(:payload AS jsonb))"
            ),
            {
                "id": id_, "channel": channel, "contact": contact, "direction": direction,
                "kind": kind, "state": state,
                "payload": json.dumps({"image": {"id": "1", "mime_type": "image/png"}}),
            },
        )  # fmt: skip
    return ids


async def _bearer(session: AsyncSession) -> str:
    scopes = [Permission.CONTACTS_READ, Permission.CONTACTS_WRITE, Permission.CONVERSATIONS_READ]
    scopes.append(Permission.CAMPAIGNS_READ)
    user = await users.add(
        session, email="ops@example.com", name="Ops", role=Role.ADMIN, password_hash="x"
    )
    assert user is not None
    made = await tokens.create(
        session, SYSTEM, user=user, allowed=frozenset(scopes), name="t", scopes=scopes,
        expires_in_days=None, now=datetime.now(UTC),
    )  # fmt: skip
    return made.secret


@pytest.fixture
async def furnished(tmp_path: Path) -> AsyncIterator[tuple[Stack, Kept]]:
    """A built-in stack with its database running."""
    stack = Stack(tmp_path / "first", ports="random", parts=DATABASE_ONLY)
    async with stack:
        yield stack, await furnish(stack.settings)


async def test_the_built_in_stack_comes_back_whole_and_disarmed(
    furnished: tuple[Stack, Kept], tmp_path: Path
) -> None:
    stack, kept = furnished
    tool(tmp_path / ".venv/bin/whatsway", f'exec {sys.executable} -m cli.main "$@"')
    plain = Settings.model_construct()
    backup = environment.for_child(plain, {"WHATSWAY_DATA_DIR": str(stack.data.path)})
    await follow(documented("so keep it where"), tmp_path, backup)
    (file,) = tmp_path.glob("whatsway-*.tar")
    assert file.stat().st_mode & 0o077 == 0

    second = tmp_path / "second"
    there = environment.for_child(plain, {"WHATSWAY_DATA_DIR": str(second)})
    restore, up = documented("To restore, stop `whatsway up`")
    assert up == ".venv/bin/whatsway up"  # below, on ports that are free
    said = await follow([restore], tmp_path, there)
    assert "held and wait for your decision" in said
    async with Stack(second, ports="random") as again:
        await _is_whole(again, kept)
        patient = doctor.Patient.of(again.settings)
        assert (await doctor.keys(patient)).ok
        assert (await doctor.files(patient)).ok


async def _is_whole(stack: Stack, kept: Kept) -> None:
    """Asked of the running product, with a token from before."""
    headers = {"Authorization": f"Bearer {kept.bearer}"}
    async with httpx.AsyncClient(base_url=stack.settings.public_url, headers=headers) as client:
        campaign = (await client.get(f"/api/campaigns/{kept.campaign}")).json()
        assert (campaign["status"], campaign["pause_reason"]) == ("held", "restored")
        single = (await client.get(f"/api/messages/{kept.single}")).json()
        assert single["state"] == "unknown", single
        picture = await client.get(f"/api/media/{kept.picture}")
        assert (picture.status_code, picture.content) == (200, PICTURE)
        await client.post(f"/api/contacts/import/{kept.upload}/start")

        async def is_done() -> bool:
            found = (await client.get(f"/api/contacts/import/{kept.upload}")).json()
            return bool(found["status"] == "completed" and found["counts"]["new"] == 2)

        await eventually(is_done, "what was begun is done")
    await _secrets_open(stack.settings, stack.settings)


async def _secrets_open(settings: Settings, keys: Settings) -> None:
    async with opened(settings.database_url) as sessions, sessions() as session:
        ((_, sealed),) = await integrity.sealed(session)
    assert Vault.from_settings(keys).decrypt(sealed) == "EAA-simulator-token"


async def test_the_containers_lines_do_what_they_say(
    furnished: tuple[Stack, Kept], tmp_path: Path
) -> None:
    stack, kept = furnished
    assert stack.postgres is not None
    keys = str(stack.settings.encryption_keys and stack.settings.encryption_keys.get_secret_value())
    files = tmp_path / "volume"
    files.mkdir()
    for name in ("media", "imports"):
        (stack.data.path / name).rename(files / name)
    _containers(tmp_path, stack, files, keys)
    variables = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    said = await follow(documented("With Docker"), tmp_path, variables)
    assert "keep ENCRYPTION_KEYS" in said
    (file,) = tmp_path.glob("whatsway-*.tar")
    with tarfile.open(file) as archive:
        assert keys.encode() not in file.read_bytes()
        assert "secrets.json" not in archive.getnames()
    await follow(["rm -r volume/media volume/imports"], tmp_path, variables)
    await follow(documented("with that `.env` in place"), tmp_path, variables)
    assert (tmp_path / "asked").read_text().split("\n")[:2] == ["stop api worker", "up -d"]

    settings = stack.settings.model_copy(update={"data_dir": files})
    await _secrets_open(settings, settings)
    async with opened(settings.database_url) as sessions, sessions.begin() as session:
        assert await restores.disarm(session) == restores.Disarmed(1, 1)
        found = await session.scalar(
            text("SELECT status FROM campaigns WHERE id = :id"), {"id": kept.campaign}
        )
        assert found == "held"
    assert Shelf(files).path(next(iter(_names(files)))).read_bytes() == PICTURE
    assert (files / "imports" / f"{kept.upload}.csv").read_bytes() == PEOPLE


def _names(files: Path) -> list[str]:
    return [path.name for path in (files / "media").rglob("*") if path.is_file()]


def _containers(folder: Path, stack: Stack, files: Path, keys: str) -> None:
    """A `docker` that runs what the containers would, on this machine."""
    assert stack.postgres is not None
    server = f"PGHOST=127.0.0.1 PGPORT={stack.postgres.port} PGPASSWORD={stack.postgres.password}"
    ours = {
        "DATABASE_URL": str(stack.settings.database_url), "ENCRYPTION_KEYS": keys,
        "SESSION_SECRET": new_key(), "WHATSWAY_DATA_DIR": str(files), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in ours.items())
    tool(
        folder / "bin" / "docker",
        f"""case "$2 $3 $4" in
"exec -T postgres") shift 4; exec env {server} {installation()}/bin/"$@";;
"run --rm -T") role=$5; shift 5
  if [ $role = migrate ]; then export DATABASE_OWNER_URL={shlex.quote(str(stack.owner_url))}; fi
  exec env {given} {sys.executable} -m cli.main "$@";;
*) shift; echo "$@" >> {folder}/asked;;
esac""",
    )


async def test_doctor_says_which_part_is_missing(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    kept = await furnish(settings)
    patient = doctor.Patient.of(settings)
    assert (await doctor.keys(patient)).ok
    assert (await doctor.files(patient)).ok

    other = settings.model_copy(
        update={"encryption_keys": type(settings.encryption_keys)(new_key())}  # type: ignore[misc]
    )
    locked = await doctor.keys(doctor.Patient.of(other))
    assert not locked.ok
    assert "Main line" in locked.detail
    assert "ENCRYPTION_KEYS" in locked.next_step

    (tmp_path / "imports" / f"{kept.upload}.csv").unlink()
    gone = await doctor.files(patient)
    assert (gone.ok, str(tmp_path / "imports") in gone.next_step) == (False, True)
    assert str(tmp_path / "media") not in gone.next_step
    Shelf(tmp_path).path(_names(tmp_path)[0]).unlink()
    gone = await doctor.files(patient)
    assert "missing: 1 of messages, 1 of unfinished imports" in gone.detail
    assert str(tmp_path / "media") in gone.next_step


def test_a_restore_overwrites_nothing_and_takes_only_whole_backups(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "data"})
    monkeypatch.setattr(environment, "load", lambda: own)
    backups.backup(str(tmp_path / "a.tar"))
    for arguments, sentence in (
        (("backup", "a.tar"), "a backup never overwrites a file"),
        (("restore", "a.tar"), "The database is not empty"),
        (("restore", "none.tar"), "is not a readable file"),
        (("restore", "torn.tar"), "is not a complete backup"),
        (("restore", "foreign.tar"), "holds ../evil"),
        (("restore", "newer.tar"), "newer release"),
    ):
        whole = (tmp_path / "a.tar").read_bytes()
        (tmp_path / "torn.tar").write_bytes(whole[: len(whole) // 2])
        _tar(tmp_path / "foreign.tar", {"../evil": b""})
        told = {"revision": "9999", "made_at": "", "keys": []}
        _tar(
            tmp_path / "newer.tar",
            {"manifest.json": json.dumps(told).encode(), "database.dump": b"x"},
        )
        act = backups.backup if arguments[0] == "backup" else backups.restore
        with pytest.raises(Problem, match=re.escape(sentence)):
            act(str(tmp_path / arguments[1]))
    assert not list((tmp_path / "data").glob("before-restore-*"))
    assert not list((tmp_path / "data").glob(".backup-*"))
    assert not DataFolder(tmp_path / "data").is_in_use()


def _tar(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
