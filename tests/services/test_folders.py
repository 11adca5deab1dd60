"""API and worker on two machines without a shared folder: said, instead of uploads that nobody finds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api import vitals
from api.state import AppState
from domain.system import API, WORKER, Tone
from services import folders, system
from services.vitals import Life

pytestmark = pytest.mark.fault("D7")


def test_whoever_comes_first_marks_the_folder_for_all(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        marks = set(pool.map(folders.mark, [tmp_path / "data"] * 50))
    assert len(marks) == 1
    assert folders.mark(tmp_path / "other") not in marks
    (tmp_path / "file").touch()
    assert folders.mark(tmp_path / "file") == ""
    assert [path.name for path in (tmp_path / "data").iterdir()] == [folders.NAME]


@pytest.mark.parametrize("shared", [True, False])
async def test_folders_that_differ_are_told(state: AppState, tmp_path: Path, shared: bool) -> None:
    await vitals.beat(state)
    worker = Life(WORKER)
    await worker.look_at_folder(state.data_dir if shared else tmp_path / "elsewhere")
    await worker.beat(state.sessions)
    async with state.sessions() as session:
        found = {sign.key: sign for sign in await system.examine(session, state.data_dir)}
    assert (found["worker"].tone, found[API].tone) == (Tone.OK, Tone.OK)
    assert ("folder" in found) is not shared
    if not shared:
        assert found["folder"].tone is Tone.DOWN
        assert "WHATSWAY_DATA_DIR" in found["folder"].step
