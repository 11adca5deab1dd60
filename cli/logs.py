"""Structured logs: one JSON object per line on standard output, no local variables, no request bodies."""

import logging
import sys
from typing import Any

import orjson
import structlog

from cli.redaction import redact

# Their info lines repeat every request with its address.
SERVER = ("uvicorn", "uvicorn.error", "uvicorn.access")
CHATTY = ("httpx", "httpcore", "asyncio", "python_multipart", "uvicorn.access")


def configure(level: str) -> None:
    """Send our own log calls and the libraries' through the same chain."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(
            # Local variables hold tokens, phone numbers and texts.
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
        ),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *chain,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    _route(_handler(chain), number)


def _handler(chain: list[Any]) -> logging.Handler:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *chain],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(serializer=as_json),
            ],
        )
    )
    return handler


def _route(handler: logging.Handler, number: int) -> None:
    """Everything goes through our handler; verbose libraries only log warnings."""
    for name in SERVER:
        # The server installs its own handlers; its lines go through ours.
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def as_json(value: object, **_: object) -> str:
    """A log line; values JSON does not know are written as text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
