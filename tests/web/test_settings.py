"""Settings pages: profile, password, sessions, team, tokens, audit log."""

import csv
import io
import re
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests.conftest import PASSWORD, LoginAs, MakeUser


async def test_each_role_sees_its_tabs(login_as: LoginAs) -> None:
    agent = await login_as(Role.AGENT)
    shown = (await agent.get("/settings", follow_redirects=True)).text
    assert "/settings/sessions" in shown
    assert "/settings/team" not in shown
    assert "/settings/tokens" not in shown
    manager = await login_as(Role.MANAGER)
    team = (await manager.get("/settings/team")).text
    assert "/settings/tokens" in team
    assert "Invite a colleague" not in team
    assert (await agent.get("/settings/team")).status_code == 403


async def test_a_profile_is_saved_or_shown_again(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    fields = {"name": "Ada L", "timezone": "Europe/Lisbon", "locale": "en"}
    saved = await client.post("/settings/profile", data=fields)
    assert (saved.status_code, saved.headers["location"]) == (303, "/settings/profile")
    page = (await client.get("/settings/profile")).text
    assert "Profile saved." in page
    assert 'value="Ada L"' in page
    assert 'data-timezone="Europe/Lisbon"' in page
    wrong = await client.post("/settings/profile", data=fields | {"name": " "})
    assert wrong.status_code == 422
    assert "Enter a name" in wrong.text


async def test_forms_without_their_token_are_refused(login_as: LoginAs) -> None:
    client = await login_as(Role.ADMIN)
    token = client.headers.pop("x-csrf-token")
    fields = {"name": "Eve", "timezone": "UTC", "locale": "en"}
    refused = await client.post("/settings/profile", data=fields)
    assert refused.status_code == 403
    assert "text/html" in refused.headers["content-type"]
    accepted = await client.post("/settings/profile", data=fields | {"csrf": token})
    assert accepted.status_code == 303


async def test_passwords_must_be_repeated_alike(login_as: LoginAs) -> None:
    client = await login_as(Role.AGENT)
    fields = {
        "current_password": PASSWORD,
        "new_password": "a-better-password",
        "repeated_password": "a-bitter-password",
    }
    differ = await client.post("/settings/password", data=fields)
    assert differ.status_code == 422
    assert "The two new passwords differ." in differ.text
    fields["repeated_password"] = fields["new_password"]
    assert (await client.post("/settings/password", data=fields)).status_code == 303


async def test_browsers_are_listed_and_signed_out(
    login_as: LoginAs, client: httpx.AsyncClient
) -> None:
    here = await login_as(Role.AGENT)
    email = (await here.get("/api/auth/me")).json()["email"]
    agent = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
    await client.post(
        "/api/auth/login",
        json={"email": email, "password": PASSWORD},
        headers={"user-agent": agent},
    )
    page = (await here.get("/settings/sessions")).text
    assert "Firefox on Windows" in page
    assert page.count("This browser") == 1
    (handle,) = re.findall(r"/settings/sessions/([0-9a-f]{64})/end", page)
    assert (await here.post(f"/settings/sessions/{handle}/end")).status_code == 303
    assert (await client.get("/settings/sessions")).status_code == 303  # to the sign-in page
    assert (await here.post(f"/settings/sessions/{handle}/end")).status_code == 404
    assert (await here.post("/settings/sessions/end-others")).status_code == 303


async def test_a_colleague_is_invited_with_a_password_shown_once(
    login_as: LoginAs, client: httpx.AsyncClient
) -> None:
    admin = await login_as(Role.ADMIN)
    fields = {"email": "cleo@example.com", "name": "Cleo", "role": "agent"}
    invited = await admin.post("/settings/team", data=fields)
    assert invited.headers["cache-control"] == "no-store"
    (password,) = re.findall(r'value="((?:\w{4}-){4}\w{4})"', invited.text)
    assert password not in (await admin.get("/settings/team")).text
    signed_in = await client.post(
        "/api/auth/login", json={"email": "cleo@example.com", "password": password}
    )
    assert signed_in.status_code == 200
    again = await admin.post("/settings/team", data=fields)
    assert again.status_code == 409
    assert "already on the team" in again.text
    (field,) = re.findall(r'<input[^>]*name="email"[^>]*>', again.text)
    assert 'aria-invalid="true"' in field
    wrong = await admin.post("/settings/team", data=fields | {"role": "king"})
    assert wrong.status_code == 422


async def test_roles_change_and_people_are_locked_out(
    login_as: LoginAs, make_user: MakeUser
) -> None:
    admin = await login_as(Role.ADMIN)
    bob = await make_user(Role.AGENT, name="Bob")
    base = f"/settings/team/{bob.id}"
    assert (await admin.post(f"{base}/role", data={"role": "manager"})).status_code == 303
    assert (await admin.post(f"{base}/password")).status_code == 200
    assert (await admin.post(f"{base}/deactivate")).status_code == 303
    assert "Reactivate" in (await admin.get("/settings/team")).text
    assert (await admin.post(f"{base}/reactivate")).status_code == 303
    me = (await admin.get("/api/auth/me")).json()["id"]
    own = await admin.post(f"/settings/team/{me}/deactivate")
    assert own.status_code == 409
    assert "cannot deactivate yourself" in own.text


async def test_a_token_is_shown_once_and_works(
    login_as: LoginAs, client: httpx.AsyncClient, state: AppState
) -> None:
    manager = await login_as(Role.MANAGER)
    empty = await manager.post("/settings/tokens", data={"name": "bot"})
    assert empty.status_code == 422
    assert "at least one thing" in empty.text
    fields: dict[str, str | list[str]] = {
        "name": "bot",
        "scopes": ["contacts:read", "users:read"],
        "days": "30",
    }
    made = await manager.post("/settings/tokens", data=fields)
    (secret,) = re.findall(r'value="(ww_[\w-]{43})"', made.text)
    client.headers["authorization"] = f"Bearer {secret}"
    assert (await client.get("/api/users")).status_code == 200
    page = (await manager.get("/settings/tokens")).text
    assert secret not in page
    (token_id,) = re.findall(r"/settings/tokens/([0-9a-f-]{36})/revoke", page)
    other = await login_as(Role.MANAGER)
    assert (await other.post(f"/settings/tokens/{token_id}/revoke")).status_code == 404
    assert (await manager.post(f"/settings/tokens/{token_id}/revoke")).status_code == 303
    assert (await client.get("/api/users")).status_code == 401
    stronger = await manager.post("/settings/tokens", data=fields | {"scopes": ["users:write"]})
    assert stronger.status_code == 422


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", 3),
        ("?entity=user", 2),
        ("?entity=token", 1),
        ("?since=2999-01-01", 0),
        ("?until=2000-01-01", 0),
    ],
)
async def test_the_audit_log_filters_and_exports(
    login_as: LoginAs, state: AppState, query: str, lines: int
) -> None:
    admin = await login_as(Role.ADMIN)
    await admin.post("/settings/profile", data={"name": "=SUM(A1)", "timezone": "UTC"})
    await admin.post("/settings/profile", data={"name": "Ada", "timezone": "UTC"})
    await admin.post("/settings/tokens", data={"name": "bot", "scopes": ["contacts:read"]})
    page = await admin.get(f"/settings/audit{query}")
    assert page.status_code == 200
    assert page.text.count("<li data-action") == lines
    exported = await admin.get(f"/settings/audit.csv{query}")
    assert exported.headers["content-disposition"] == 'attachment; filename="audit-log.csv"'
    rows = list(csv.reader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert len(rows) == lines + 1
    if not query:
        assert rows[1][-3:] == ["created an API token", "bot", rows[1][-1]]
        assert "May do: seeing contacts" in rows[1][-1]
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.fault("8B7")
async def test_a_file_of_the_log_with_a_wrong_filter_leads_to_the_page_that_says_so(
    login_as: LoginAs,
) -> None:
    """It has no place for a note: readers would take it for what they asked for."""
    admin = await login_as(Role.ADMIN)
    wrong = ("since=nonsense", "person=nobody", "entity=spaceship", "zone=Mars/X")
    for query in (*wrong, f"person={uuid4()}"):
        answer = await admin.get(f"/settings/audit.csv?{query}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/settings/audit?{query}")
        page = await admin.get(answer.headers["location"])
        assert "Left out of the address" in page.text, query
    # A link that downloads would store the page as the file.
    link = await admin.get(f"/settings/audit.csv?{wrong[1]}", headers={"sec-fetch-dest": "empty"})
    assert link.status_code == 422


@pytest.mark.fault("8B7")
async def test_the_audit_log_pages_backwards(login_as: LoginAs, state: AppState) -> None:
    admin = await login_as(Role.ADMIN)
    async with state.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO journal (life, audited, ip, actor, kind, entity, entity_id)"
                " SELECT 'kept', true, '', 'system', 'step.' || n, 'group', n FROM generate_series(1, 120) n"
            )
        )
    address, seen, page = "/settings/audit?entity=group", [], ""
    for rel in ("next", "next", "prev", "prev", ""):
        page = (await admin.get(address)).text
        seen.append([int(found) for found in re.findall(r'data-action="step\.(\d+)"', page)])
        found = re.search(rf'href="([^"]*)"[^>]*rel="{rel}"', page) if rel else None
        address = found[1].replace("&amp;", "&") if found else ""
    newest, middle, oldest = (
        list(range(120, 70, -1)),
        list(range(70, 20, -1)),
        list(range(20, 0, -1)),
    )
    assert seen == [newest, middle, oldest, middle, newest]
    assert 'rel="prev" aria-disabled="true"' in page
