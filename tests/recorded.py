"""Whatever any test of the suite puts on record must have words for people."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from store import audit
from web.settings.audit.lines import unsaid

_missing: list[str] = []


def watch() -> None:
    """From here on every line of the audit log that this process writes is looked at."""
    add = audit.add

    async def looked_at(session: AsyncSession, **values: Any) -> None:
        before: Mapping[str, Any] | None = values["before"]
        _missing.extend(unsaid(values["action"], values["entity"], before, values["after"]))
        await add(session, **values)

    audit.add = looked_at


def missing() -> list[str]:
    """What was recorded without words since this was asked last."""
    found = sorted(set(_missing))
    _missing.clear()
    return found
