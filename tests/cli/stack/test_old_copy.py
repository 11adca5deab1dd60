"""A data folder's database is replaced by an older copy: everything that could send is held and reported."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.addresses import Parts
from cli.stack import Stack
from services import restores, waterlines
from services.restores import Disarmed
from services.vault import Vault, new_key
from store.engine import create_engine, create_sessions
from tests import factories

pytestmark = pytest.mark.fault("D6")

HOURS_OF_WORK = "SELECT pg_logical_emit_message(true, 'tests', repeat('x', 4000000))"
"""More of the server's log than a start writes by itself, however slow it is."""

PARTS = Parts(api=False, worker=False, temporal=False)


async def _visit(folder: Path, *, launch: bool = False, send: bool = False) -> Disarmed | None:
    """Start the database, look at it as a worker does, work a little, and stop it again."""
    async with Stack(folder, parts=PARTS, ports="random") as stack:
        engine = create_engine(str(stack.settings.database_url), 1)
        sessions = create_sessions(engine)
        async with sessions.begin() as session:
            found = await restores.disarm(session, waterlines.read(folder))
        async with sessions.begin() as session:
            if launch:
                await factories.campaign(session, Vault([new_key()]), 5)
            if send:
                await session.execute(text("UPDATE contacts SET name = 'written to'"))
                await session.execute(text(HOURS_OF_WORK))
        async with sessions() as session:
            line = await waterlines.measure(session)
        assert line is not None
        waterlines.keep(folder, line)
        await engine.dispose()
    return found


async def test_an_old_copy_of_the_folder_comes_up_disarmed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    postgres, aside = tmp_path / "postgres", tmp_path / "aside"
    assert await _visit(tmp_path, launch=True) is None
    _copy(postgres, aside)
    assert await _visit(tmp_path, send=True) is None
    shutil.rmtree(postgres)
    _copy(aside, postgres)
    found = await _visit(tmp_path)
    assert found is not None
    assert found.campaigns == 1
    assert await _visit(tmp_path) is None


def _copy(source: Path, target: Path) -> None:
    """With its owner, as a person would."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
