"""The reference: every route once, for the team outside demos."""

import httpx

from api.state import AppState
from domain.permissions import Role
from tests.conftest import LoginAs, MakeUser


async def test_openapi_names_every_api_route_once(client: httpx.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()
    names = [
        operation["operationId"]
        for path in description["paths"].values()
        for operation in path.values()
    ]
    assert len(names) == len(set(names))
    assert {"/api/auth/login", "/api/auth/logout", "/api/auth/me"} <= set(description["paths"])
    assert all(
        path.startswith(("/api/", "/hooks/", "/health", "/ready")) for path in description["paths"]
    )


async def test_the_reference_is_for_the_team_outside_demos(
    client: httpx.AsyncClient, make_user: MakeUser, state: AppState, login_as: LoginAs
) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css"):
        assert f"/docs/{name}" in page.text
        assert (await client.get(f"/docs/{name}")).status_code == 200
    assert (await client.get("/docs/app.py")).status_code == 404
    state.settings = state.settings.model_copy(update={"environment": "production"})
    assert (await client.get("/openapi.json")).status_code == 401
    assert (await client.get("/docs")).headers["location"] == "/login?next=%2Fdocs"
    assert (await (await login_as(Role.AGENT)).get("/docs")).status_code == 200
