"""Requests generated from the description: it matches the checks, and nothing returns a 5xx."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks
from sqlalchemy.ext.asyncio import AsyncSession

import web
from api.limits import RateLimiter
from api.openapi import describe
from api.state import AppState
from tests.api.openapi.test_fuzz import AWAY, ODD, SEED, SKIPPED, furnish, text
from tests.conftest import BASE_URL, LoginAs

pytestmark = pytest.mark.sweep

EACH = int(os.environ.get("EACH", "1"))
"""Requests of each operation and kind; more of them with EACH=200 in the environment."""

Case = schemathesis.Case[Any]
Operation = APIOperation[Any, Any, Any, Any]

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
]


def cases(description: dict[str, Any], each: int) -> Iterator[Case]:
    """The same requests on every run: valid ones, and ones that break one rule."""
    schema = schemathesis.openapi.from_dict(without_security(description))
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # a description of ours has no invalid part
        if operation.path in SKIPPED:
            continue
        for mode in MODES:
            yield from drawn(operation, mode, each)


def without_security(description: dict[str, Any]) -> dict[str, Any]:
    """Permissions are tested elsewhere (test_permissions)."""
    paths = {
        path: {
            verb: {name: part for name, part in said.items() if name != "security"}
            for verb, said in verbs.items()
        }
        for path, verbs in description["paths"].items()
    }
    return {**description, "paths": paths}


def drawn(operation: Operation, mode: GenerationMode, each: int) -> list[Case]:
    found: list[Case] = []
    limits = hypothesis.settings(
        max_examples=each, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), deadline=None,
    )  # fmt: skip

    @limits
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        found.append(case)

    try:
        collect()
    except hypothesis.errors.Unsatisfiable:
        return []  # nothing in it could be wrong
    return found


async def ask(client: httpx.AsyncClient, case: Case, known: dict[str, str]) -> httpx.Response:
    """Send the case, about things that exist where it asks about something valid."""
    for name in set(case.path_parameters or {}) & set(known):
        case.path_parameters[name] = known[name]
    arguments = {
        name: value
        for name, value in case.as_transport_kwargs(base_url=BASE_URL).items()
        if value is not None and name != "cookies"
    }
    if isinstance(arguments.get("data"), (str, bytes)):
        arguments["content"] = arguments.pop("data")
    request = client.build_request(**arguments)
    await request.aread()
    return await client.send(request)


def objections(case: Case, answer: httpx.Response) -> list[str]:
    """What the checks find wrong with an answer."""
    code = answer.json()["code"] if answer.is_error and answer.content else ""
    if code in AWAY:
        return []
    found = []
    read = Response.from_any(answer)  # once for all checks
    for check in CHECKS:
        try:
            case.validate_response(read, checks=[check])
        except (AssertionError, BaseExceptionGroup) as error:
            each = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
            found += [f"{check.__name__}: {str(one)[:300]}" for one in each]
    if (
        case.meta is not None
        and case.meta.generation.mode is GenerationMode.POSITIVE
        and code == "invalid"
    ):
        found.append(f"right by the description, refused: {answer.text[:300]}")
    return found


@pytest.mark.fault("C8")
async def test_the_description_says_what_the_checks_do(
    app: FastAPI, state: AppState, session: AsyncSession, login_as: LoginAs
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    admin = await login_as()
    known = await furnish(admin, session, state)
    wrong: list[str] = []
    statuses: Counter[int] = Counter()
    for case in cases(describe(app), EACH):
        answer = await ask(admin, case, known)
        statuses[answer.status_code] += 1
        wrong += [
            f"{case.operation.label} {answer.status_code} {said}"
            for said in objections(case, answer)
        ]
    assert not wrong, "\n".join(wrong)
    assert {200, 404, 422} <= statuses.keys()


@pytest.mark.fault("C8")
async def test_a_wrong_method_is_told_the_right_ones(app: FastAPI, login_as: LoginAs) -> None:
    by_path: defaultdict[str, set[str]] = defaultdict(set)
    for route in iter_route_contexts(app.routes):
        if route.methods and route.path:
            by_path[route.path] |= route.methods
    wrong = []
    admin = await login_as()
    app.state.whatsway.limiter = RateLimiter(1e6, 1_000_000)
    for path, methods in by_path.items():
        # An id, so that the address is this route's and not a neighbour's.
        url = re.sub(r"\{[^}]+\}", str(uuid4()), path)
        answer = await admin.request("TRACE", url)
        allowed = set(answer.headers.get("allow", "").split(", "))
        if answer.status_code != 405 or not methods <= allowed:
            wrong.append(f"{path} {answer.status_code} {allowed} {methods}")
    assert not wrong, "\n".join(wrong)


WEB = Path(web.__file__).parent
NAMES = sorted(
    {
        name
        for page in (WEB / "templates").rglob("*.html")
        for name in re.findall(r'name(?:="|=")([a-z][a-z0-9_-]*)', page.read_text())
    }
    | {"target-0", "target-1", "ids", "all", "q", "csrf"}
)
FORMS = int(os.environ.get("EACH", "1"))
"""Odd forms for each page that takes one."""


def odd_fields(chance: Random, known: dict[str, str]) -> dict[str, Any]:
    """A handful of fields that pages know, with values they do not expect."""
    values = [*(value for value in ODD if isinstance(value, str)), *known.values(), "9" * 5_000]
    names = chance.sample(NAMES, k=min(len(NAMES), 12))
    return {name: text(chance.choice(values)) for name in names}


@pytest.mark.fault("C8")
async def test_no_odd_form_breaks_a_page(
    app: FastAPI,
    state: AppState,
    session: AsyncSession,
    login_as: LoginAs,
    client: httpx.AsyncClient,
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    admin = await login_as()
    known = await furnish(admin, session, state)
    chance = Random(SEED)
    broken = []
    pages = [route for route in iter_route_contexts(app.routes) if is_page(route)]
    # What deletes and what signs out comes last.
    for route in sorted(
        pages, key=lambda page: (page.path or "").endswith(("/delete", "/logout", "/password"))
    ):
        for method, asker in product(sorted(route.methods or ()), (admin, client)):
            for _ in range(FORMS if asker is admin else 1):
                url = re.sub(
                    r"\{([a-z_]+)[^}]*\}",
                    lambda name: known.get(name[1], str(uuid4())),
                    route.path or "",
                )
                sent: Any = {"data" if method == "POST" else "params": odd_fields(chance, known)}
                answer = await asker.request(method, url, **sent)
                if (
                    answer.status_code >= 500
                    and "Temporal" not in answer.text
                    and "engine" not in answer.text
                ):
                    broken.append(f"{method} {url} {answer.status_code} {sent}")
    assert not broken, "\n".join(broken)


def is_page(route: RouteContext) -> bool:
    """Whether people open it."""
    path = route.path or ""
    api = path.startswith(("/api/", "/health", "/ready", "/static", "/docs", "/openapi"))
    return bool(route.methods) and not api and path not in {"/logout", "/settings/profile/password"}
