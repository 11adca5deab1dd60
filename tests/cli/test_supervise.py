"""Children come back within two seconds, stop in order, and never outlive their supervisor."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cli.datafolder import read_json
from cli.environment import ROOT
from cli.problems import Problem
from cli.supervise import Supervisor, end_orphans
from tests.cli.conftest import Make
from tests.eventually import eventually, eventually_blocking, never

SLEEP = "import time; print('up'); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(600)"
)


async def test_a_killed_child_is_back_within_two_seconds(
    supervisor: Supervisor, child: Make, reports: list[str]
) -> None:
    await supervisor.start(child("worker", SLEEP))
    began = time.monotonic()
    first = supervisor.kill("worker")
    await supervisor.wait_ready("worker", 2.0)
    assert time.monotonic() - began <= 2.0
    again = supervisor.children["worker"].pid
    assert again not in (None, first)
    written = read_json(supervisor.pids_file)["components"]["worker"]
    assert written["pid"] == again
    assert written["restarts"] == 1
    assert reports[0] == "worker was ended by SIGKILL, starting it again"


async def test_a_child_that_keeps_dying_is_restarted_slower_and_slower(
    supervisor: Supervisor, child: Make
) -> None:
    await supervisor.start(child("worker", "import time; time.sleep(0.3)"))
    worker = supervisor.children["worker"]
    await never(lambda: worker.restarts > 5, "a sixth restart", during=3.0)
    await eventually(lambda: worker.restarts >= 2, "it is started again, and again")


async def test_a_sign_of_readiness_taken_down_while_it_is_read_delays_and_ends_nothing(
    supervisor: Supervisor, child: Make
) -> None:
    asked: list[int] = []

    async def sign(pid: int) -> bool:
        asked.append(pid)
        if asked.count(pid) == 1:
            raise FileNotFoundError("worker.ready")
        return True

    await supervisor.start(replace(child("worker", SLEEP), ready=sign))
    first = supervisor.kill("worker")
    await supervisor.wait_ready("worker", 2.0)
    again = supervisor.children["worker"].pid
    assert again is not None
    assert asked == [first, first, again, again]


async def test_a_child_comes_back_though_what_was_to_happen_meanwhile_failed(
    supervisor: Supervisor, child: Make, reports: list[str]
) -> None:
    def meanwhile() -> None:
        raise FileNotFoundError("the file to damage is not there")

    await supervisor.start(child("worker", SLEEP))
    supervisor.children["worker"].meanwhile = meanwhile
    supervisor.kill("worker")
    await supervisor.wait_ready("worker", 3.0)
    assert "the file to damage is not there" in reports


async def test_children_stop_in_reverse_order(
    supervisor: Supervisor, child: Make, tmp_path: Path
) -> None:
    note = (
        "import pathlib, signal, sys, time\n"
        "def leave(*_):\n"
        "    with open(pathlib.Path(sys.argv[1]) / 'order', 'a') as file: file.write('{0} ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "pathlib.Path(sys.argv[1], '{0}').touch()\n"
        "time.sleep(600)"
    )
    for name in ("database", "worker"):

        async def listening(_: int, name: str = name) -> bool:
            return (tmp_path / name).exists()

        await supervisor.start(child(name, note.format(name), ready=listening))
    await supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["worker", "database"]
    assert read_json(supervisor.pids_file)["components"] == {}


async def test_a_child_that_ignores_the_signal_is_killed(
    supervisor: Supervisor, child: Make, reports: list[str]
) -> None:
    await supervisor.start(child("worker", STUBBORN, stop_seconds=0.3))
    pid = supervisor.children["worker"].pid
    assert pid is not None
    log = supervisor.logs / "worker.log"
    await eventually(
        lambda: log.exists() and "up" in log.read_text(), "the child listens no more to signals"
    )
    await supervisor.stop()
    assert not psutil.pid_exists(pid)
    assert reports == ["worker did not stop in time and was killed"]


async def test_a_failing_start_is_one_sentence_with_the_childs_last_words(
    supervisor: Supervisor, child: Make
) -> None:
    async def never(_: int) -> bool:
        return False

    dying = child("api", "import sys; sys.exit('the port is taken')", ready=never)
    with pytest.raises(Problem, match=r"^api stopped at its start \(the port is taken\)\."):
        await supervisor.start(dying)


async def test_a_task_that_fails_is_a_problem_and_one_that_works_is_gone(
    supervisor: Supervisor, child: Make
) -> None:
    await supervisor.run_once(child("migrate", "print('done')"))
    assert "migrate" not in supervisor.children
    assert "done" in (supervisor.logs / "migrate.log").read_text()
    with pytest.raises(Problem, match="migrate failed"):
        await supervisor.run_once(child("migrate", "raise SystemExit(3)"))


async def test_long_lines_and_binary_output_do_not_stop_the_log(
    supervisor: Supervisor, child: Make
) -> None:
    noise = (
        "import sys; sys.stdout.buffer.write(b'x' * 700_000 + b'\\n' + bytes(range(256)) + b'\\n');"
        "print('last')"
    )
    await supervisor.run_once(child("noisy", noise))
    assert "last" in (supervisor.logs / "noisy.log").read_text()


def test_children_end_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    pid = start_and_kill_a_supervisor(tmp_path, kill_watchdog=False)
    eventually_blocking(lambda: has_ended(pid), "the child ends with its parent")


def test_the_next_start_ends_children_that_even_the_watchdog_missed(tmp_path: Path) -> None:
    pid = start_and_kill_a_supervisor(tmp_path, kill_watchdog=True)
    assert psutil.pid_exists(pid)
    end_orphans(tmp_path / "run" / "pids.json")
    eventually_blocking(lambda: has_ended(pid), "the child ends with its parent")


def test_a_reused_process_number_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    try:
        row = f'{{"pid": {bystander.pid}, "created": 1.0, "stop_signal": 15}}'
        (tmp_path / "pids.json").write_text(f'{{"components": {{"worker": {row}}}}}')
        end_orphans(tmp_path / "pids.json")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def start_and_kill_a_supervisor(folder: Path, *, kill_watchdog: bool) -> int:
    """The pid of a child whose supervisor is gone."""
    (folder / "run").mkdir()
    (folder / "logs").mkdir()
    script = textwrap.dedent(
        f"""
        import asyncio, sys
        from pathlib import Path
        from cli.supervise import Component, Supervisor

        async def main():
            folder = Path(sys.argv[1])
            supervisor = Supervisor(folder / "run" / "pids.json", folder / "logs", print)
            await supervisor.open()
            await supervisor.start(Component("worker", (sys.executable, "-c", {SLEEP!r}), {{}}))
            print(supervisor.children["worker"].pid, supervisor._watchdog.pid, flush=True)
            await asyncio.sleep(600)

        asyncio.run(main())
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, env=environment
    ) as supervisor:
        assert supervisor.stdout is not None
        child, watchdog = map(int, supervisor.stdout.readline().split())
        if kill_watchdog:
            os.kill(watchdog, signal.SIGKILL)
        supervisor.kill()
    return child


def has_ended(pid: int) -> bool:
    """Whether the process is gone; one that waits to be reaped has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
