"""A start that cannot work says why in one sentence and leaves nothing behind."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import console, environment, ports, up
from cli.addresses import Parts, port_of
from cli.datafolder import DataFolder
from cli.doctor import Patient, surfaces
from cli.environment import ROOT
from cli.main import app
from cli.problems import Problem
from cli.stack import Stack
from domain.actors import SYSTEM
from domain.permissions import Role
from services import users
from settings import Settings
from store.engine import create_engine, create_sessions


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def settings_with(**values: object) -> Settings:
    """Defaults with these changes, whatever the environment says."""
    return Settings.model_construct().model_copy(update=values)


async def test_a_busy_port_is_one_sentence_and_frees_the_folder(
    tmp_path: Path, busy_port: int
) -> None:
    stack = Stack(tmp_path, settings=settings_with(port=busy_port))
    with pytest.raises(Problem, match=rf"^Port {busy_port}, which the app needs, .* with PORT\.$"):
        await stack.start()
    assert not DataFolder(tmp_path).is_in_use()
    assert stack.pids == {}


async def test_a_busy_page_port_names_its_setting(tmp_path: Path, busy_port: int) -> None:
    page = f"http://127.0.0.1:{busy_port}"
    parts = Parts(api=False, worker=False)
    stack = Stack(tmp_path, parts=parts, settings=settings_with(temporal_ui_url=page))
    with pytest.raises(Problem, match=r"the Temporal page needs.*TEMPORAL_UI_URL"):
        await stack.start()


@pytest.mark.fault("8B10")
@pytest.mark.parametrize("command", ["up", "demo"])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PORT": "99999"}, "The setting PORT is not usable"),
        ({"PORT": "0"}, "The setting PORT is not usable"),
        ({"PORT": "-1"}, "The setting PORT is not usable"),
        ({"PORT": "busy"}, "Port {busy}, which the app needs, is used by another program"),
        ({"TEMPORAL_UI_URL": "http://127.0.0.1:99999"}, "is not a usable address"),
        ({"HOST": "no such host"}, "no such host is not an address of this machine: correct HOST"),
        ({"HOST": "203.0.113.9"}, "203.0.113.9 is not an address of this machine: correct HOST"),
    ],
)
def test_a_start_that_is_refused_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, busy_port: int, command: str, changes: dict[str, str], said: str
) -> None:
    folder = tmp_path / "data"
    words = {name: value.replace("busy", str(busy_port)) for name, value in changes.items()}
    environ = {"PORT": str(ports.pick()), "WHATSWAY_DATA_DIR": str(folder)} | words
    done = CliRunner(env=environ).invoke(app, [command])
    assert isinstance(done.exception, Problem)
    assert said.format(busy=busy_port) in str(done.exception)
    assert not folder.exists()


@pytest.mark.fault("8B10")
async def test_the_first_user_is_asked_for_while_there_is_none(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert up.is_empty(database_url)
    engine = create_engine(database_url)
    async with create_sessions(engine).begin() as session:
        await users.create(session, SYSTEM, email="ada@example.com", name="Ada", role=Role.ADMIN)
    await engine.dispose()
    assert not up.is_empty(database_url)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(Path(sys.executable).parent.parent)
    assert console.own() == "bin/whatsway"
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert console.own() == "whatsway"


def test_the_command_line_ends_with_code_2_and_no_trace(tmp_path: Path, busy_port: int) -> None:
    extra = {"PORT": str(busy_port), "WHATSWAY_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "cli.main", "up"]
    variables = environment.for_child(settings_with(), extra)
    done = subprocess.run(
        command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"whatsway: Port {busy_port}")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "doctor"]
    variables = environment.for_child(settings_with(), {"PORT": "many"})
    done = subprocess.run(
        command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("whatsway: The setting PORT is not usable")
    assert "Traceback" not in done.stderr


@pytest.mark.fault("D10")
def test_doctor_looks_where_the_stack_was_started(tmp_path: Path) -> None:
    asked = settings_with(data_dir=tmp_path)  # of a shell that knows nothing of the stack's PORT
    stack = Stack(tmp_path, ports="random")
    stack.data.acquire()
    try:
        stack._prepare_settings()
        addresses = {name: port for name, _, port, _ in surfaces(everything(asked))}
        assert addresses["App"] == stack.settings.port != asked.port
        assert addresses["Temporal page"] == port_of(stack.settings.temporal_ui_url)
    finally:
        stack.data.release()
    assert Patient.of(asked).settings.port == asked.port  # what the next start would take


def everything(asked: Settings) -> Patient:
    return replace(Patient.of(asked), pids={"api": 1, "temporal": 1})


def test_a_throw_away_stack_gets_nothing_of_the_callers_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://live-server")
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", "real")
    stack = Stack(tmp_path, ports="random")
    assert stack.settings.database_url is None
    assert "WHATSAPP_ACCESS_TOKEN" not in stack.environment
    assert "live-server" not in str(stack.environment.values())


def test_every_setting_reaches_a_child_under_the_name_it_is_read_by(tmp_path: Path) -> None:
    values = environment.variables(settings_with(data_dir=tmp_path, temporal_tls=True, port=1234))
    assert values["WHATSWAY_DATA_DIR"] == str(tmp_path)
    assert values["PORT"] == "1234"
    assert Settings.model_validate({k.lower(): v for k, v in values.items()}).temporal_tls is True


def test_the_public_address_follows_the_port_unless_it_is_given() -> None:
    assert Settings(port=8417).public_url == "http://127.0.0.1:8417"
    assert Settings(port=8417, public_url="https://a.example").public_url == "https://a.example"


def test_picked_ports_are_free_and_outside_the_range_of_outgoing_connections() -> None:
    picked = {ports.pick() for _ in range(20)}
    assert all(ports.is_free(port) and 20_000 <= port < 31_000 for port in picked)


def test_an_address_without_a_usable_port_is_a_problem() -> None:
    assert port_of("http://127.0.0.1:8233/") == 8233
    assert port_of("https://app.example.com") == 443
    with pytest.raises(Problem, match="is not a usable address"):
        port_of("127.0.0.1")


def test_lock_files_name_no_registry_and_hash_everything() -> None:
    for path in sorted(ROOT.glob("requirements*.txt")):
        text = path.read_text()
        assert "://" not in text, path
        assert "index-url" not in text, path
        pins = [line for line in text.splitlines() if "==" in line]
        assert pins, path
        assert all(line.endswith("\\") for line in pins), path
