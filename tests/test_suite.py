"""Rules for the tests themselves: how they wait, and where they are."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

from services.vault import Vault, new_key
from store.engine import create_engine, create_sessions
from tests import factories
from tests.databases import Databases
from tests.scheduling import LONG
from tests.sources import PACKAGES, ROOT, name_of, nodes_of, our_tests

WAITS = {"sleep", "wait_for_timeout"}

SLEEPS = {
    "tests/eventually.py": "the one place that waits for something to come about",
    "tests/activities/campaigns/test_frozen_sender.py": "stops a process at moments that nobody can foresee, for as long as its lease",
    "tests/activities/test_pacing.py": "the stall itself is what is tested",
    "tests/api/reception/test_waiting.py": "a client that trickles",
    "tests/e2e/campaign.py": "two looks a second apart show that counters stand still",
    "tests/e2e/screenshots.py": "takes pictures for the documents; decides nothing",
    "tests/e2e/test_two_of_everything.py": "a caller that knocks at an interval",
    "tests/services/automations/test_calling.py": "a server that takes too long",
    "tests/services/messages/test_downloads.py": "a server that trickles",
    "tests/simulator/wire/test_server.py": "pieces of one request that must be read apart",
    "tests/store/test_engine.py": "a transaction that stays idle for too long",
    "tests/store/test_slots.py": "a sender that keeps the time it was given",
    "tests/whatsapp/test_client.py": "a server that hangs up after a moment",
    "tests/whatsapp/test_pictures.py": "a server that trickles",
}
"""Where time itself is the subject, each with a reason. Everything else polls with a bound."""


def _sleeps(path: Path) -> Iterator[int]:
    """Lines that wait for a fixed time; ``sleep(0)``, which lets others run once, does not count."""
    for node in nodes_of(path):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name in WAITS and [ast.unparse(value) for value in node.args] != ["0"]:
            yield node.lineno


def test_tests_wait_for_what_they_need_and_not_for_a_time() -> None:
    found = {name_of(path): list(_sleeps(path)) for path in our_tests()}
    waiting = {name: lines for name, lines in found.items() if lines}
    assert {name: lines for name, lines in waiting.items() if name not in SLEEPS} == {}
    assert sorted(set(SLEEPS) - set(waiting)) == []


def _polls(path: Path) -> Iterator[int]:
    """Loops that poll for ever."""
    for node in nodes_of(path):
        if isinstance(node, ast.While) and any(
            isinstance(inner, ast.Call) and ast.unparse(inner.func).endswith("sleep")
            for inner in ast.walk(node)
        ):
            yield node.lineno


def test_nothing_is_asked_for_ever() -> None:
    found = {
        name_of(path): list(_polls(path)) for path in our_tests() if name_of(path) not in SLEEPS
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


APART = {
    "e2e": "journeys through the whole product",
    "histories": "recorded by earlier releases, for the replays",
    "cli/up/first_release": "a data folder of the first release",
}


def _has(layer: str, noun: str) -> bool:
    """Whether the layer has a module or a folder of this name."""
    return (ROOT / layer / f"{noun}.py").exists() or (ROOT / layer / noun).is_dir()


def _astray(path: Path) -> bool:
    """Whether a test file is where no code has that name.

    ``tests/<layer>/test_<noun>.py`` is about a module or folder; what needs more than one file is a folder of
    that name, and its files are named after their subjects.
    """
    layer, *folders = path.relative_to(ROOT / "tests").parts[:-1] or [""]
    if not layer:  # of the repository itself
        return False
    noun = folders[0] if folders else path.stem.removeprefix("test_")
    return layer not in PACKAGES or len(folders) > 1 or not _has(layer, noun)


def test_tests_mirror_the_layers() -> None:
    files = [path for path in our_tests() if path.name.startswith("test_")]
    apart = tuple(f"tests/{name}/" for name in APART)
    astray = [name_of(p) for p in files if not name_of(p).startswith(apart) and _astray(p)]
    assert astray == []
    assert [name for name in APART if not (ROOT / "tests" / name).is_dir()] == []


def test_what_takes_long_is_there() -> None:
    assert [name for name in LONG if not (ROOT / name).exists()] == []


OURS = """
async def ask(questions):
    answers = []
    for question in questions:
        answers.append(await greenlet_spawn(send, question))
        if question > 7:
            answers.append("never")
    return answers
"""
"""Waits as a query does: the driver's own code is deep in a greenlet while others run."""

MEASURED = """
import asyncio, sys
import coverage
from sqlalchemy.util.concurrency import await_, greenlet_spawn
from tests.measuring import hide_greenlets

def send(question): return deep(question, 9)
def deep(question, levels):
    return deep(question, levels - 1) if levels else await_(asyncio.sleep(question / 1000, question))
async def everybody():
    return await asyncio.gather(*(ours.ask(range(4)) for _ in range(3)))

hide_greenlets()
measured = coverage.Coverage(data_file=None, branch=True, source=["ours"], concurrency=["thread"])
measured.start()
import ours
ours.send, ours.greenlet_spawn = send, greenlet_spawn
assert asyncio.run(everybody()) == [[0, 1, 2, 3]] * 3
measured.stop()
print(sorted(measured.get_data().arcs(ours.__file__)))
"""


def test_measuring_sees_who_waits_for_the_database_and_takes_nobody_for_another(
    tmp_path: Path,
) -> None:
    (tmp_path / "ours.py").write_text(OURS)
    script = tmp_path / "measured.py"
    script.write_text(MEASURED)
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], env=variables, check=True, capture_output=True, text=True
    )
    module, function = (
        [(-1, 2), (2, -1)],
        [(-2, 3), (3, 4), (4, 5), (5, 6), (6, 4), (4, 8), (8, -2)],
    )
    assert ast.literal_eval(done.stdout) == sorted(module + function)


async def test_a_database_is_handed_on_empty(databases: Databases) -> None:
    """After little, which is deleted, and after much, which is truncated."""
    url = databases.acquire()
    for people in (3, 3_000):
        engine = create_engine(url)
        async with create_sessions(engine).begin() as session:
            await factories.campaign(session, Vault([new_key()]), people)
        await engine.dispose()
        databases.release(url)
        assert databases.acquire() == url
        assert _left(url) == ([], 1)
    databases.release(url)


def _left(url: str) -> tuple[list[str], int]:
    """Tables that hold anything, and the next number of a counter."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('alembic_version', 'journal_readers')"
        ).fetchall()
        some = [
            name for (name,) in names if connection.execute(f'SELECT 1 FROM "{name}"').fetchone()
        ]
        (number,) = connection.execute("SELECT nextval('campaign_events_id_seq')").fetchone() or (
            0,
        )
    return some, number
