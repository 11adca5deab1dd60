"""What holds for the tests themselves: how they wait, and where they stand."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.test_architecture import name_of, our_tests, tree

WAITS = {"sleep", "wait_for_timeout"}

SLEEPS = {
    "tests/eventually.py": "the one place that waits for something to come about",
    "tests/activities/test_frozen_sender.py": "stops a process at moments that nobody can foresee, for as long as its lease",
    "tests/activities/test_pacing.py": "the stall itself is what is tested",
    "tests/api/test_waiting.py": "a client that trickles",
    "tests/e2e/campaign.py": "two looks a second apart show that counters stand still",
    "tests/e2e/screenshots.py": "takes pictures for the documents; decides nothing",
    "tests/e2e/test_two_of_everything.py": "a caller that knocks at an interval",
    "tests/services/messages/test_downloads.py": "a server that trickles",
    "tests/simulator/test_server.py": "pieces of one request that must be read apart",
    "tests/store/test_engine.py": "a transaction that stays idle for too long",
    "tests/store/test_slots.py": "a sender that keeps the time it was given",
    "tests/whatsapp/test_client.py": "a server that hangs up after a moment",
    "tests/whatsapp/test_pictures.py": "a server that trickles",
}
"""Where time itself is the subject, each with the reason. Everything else asks until it is so, or never is."""


def _sleeps(path: Path) -> Iterator[int]:
    """Lines that wait for a fixed time; to let others run once (``sleep(0)``) is none."""
    for node in ast.walk(tree(path)):
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
    """Loops that ask again after a pause, and would do so for ever."""
    for node in ast.walk(tree(path)):
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
