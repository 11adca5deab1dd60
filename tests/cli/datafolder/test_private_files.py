"""The data folder belongs to its owner alone, and its encryption keys can be changed."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from cli import keys
from cli.addresses import Parts
from cli.datafolder import SECRETS, DataFolder
from cli.embedded.accounts import unprivileged
from cli.problems import Problem
from cli.stack import KEYS, Stack
from cli.supervise import Component
from domain.actors import SYSTEM
from services.channels import write
from services.vault import Vault
from settings import Settings
from store.engine import create_engine, create_sessions
from tests.services.channels.test_secrets import FORM

pytestmark = pytest.mark.fault("C4")

DATABASE_ONLY = Parts(api=False, worker=False, temporal=False)


def open_to_others(folder: Path) -> dict[str, str]:
    """What other accounts could read, write, list or enter, by name; links do not count."""
    account = unprivileged()
    found = {}
    for path in (folder, *folder.rglob("*")):
        details = path.lstat()
        mode = stat.S_IMODE(details.st_mode)
        if account and details.st_gid == account.group and not mode & 0o067:
            continue  # PostgreSQL's own account may pass, and only that
        if not stat.S_ISLNK(details.st_mode) and mode & 0o077:
            found[str(path.relative_to(folder))] = oct(mode)
    return found


def test_what_an_older_release_left_open_is_closed(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    uploads = data.path / "uploads" / "deep"
    uploads.mkdir(parents=True)
    (uploads / "people.csv").write_text("+34600111222")
    outside = tmp_path / "elsewhere"
    outside.write_text("not ours")
    outside.chmod(0o644)
    (uploads / "link").symlink_to(outside)
    for path in (data.path, *data.path.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o777)
    data.acquire()
    data.release()
    assert open_to_others(data.path) == {}
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


async def rotated(settings: Settings, data: DataFolder) -> tuple[str, str]:
    """The kept keys before and after a change."""
    before = str(json.loads((data.path / SECRETS).read_text())[KEYS])
    await keys.change_kept_key(settings, data)
    return before, str(json.loads((data.path / SECRETS).read_text())[KEYS])


async def test_a_stack_leaves_nothing_open_and_its_key_can_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataFolder(tmp_path / "data")
    loose = os.umask(0o000)
    try:
        async with Stack(data.path, parts=DATABASE_ONLY, ports="random") as stack:
            vault = Vault.from_settings(stack.settings)
            writes = f"import pathlib; pathlib.Path({str(data.path)!r}, 'made').write_text('x')"
            command = (sys.executable, "-c", writes)
            await stack.supervisor.run_once(Component("writer", command, dict(os.environ)))
            engine = create_engine(str(stack.settings.database_url))
            async with create_sessions(engine).begin() as session:
                await write.add(session, vault, FORM, actor=SYSTEM)
            await engine.dispose()
            assert open_to_others(data.path) == {}
            _as_somebody_else(data.path)
            with pytest.raises(Problem, match="stop it"):
                await keys._rotate_kept(stack.settings.model_copy(update={KEYS: None}))
    finally:
        os.umask(loose)
    settings = Settings.model_validate({"WHATSWAY_DATA_DIR": data.path})
    before, after = await rotated(settings, data)
    assert before != after
    assert "," not in after
    await _cut_short(settings, data, monkeypatch)
    async with Stack(data.path, parts=DATABASE_ONLY, settings=settings) as stack:
        engine = create_engine(str(stack.settings.database_url))
        async with engine.connect() as connection:
            stored = await connection.scalar(text("SELECT access_token FROM channels"))
        await engine.dispose()
        newest = Vault([str(json.loads((data.path / SECRETS).read_text())[KEYS])])
        assert newest.decrypt(bytes(stored or b"")) == FORM.access_token
        with pytest.raises(Exception, match="vault_key_missing"):
            Vault([before]).decrypt(bytes(stored or b""))


async def _cut_short(settings: Settings, data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change killed before it encrypted anything loses no key; the next one continues."""

    async def killed(_: Settings) -> None:
        raise KeyboardInterrupt

    before = str(json.loads((data.path / SECRETS).read_text())[KEYS])
    with monkeypatch.context() as patched:
        patched.setattr(keys, "_reencrypt", killed)
        with pytest.raises(KeyboardInterrupt):
            await keys.change_kept_key(settings, data)
    assert str(json.loads((data.path / SECRETS).read_text())[KEYS]).endswith(f",{before}")
    _, after = await rotated(settings, data)
    assert "," not in after


def _as_somebody_else(folder: Path) -> None:
    """As root: an ordinary account finds nothing to list, read or enter."""
    if os.geteuid() != 0:
        return
    for path in (folder, folder / SECRETS, folder / "logs", folder / "logs" / "writer.log"):
        seen = subprocess.run(
            ["/usr/bin/test", "-r", str(path)], user=54321, group=54321, extra_groups=[],
            check=False, cwd="/",
        )  # fmt: skip
        assert seen.returncode == 1, path
