"""Which tests count towards coverage, and how measuring stays cheap: code of libraries is not traced."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.util.concurrency import _concurrency_shim as greenlets

UNMEASURED = ("tests/cli/bench/", "tests/cli/chaos/", "tests/e2e/", "tests/simulator/")
"""These run the measured layers in other processes, if at all. So do tests in a browser; what they reach, faster
tests reach too."""


def begin(config: pytest.Config) -> None:
    """Prepare this process if coverage is measured."""
    if config.pluginmanager.hasplugin("_cov"):
        hide_greenlets()


def measure(item: pytest.Item) -> None:
    """Measure this test, or pause until the next one that counts."""
    controller = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    apart = item.nodeid.startswith(UNMEASURED) or item.get_closest_marker("browser") is not None
    if controller is not None and controller.started == apart:
        (controller.pause if apart else controller.resume)()


def hide_greenlets() -> None:
    """Let SQLAlchemy's greenlets run unseen by coverage.

    SQLAlchemy executes statements in them; of our code, only listeners to its events run there. Coverage could
    follow them (``concurrency = ["greenlet"]``), but would look up the current greenlet at every function call
    and trace all of SQLAlchemy, which is four fifths of what measuring costs. If it did not know of them, it
    would mistake lines of one function for those of another.
    """
    kind: Any = greenlets._AsyncIoGreenlet
    kind.switch, kind.throw = _untraced(kind.switch), _untraced(kind.throw)


def _untraced(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **options: Any) -> Any:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return method(self, *args, **options)
        finally:
            sys.settrace(trace)

    return call
