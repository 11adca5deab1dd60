"""Log lines are JSON, carry the context, and never the local variables of a failure."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from cli import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave logging as pytest had set it up."""
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)


def test_both_kinds_of_log_calls_become_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("ours").info("sent", count=3)
    logging.getLogger("theirs").warning("slow %s", "answer", extra={"seconds": 2})
    logging.getLogger("httpx").info("POST https://graph.example/messages")
    structlog.get_logger("ours").debug("hidden")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert {
        "event": "sent",
        "count": 3,
        "request_id": "r1",
        "level": "info",
    }.items() <= first.items()
    assert first["logger"] == "ours"
    assert {"event": "slow answer", "seconds": 2, "level": "warning"}.items() <= second.items()


def test_a_failure_is_logged_without_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    try:
        phone = "+34600111222"
        raise ValueError(len(phone))
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    line = capsys.readouterr().out
    assert "+34600111222" not in line
    assert json.loads(line)["exception"][0]["exc_type"] == "ValueError"
