"""Make a node's HTTP request once from the builder, so that its author sees what comes back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.automations import filling
from domain.automations.nodes import HttpRequest
from domain.errors import Invalid
from domain.ids import new_id
from domain.sentences import Sentence
from services.automations import documents, reasons
from services.automations.calling import nodes, requests
from services.automations.calling.failures import CallFailed
from services.vault import Vault

SHOWN_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came back, and how long it took; ``error`` says why a run would have taken the failed branch."""

    status: int | None
    ms: int
    body: str
    error: Sentence | None


async def tried(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    node: Mapping[str, Any],
    values: Mapping[str, str],
    *,
    allow_local: bool,
) -> Tried:
    """Call once, with these variables; no transaction is open meanwhile. Raises Invalid for what is no request."""
    try:
        read: HttpRequest = documents.read_data(HttpRequest, node)
    except ValidationError:
        raise Invalid("automation_value", field="node") from None
    data = filling.filled(read, values)
    assert isinstance(data, HttpRequest)
    began = time.monotonic()
    try:
        async with sessions() as session:
            call = await nodes.prepare(session, vault, data, str(new_id()))
        answer = await requests.make(call, allow_local=allow_local)
        requests.picked(answer, data.picks)
    except CallFailed as error:
        return Tried(
            status=error.status or None, ms=_since(began), body="",
            error=reasons.of_run(error.reason),
        )  # fmt: skip
    body = answer.body[:SHOWN_BYTES].decode("utf-8", "replace")
    return Tried(status=answer.status, ms=_since(began), body=body.replace("\x00", ""), error=None)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
