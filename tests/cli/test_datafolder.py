"""One program per data folder, and small files that survive a crash."""

import os
import stat
from pathlib import Path

import pytest

from cli.datafolder import DataFolder, write_json
from cli.problems import Problem


def test_a_second_instance_gets_one_sentence(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "data")
    first.acquire()
    write_json(first.pids, {"supervisor": {"pid": 4711}})
    with pytest.raises(Problem, match=r"already running on .*data \(process 4711\): stop it"):
        second.acquire()
    assert second.is_in_use()
    first.release()
    assert not second.is_in_use()
    second.acquire()
    second.release()


def test_a_folder_that_cannot_be_made_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="set WHATSWAY_DATA_DIR to another folder"):
        DataFolder(tmp_path / "file" / "data").create()


def test_kept_secrets_stay_and_are_private(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    assert data.keep("secrets.json", "key", lambda: "first") == "first"
    assert data.keep("secrets.json", "key", lambda: "second") == "first"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_damaged_secrets_are_not_replaced_silently(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"key": "fir')
    with pytest.raises(Problem, match="is damaged: restore it"):
        DataFolder(tmp_path).keep("secrets.json", "key", lambda: "new")
    assert (tmp_path / "secrets.json").read_text() == '{"key": "fir'


def test_a_file_cut_short_by_a_crash_reads_as_empty(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    data.create()
    (data.run / "ports.json").write_text('{"postgres": 2')
    assert data.read("ports.json") == {}
    assert os.listdir(data.run) == ["ports.json"]
