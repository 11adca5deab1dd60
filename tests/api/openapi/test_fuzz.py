"""Odd values for every parameter and body the description names, as an administrator: never a 5xx."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from api.limits import RateLimiter
from api.openapi import describe
from api.state import AppState
from tests import threads
from tests.conftest import LoginAs

SEED = 20_261_123
TRIES = int(os.environ.get("EACH", "6"))
"""Odd calls of each operation; more of them with EACH=200 in the environment."""

SKIPPED = {"/api/auth/logout", "/api/auth/password", "/health", "/ready"}
"""They end the session that calls them, or report that a dependency is down (503)."""

AWAY = {"sync_not_started", "engine_away", "database_unavailable"}

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 0.5, 1e308, -0.0,
    "", " ", "a", "\x00", "a\x00b", "\ud800", "\u202e", "ß" * 300, "x" * 5_000, "💥", "'; DROP TABLE",
    "%", "_", "\\", "../../etc/passwd", "0", "-1", "null", "true", "NaN", "2026-02-30",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+14:00", "2026-11-23T09:00:00", "+491713920000",
    "00000000-0000-0000-0000-000000000000", "01a207ac-0000-7000-8000-000000000000", "W10", "eyJhIjoxfQ",
    [], [None], ["a"], [[]], {}, {"a": None}, {"": ""}, [{}] * 3,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb of one path."""

    verb: str
    path: str
    parameters: list[dict[str, Any]]
    body: dict[str, Any] | None
    kind: str


def operations(description: dict[str, Any]) -> Iterator[Operation]:
    """Every operation that takes JSON, a form or nothing."""
    for path, verbs in description["paths"].items():
        if path in SKIPPED:
            continue
        for verb, said in verbs.items():
            content = (said.get("requestBody") or {}).get("content", {})
            kind = next(iter(content), "")
            schema = content[kind]["schema"] if kind else None
            yield Operation(verb.upper(), path, said.get("parameters", []), schema, kind)


class Inventor:
    """Generates values: mostly with the right shape, so that they pass validation, but odd inside."""

    def __init__(self, schemas: dict[str, Any], random: Random, known: dict[str, str]) -> None:
        self.schemas, self.random, self.known = schemas, random, known

    def value(self, schema: dict[str, Any], depth: int = 0, name: str = "") -> Any:
        """A value for this schema, or something else entirely; existing things by name."""
        chance = self.random
        if name in self.known and chance.random() < 0.8:
            return self.known[name]
        if chance.random() < 0.25 or depth > 5:
            return chance.choice(ODD)
        if "$ref" in schema:
            return self.value(self.schemas[schema["$ref"].rsplit("/", 1)[1]], depth)
        if "anyOf" in schema:
            return self.value(chance.choice(schema["anyOf"]), depth)
        if "enum" in schema:
            return chance.choice(schema["enum"])
        return self._of_type(schema, depth)

    def _of_type(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(2)]
        if kind in ("integer", "number"):
            return self.random.choice((0, 1, 7, -1, 2**31, 2**62, 10**25))
        if kind == "boolean":
            return self.random.random() < 0.5
        if schema.get("format") == "uuid":
            return self.random.choice([*self.known.values(), str(uuid4())])
        return self.random.choice([item for item in ODD if isinstance(item, str)])

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        made = {
            name: self.value(inner, depth + 1, name)
            for name, inner in schema.get("properties", {}).items()
            if name in required or self.random.random() < 0.7
        }
        if isinstance(schema.get("additionalProperties"), dict) or self.random.random() < 0.1:
            made[str(self.random.choice(ODD))] = self.random.choice(ODD)
        return made


def text(value: Any) -> str:
    """A value as written in an address or a form."""
    written = value if isinstance(value, str) else json.dumps(value)
    return written.encode("utf-8", "replace").decode()


def request(operation: Operation, invent: Inventor) -> dict[str, Any]:
    """The arguments of one odd call."""
    path, query = operation.path, {}
    for parameter in operation.parameters:
        value = text(invent.value(parameter["schema"], name=parameter["name"]))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value, safe="") or "x")
        elif parameter["in"] == "query" and invent.random.random() < 0.6:
            query[parameter["name"]] = value
    call: dict[str, Any] = {"method": operation.verb, "url": path, "params": query}
    if operation.kind == "application/json":
        call["content"] = json.dumps(invent.value(operation.body or {}))
        call["headers"] = {"Content-Type": operation.kind}
    elif operation.kind:
        fields = invent.value(operation.body or {})
        call["data"] = {"mapping": text(fields), "options": text(fields), "dry_run": "true"}
        call["files"] = {"file": ("odd.csv", text(fields).encode())}
    return call


async def furnish(
    admin: httpx.AsyncClient, session: AsyncSession, state: AppState
) -> dict[str, str]:
    """One thing of each kind, by the name that paths and bodies give it."""
    thread = await threads.only_thread(session, state.vault)
    message = await threads.message(session, thread)
    template = await threads.template(session)
    await session.commit()
    made = {"name": "Odd", "channel_id": str(thread.channel_id), "template_id": str(template)}
    campaign = (await admin.post("/api/campaigns", json=made)).json()["id"]
    group = (await admin.post("/api/groups", json={"name": "Odd"})).json()["id"]
    field = (await admin.post("/api/fields", json={"label": "Odd", "type": "number"})).json()["key"]
    table = {"file": ("odd.csv", b"Name,Mobile\r\nOdd,+491713920001\r\n")}
    sent = await admin.post("/api/contacts/import", files=table, data={"dry_run": "true"})
    return {
        "conversation_id": str(thread.id),
        "channel_id": str(thread.channel_id),
        "contact_id": str(thread.contact_id),
        "message_id": str(message),
        "template_id": str(template),
        "campaign_id": campaign,
        "group_id": group,
        "key": field,
        "import_id": sent.json()["id"],
    }


@pytest.mark.sweep
async def test_no_odd_value_breaks_the_api(
    app: FastAPI, state: AppState, session: AsyncSession, login_as: LoginAs
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    admin = await login_as()
    known = await furnish(admin, session, state)
    description = describe(app)  # not its own: FastAPI would keep that one for everybody
    invent = Inventor(description["components"]["schemas"], Random(SEED), known)
    broken, codes, passed = [], set(), 0
    # Deletions come last, so that there is something to test.
    everything = sorted(operations(description), key=lambda operation: operation.verb == "DELETE")
    for operation in [one for one in everything for _ in range(TRIES)]:
        call = request(operation, invent)
        answer = await admin.request(**call)
        passed += answer.is_success
        code = answer.json()["code"] if answer.is_error and answer.content else ""
        codes.add(code)
        if answer.status_code >= 500 and code not in AWAY:
            broken.append((answer.status_code, call))
    assert broken == []
    assert {"invalid", "not_found", "invalid_value"} <= codes
    assert passed > 50
    assert (await admin.get("/api/auth/me")).status_code == 200
