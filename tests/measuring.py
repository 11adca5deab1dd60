"""Which tests count towards coverage, and how measuring stays cheap: SQLAlchemy and Jinja are not traced."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

import jinja2
import pytest
from sqlalchemy.util.concurrency import _concurrency_shim as greenlets

UNMEASURED = (
    "tests/api/wording/", "tests/cli/bench/", "tests/cli/chaos/", "tests/e2e/", "tests/simulator/", "tests/test_",
    "tests/web/test_filters.py", "tests/web/test_nearby.py", "tests/web/test_rendering.py",
)  # fmt: skip
"""These run the measured layers in other processes, if at all, read sources, or open every page. So do tests in a
browser and sweeps; what they reach of the measured layers, faster tests reach too."""

UNMEASURED_MARKS = ("browser", "sweep")


def begin(config: pytest.Config) -> None:
    """Prepare this process if coverage is measured."""
    if config.pluginmanager.hasplugin("_cov"):
        hide_greenlets()
        hide_templates()


def collect(config: pytest.Config) -> None:
    """Load every measured module, then pause: collecting runs nothing else that counts."""
    controller = _controller(config)
    if controller is None or not controller.started:
        return
    for package in controller.cov.get_option("run:source"):
        folder = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(folder, f"{package}."):
            if not module.name.startswith("store.migrations."):
                importlib.import_module(module.name)
    controller.pause()


def measure(item: pytest.Item) -> None:
    """Measure this test, or pause until the next one that counts."""
    controller = _controller(item.config)
    apart = item.nodeid.startswith(UNMEASURED) or any(
        item.get_closest_marker(mark) for mark in UNMEASURED_MARKS
    )
    if controller is not None and controller.started == apart:
        (controller.pause if apart else controller.resume)()


def _controller(config: pytest.Config) -> Any:
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


def hide_greenlets() -> None:
    """Let SQLAlchemy's greenlets run unseen by coverage.

    SQLAlchemy executes statements in them; of our code, only listeners to its events run there. Coverage could
    follow them (``concurrency = ["greenlet"]``), but would look up the current greenlet at every function call
    and trace all of SQLAlchemy, which is four fifths of what measuring costs. If it did not know of them, it
    would mistake lines of one function for those of another.
    """
    kind: Any = greenlets._AsyncIoGreenlet
    kind.switch, kind.throw = _untraced(kind.switch), _untraced(kind.throw)


def hide_templates() -> None:
    """Let Jinja compile and render unseen: no template is measured, and what one calls belongs to web, or is tested alone."""
    for kind, name in ((jinja2.Template, "render"), (jinja2.Environment, "get_template")):
        setattr(kind, name, _untraced(getattr(kind, name)))


def _untraced(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **options: Any) -> Any:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return method(self, *args, **options)
        finally:
            sys.settrace(trace)

    return call
