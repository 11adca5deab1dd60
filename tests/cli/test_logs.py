"""Logs are JSON lines and hold no personal data, whoever wrote them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from cli import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure("INFO", stream=stream)
    yield stream
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def last(stream: io.StringIO) -> dict[str, object]:
    entry: dict[str, object] = json.loads(stream.getvalue().splitlines()[-1])
    return entry


def test_structlog_and_stdlib_share_one_shape(lines: io.StringIO) -> None:
    structlog.get_logger("ours").info("sent", campaign_id="c1", count=3)
    ours = last(lines)
    assert (ours["event"], ours["count"], ours["level"], ours["logger"]) == (
        "sent",
        3,
        "info",
        "ours",
    )
    logging.getLogger("theirs").warning("queue at %d", 7, extra={"depth": 9})
    theirs = last(lines)
    assert (theirs["event"], theirs["depth"], theirs["level"]) == ("queue at 7", 9, "warning")


@pytest.mark.parametrize(
    "secret",
    ["+49 151 2345 6789", "+5511987654321", "5511987654321", "ada.lovelace@example.com"],
)
def test_phones_and_emails_are_removed_wherever_they_hide(
    lines: io.StringIO, secret: str
) -> None:
    log = structlog.get_logger("ours")
    log.info(f"to {secret}.", who=secret, nested={"list": [secret, {"deep": f"x {secret}"}]})
    logging.getLogger("theirs").error("Key (phone)=(%s) exists", secret)
    try:
        raise ValueError(f"cannot reach {secret}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("theirs").exception("failed")
    text = lines.getvalue()
    assert len(text.splitlines()) == 4
    assert secret not in text
    assert "ValueError" in text


def test_ids_dates_and_addresses_stay_readable(lines: io.StringIO) -> None:
    kept = {
        "campaign_id": "0199a1b2-1234-7123-8123-123456789012",
        "phone_number_id": "106540352242922",
        "at": "2026-11-23T08:11:03Z",
        "server": "127.0.0.1:54321",
        "ms": 12.5,
        "count": 123456789,
    }
    structlog.get_logger("ours").info("done 2026-11-23 in 12.25 s", **kept)
    entry = last(lines)
    assert {name: entry[name] for name in kept} == kept
    assert entry["event"] == "done 2026-11-23 in 12.25 s"


def test_values_quoted_by_the_database_are_hidden(lines: io.StringIO) -> None:
    quoted = (
        '(psycopg.errors.UniqueViolation) duplicate key\nDETAIL:  Key (name)=(Ada) exists.\n'
        "[SQL: INSERT INTO contacts]\n[parameters: {'name': 'Ada', 'city': 'London'}]\n(see docs)"
    )
    logging.getLogger("theirs").error(quoted)
    text = lines.getvalue()
    assert "Ada" not in text
    assert "London" not in text
    assert "INSERT INTO contacts" in text


def test_frames_show_no_values_of_variables(lines: io.StringIO) -> None:
    try:
        customer = "Ada Lovelace"
        raise RuntimeError(str(len(customer)))
    except RuntimeError:
        structlog.get_logger("ours").exception("failed")
    assert "Ada" not in lines.getvalue()
