"""Personal data never reaches a log line, whoever wrote it."""

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


@pytest.mark.parametrize(
    "secret",
    ["+49 151 2345 6789", "+5511987654321", "5511987654321", "ada.lovelace@example.com"],
)
def test_phones_and_emails_are_removed_wherever_they_hide(
    capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    logs.configure("INFO")
    log = structlog.get_logger("ours")
    log.info("to %s.", secret, who=secret, nested={"list": [secret, {"deep": f"x {secret}"}]})
    logging.getLogger("theirs").error("Key (phone)=(%s) exists", secret)
    try:
        raise ValueError(f"cannot reach {secret}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("theirs").exception("failed")
    text = capsys.readouterr().out
    assert len(text.splitlines()) == 4
    assert secret not in text
    assert "ValueError" in text


def test_ids_dates_and_addresses_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    kept = {
        "campaign_id": "0199a1b2-1234-7123-8123-123456789012",
        "phone_number_id": "106540352242922",
        "at": "2026-11-23T08:11:03Z",
        "server": "127.0.0.1:54321",
        "ms": 12.5,
        "count": 123456789,
    }
    structlog.get_logger("ours").info("done 2026-11-23 in 12.25 s", **kept)
    entry = json.loads(capsys.readouterr().out)
    assert {name: entry[name] for name in kept} == kept
    assert entry["event"] == "done 2026-11-23 in 12.25 s"


def test_values_quoted_by_the_database_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    quoted = (
        "(psycopg.errors.UniqueViolation) duplicate key\nDETAIL:  Key (name)=(Ada) exists.\n"
        "[SQL: INSERT INTO contacts]\n[parameters: {'name': 'Ada', 'city': 'London'}]\n(see docs)"
    )
    logging.getLogger("theirs").error(quoted)
    text = capsys.readouterr().out
    assert "Ada" not in text
    assert "London" not in text
    assert "INSERT INTO contacts" in text
