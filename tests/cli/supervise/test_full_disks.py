"""A data folder on a full disk: children are restarted, uploads are refused with a sentence, and everything
recovers.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.chaos import disks
from cli.datafolder import read_json
from cli.supervise import Supervisor
from tests.cli.conftest import Make
from tests.eventually import eventually

pytestmark = [
    pytest.mark.fault("D2"),
    pytest.mark.skipif(bool(disks.why_not()), reason="needs root for a small disk"),
]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    with disks.mounted(folder, 1):
        yield folder


async def test_what_dies_meanwhile_is_started_again(small: Path, child: Make) -> None:
    (small / "logs").mkdir()
    supervised = Supervisor(small / "pids.json", small / "logs", lambda _: None)
    await supervised.open()
    try:
        await supervised.start(child("one", "import time\nprint('x' * 999)\ntime.sleep(60)"))
        disks.fill(small)
        for _ in range(2):
            pid = supervised.kill("one", signal.SIGKILL)
            await supervised.wait_ready("one", 10)
            assert supervised.children["one"].pid not in (None, pid)
        running = supervised.children["one"].pid
        disks.make_room(small)
        await eventually(
            lambda: read_json(small / "pids.json")["components"]["one"]["pid"] == running,
            "the file of processes is written again",
        )
    finally:
        disks.make_room(small)
        await supervised.stop()
