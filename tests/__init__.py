"""Tests; libraries are loaded here, before ours load them, so that measuring coverage does not trace their loading."""

import sys
from importlib import import_module

LIBRARIES = (
    "alembic.command", "cryptography.fernet", "fastapi", "httpx", "hypothesis", "jinja2", "openpyxl",
    "phonenumbers", "playwright.async_api", "psycopg", "pydantic_settings", "schemathesis",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.ext.asyncio", "temporalio.testing",
    "temporalio.worker", "typer.testing", "uvicorn", "websockets.asyncio.client",
)  # fmt: skip

_trace = sys.gettrace()
sys.settrace(None)
for _name in LIBRARIES:
    import_module(_name)
sys.settrace(_trace)
