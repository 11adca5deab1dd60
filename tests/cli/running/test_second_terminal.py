"""A command in another terminal uses the running stack, or says which one runs; it creates no empty database."""

import asyncio
import tempfile
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import backups, database, doctor, environment, helps, running, tokens, users
from cli.addresses import Parts
from cli.datafolder import DataFolder
from cli.main import app
from cli.problems import Problem
from cli.stack import Stack
from services.releases import VERSION
from settings import Settings

pytestmark = pytest.mark.fault("8B10")

PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}


@pytest.fixture(autouse=True)
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where nothing is, on a machine where nothing runs."""
    for field in Settings.model_fields:
        monkeypatch.delenv(environment.variable(field).upper(), raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def settings_of(port: int = 8461, **changes: object) -> Settings:
    return Settings.model_validate({"port": port, "WHATSWAY_ENVIRONMENT": "demo", **changes})


def started(folder: Path, port: int = 8461, *, own: bool = True) -> DataFolder:
    """What a start leaves: a locked folder and a record."""
    data = DataFolder(folder)
    data.acquire()
    running.announce(data, settings_of(port), database=own, temporal=own)
    return data


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DataFolder]:
    data = started(tmp_path / "demo")
    yield data
    data.release()


async def refusal(settings: Settings) -> str:
    with pytest.raises(Problem) as caught:
        async with database.reach(settings):
            pass
    return str(caught.value)


async def test_nothing_is_made_where_nothing_is(terminal: Path) -> None:
    assert "none runs on this machine" in await refusal(Settings())
    named = Settings.model_validate({"WHATSWAY_DATA_DIR": terminal / "mine"})
    assert f"No WhatsWay is in {terminal / 'mine'}" in await refusal(named)
    with pytest.raises(Problem, match="none runs"):
        await backups._backup(Settings(), "x.tar")
    assert list(terminal.iterdir()) == []


async def test_the_one_that_runs_is_found(
    demo: DataFolder, terminal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = running.meant(Settings())
    assert (found.data_dir, found.port) == (demo.path, 8461)
    assert found.public_url == "http://127.0.0.1:8461"
    assert "Found the demo at http://127.0.0.1:8461" in capsys.readouterr().err
    patient = doctor.Patient.of(Settings())
    assert patient.running
    assert patient.settings.port == 8461
    assert list(terminal.iterdir()) == []


@pytest.mark.parametrize("is_named", [True, False])
async def test_another_one_is_named(demo: DataFolder, terminal: Path, is_named: bool) -> None:
    own = terminal / "data"
    if is_named:
        settings = Settings.model_validate({"WHATSWAY_DATA_DIR": own})
    else:  # it has data of its own, which does not run
        (own / "postgres").mkdir(parents=True)
        settings = Settings()
    said = await refusal(settings)
    assert str(own) in said
    assert f"WHATSWAY_DATA_DIR={demo.path}" in said
    assert str(demo.path) in running.elsewhere(DataFolder(own))


async def test_of_two_none_is_guessed(demo: DataFolder, tmp_path: Path) -> None:
    second = started(tmp_path / "second", 8471)
    try:
        said = await refusal(Settings())
    finally:
        second.release()
    assert f"WHATSWAY_DATA_DIR={demo.path}" in said
    assert f"WHATSWAY_DATA_DIR={second.path}" in said


async def test_what_has_ended_or_not_begun_is_not_found(demo: DataFolder) -> None:
    running.forget(demo)
    assert running.everywhere() == []
    named = Settings.model_validate({"WHATSWAY_DATA_DIR": demo.path})
    assert "just starting" in await refusal(named)
    demo.release()
    assert "none runs" in await refusal(Settings())


async def test_a_database_of_yours_is_asked_for(tmp_path: Path) -> None:
    data = started(tmp_path / "yours", own=False)
    try:
        assert "set its DATABASE_URL here too" in await refusal(Settings())
        finding = await doctor.postgres(doctor.Patient.of(Settings()))
        assert "DATABASE_URL" in finding.next_step
        said = {one.name: one for one in await doctor.examine(doctor.Patient.of(Settings()))}
        for name in ("PostgreSQL log", "Receiving", "Keys", "Files", "Sign-ins"):
            assert said[name].detail == "not checked: DATABASE_URL is not set here", name
        assert said["Temporal"].detail == "your own server, not checked"
        assert "TEMPORAL_ADDRESS" in said["Temporal"].next_step
    finally:
        data.release()


def test_notes_of_others_are_not_believed(
    demo: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place,) = tmp_path.glob("whatsway-*")
    (place / "odd.json").write_text('{"folder": 3}')
    assert [found.folder for found in running.everywhere()] == [str(demo.path)]
    moved = place.rename(tmp_path / "moved")
    place.symlink_to(moved)
    assert running.everywhere() == []


def test_a_second_start_names_the_first(demo: DataFolder) -> None:
    with pytest.raises(Problem, match=r"already running on .* at http://127.0.0.1:8461"):
        DataFolder(demo.path).acquire()
    assert "the demo at http://127.0.0.1:8461" in running.user_of(8461)
    assert running.user_of(8462) == ""


async def test_doctor_names_release_and_update(demo: DataFolder) -> None:
    finding = await doctor.release(doctor.Patient.of(Settings()))
    assert (finding.ok, finding.detail) == (True, VERSION)
    assert "git pull" in finding.next_step
    older = replace(running.Running("f", "http://x"), version="0.0.9")
    demo.write(running.NOTE, {name: getattr(older, name) for name in older.__slots__})
    finding = await doctor.release(
        doctor.Patient.of(Settings.model_validate({"WHATSWAY_DATA_DIR": demo.path}))
    )
    assert not finding.ok
    assert "0.0.9 runs" in finding.detail


def test_the_release_is_the_packages() -> None:
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
    assert VERSION in CliRunner().invoke(app, ["--version"]).stdout


COMMANDS = [[], ["up"], ["demo"], ["api"], ["worker"], ["simulator"]]
LOOKING = [
    ["doctor"],
    ["backup"],
    ["token", "create"],
    ["user", "list"],
    ["keys", "rotate"],
    ["webhook", "dead"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_names_ports_and_variables(command: list[str]) -> None:
    said = CliRunner(env=PLAIN).invoke(app, [*command, "--help"]).stdout
    for name in ("8000", "8233", "8090"):
        assert name in said
    for field in Settings.model_fields:
        assert environment.variable(field).upper() in said, field


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_help_says_which_installation(command: list[str]) -> None:
    said = CliRunner(env=PLAIN).invoke(app, [*command, "--help"]).stdout
    assert "WHATSWAY_DATA_DIR" in said
    assert helps.INSTALLATION.split()[-1] in said


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[None]:
    """A built-in database with its tables, as a start leaves it."""
    parts = Parts(api=False, worker=False, temporal=False)
    async with Stack(tmp_path / "up", parts=parts, settings=Settings()) as stack:
        running.announce(stack.data, stack.settings, database=True, temporal=True)
        yield


WRONG_TOKENS = (
    ({"email": ""}, r"--email ada@example\.com"),
    ({"email": "eve@example.com"}, r"Nobody .* eve@example\.com\. In the team: ada@example\.com"),
    ({"scopes": ["foo"]}, r"no scope foo: choose among .*contacts:read"),
    ({"scopes": ["users:write"]}, r"is agent and may not give users:write: choose among"),
    ({"days": -1}, r"--days -1: choose 1 to 1825 days, or 0 for never"),
    ({"days": 10**6}, r"or 0 for never"),
    ({"name": " "}, r"name of 1 to 100"),
)


async def test_a_token_is_made_from_another_terminal_or_the_reason_is_told(
    up: None, terminal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Problem, match="whatsway user create"):
        await tokens._create("bot", "", [], 30)
    await users._create("ada@example.com", "agent", "Ada")
    good = {"name": "bot", "email": "ada@example.com", "scopes": ["contacts:read"], "days": 0}
    for change, said in WRONG_TOKENS:
        with pytest.raises(Problem, match=said):
            await tokens._create(**(good | change))  # type: ignore[arg-type]
    await tokens._create(**good)  # type: ignore[arg-type]
    assert "ww_" in capsys.readouterr().out
    assert list(terminal.iterdir()) == []


def test_scopes_may_be_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    async def note(_name: str, _email: str, scopes: list[str], _days: int) -> None:
        asked.append(scopes)
        await asyncio.sleep(0)

    monkeypatch.setattr(tokens, "_create", note)
    command = ["token", "create", "bot", "--scope", "a:read, b:read", "--scope", "c:read"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert asked == [["a:read", "b:read", "c:read"]]
