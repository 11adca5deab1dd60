"""Structured logs: one JSON object per line for everything, with personal data removed at the end.

Code must not log personal data in the first place; the last step here is a safety net for texts of
other libraries (an error that quotes a row, an address line of a server).
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import Processor

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
# With a plus in any grouping, or a bare run of digits that is no part of an id, date or address.
PHONE = re.compile(r"\+\d[\d ().-]{5,20}\d|(?<![\w.:/-])\d{8,15}(?![\w:-]|\.\d)")
# Database errors quote the statement's values and the row they fell over.
PARAMETERS = re.compile(r"\[parameters: .*?\](?=\n|$)", re.DOTALL)
DETAIL = re.compile(r"DETAIL:.*")

NOISY = {
    "uvicorn.access": logging.WARNING,  # the access line of api.headers has no query in it
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
}


def redact_text(text: str) -> str:
    """The text without email addresses, phone numbers and values quoted by the database."""
    text = PARAMETERS.sub("[parameters hidden]", text)
    text = DETAIL.sub("DETAIL: hidden", text)
    return PHONE.sub("[phone]", EMAIL.sub("[email]", text))


def _redact(value: Any) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {key: item if _is_id(key) else _redact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redact(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(str(value))


def _is_id(key: object) -> bool:
    """Our ids and Meta's (long digits, but of numbers and templates, not of people)."""
    return isinstance(key, str) and (key.endswith("_id") or key in ("id", "timestamp"))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before rendering."""
    cleaned: MutableMapping[str, Any] = _redact(dict(event))
    return cleaned


def _to_json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure(level: str = "INFO", *, stream: TextIO | None = None, pretty: bool = False) -> None:
    """Route structlog and the standard library to one stream; call once per process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_formatter(shared, pretty=pretty))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(max(least, root.level))


def _formatter(shared: list[Processor], *, pretty: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(serializer=_to_json)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # a plain trace: never the values of variables
            redact,
            renderer,
        ],
    )
