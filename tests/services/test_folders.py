"""API and worker on two machines without a shared folder: reported, instead of losing uploads."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api import conditions, vitals
from api.state import AppState
from api.wording import say
from cli import doctor
from domain.system import API, WORKER, Tone
from services import folders, system
from services.campaigns.files import intake
from services.imports import upload
from services.messages import shelf
from services.vitals import Health
from tests.conftest import LoginAs

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
    worker = Health(WORKER)
    await worker.look_at_folder(state.data_dir if shared else tmp_path / "elsewhere")
    await worker.beat(state.sessions)
    async with state.sessions() as session:
        found = {sign.key: sign for sign in await system.examine(session, state.data_dir)}
    assert (found["worker"].tone, found[API].tone) == (Tone.OK, Tone.OK)
    assert ("folder" in found) is not shared
    if not shared:
        assert found["folder"].tone is Tone.DOWN
        step = found["folder"].step
        assert step is not None
        assert "WHATSWAY_DATA_DIR" in say(step)


@pytest.fixture
def closed(state: AppState) -> Iterator[Path]:
    """Nothing can be written to or read from the data folder: its share is gone."""
    away = state.data_dir.with_name("away")
    state.data_dir.rename(away)
    state.data_dir.write_text("")
    yield state.data_dir
    state.data_dir.unlink(missing_ok=True)
    away.rename(state.data_dir)


@pytest.mark.fault("D10")
async def test_a_closed_folder_is_said_everywhere(
    state: AppState, login_as: LoginAs, closed: Path
) -> None:
    admin = await login_as()
    await conditions.look(state)
    await vitals.beat(state)
    page = (await admin.get("/settings/system")).text
    assert "The data folder cannot be read or written" in page  # on every page
    assert "Cannot be read or written" in page
    assert (await admin.get("/ready")).json()["system"]["folder"] == "failing"
    async with state.sessions() as session:
        found = {sign.key: sign for sign in await system.examine(session, state.data_dir)}
    assert (found["folder"].tone, found["folder"].since is not None) == (Tone.DOWN, True)
    look = await doctor.data_folder(doctor.Patient.of(state.settings))
    assert (look.ok, "cannot be read or written" in look.detail) == (False, True)
    closed.unlink()
    closed.mkdir()
    await conditions.look(state)
    await vitals.beat(state)
    assert "cannot be read or written" not in (await admin.get("/")).text
    assert "folder" not in (await admin.get("/ready")).json()["system"]
    shutil.rmtree(closed)
    closed.write_text("")


@pytest.mark.fault("D10")
def test_what_it_holds_must_be_open_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(folders.OURS) == {shelf.FOLDER, upload.FOLDER, intake.FOLDER}
    assert folders.is_usable(tmp_path / "data")
    (tmp_path / "data" / "media").mkdir()
    (tmp_path / "data" / "postgres").mkdir()  # of another account
    monkeypatch.setattr("os.access", lambda place, _: Path(place).name != "postgres")
    assert folders.is_usable(tmp_path / "data")
    monkeypatch.setattr("os.access", lambda place, _: Path(place).name != "media")
    assert not folders.is_usable(tmp_path / "data")
    assert folders.is_usable(tmp_path / "data" / "media")
    (tmp_path / "file").write_text("")
    assert not folders.is_usable(tmp_path / "file")
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["media", "postgres"]
