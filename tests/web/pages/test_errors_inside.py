"""Refusals are shown within the app; unknown filters are ignored, and the page says so."""

import re

import httpx
import pytest

from domain.permissions import WORDS, Permission, Role
from services import tokens
from tests.conftest import LoginAs
from web.rendering import environment

pytestmark = pytest.mark.fault("8B7")

NO_ID = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.AGENT, "/settings/team", 403),
        (Role.AGENT, "/settings/audit", 403),
        (Role.AGENT, "/channels/new", 403),
        (Role.ADMIN, "/nothing/here", 404),
        (Role.ADMIN, f"/campaigns/{NO_ID}", 404),
        (Role.ADMIN, "/campaigns/no-id", 404),
        (Role.ADMIN, f"/contacts/{NO_ID}", 404),
        (Role.ADMIN, "/contacts/no-id", 404),
        (Role.ADMIN, "/static/nothing.css", 404),
    ],
)
async def test_a_refusal_stands_in_the_app(
    login_as: LoginAs, role: Role, path: str, status: int
) -> None:
    answer = await (await login_as(role)).get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert 'class="sidebar"' in answer.text
    assert "<h1" in answer.text


async def test_a_refusal_says_what_the_role_lacks_in_words(login_as: LoginAs) -> None:
    """For every permission that an agent lacks; no page names one as code does."""
    agent = await login_as(Role.AGENT)
    lacking = {
        "/settings/team": "seeing the team",
        "/settings/audit": "seeing the audit log",
        "/channels/new": "connecting WhatsApp numbers",
        "/campaigns": "seeing campaigns",
        "/settings/tokens": "creating API tokens",
        "/contacts/export.csv": "exporting people",
    }
    for path, about in lacking.items():
        said = (await agent.get(path, headers={"accept": "text/html"})).text
        assert f"Your role does not include {about}. Ask an administrator" in said, path
    assert set(WORDS) == set(Permission) - tokens.NOT_SCOPES
    assert not [text for text in WORDS.values() if ":" in text or "_" in text]


async def test_a_wrong_method_stands_in_the_app_too(login_as: LoginAs) -> None:
    answer = await (await login_as()).get("/settings/sessions/end-others")
    assert 'class="sidebar"' in answer.text


WRONG = (
    "/contacts?group=nonsense", f"/contacts?group={NO_ID}", "/contacts?consent=maybe",
    "/contacts?sort=up", "/campaigns?status=nonsense", "/campaigns?after=nonsense",
    "/templates?status=NONSENSE", "/templates?category=nonsense", "/templates?language=xx",
    "/templates?after=nonsense", "/settings/audit?person=nonsense",
    "/settings/audit?since=nonsense", "/settings/audit?until=nonsense",
    "/settings/audit?entity=nonsense", "/settings/audit?before=nonsense",
    "/settings/webhooks/aside?state=nonsense", "/settings/webhooks?outcome=nonsense", "/inbox?view=nonsense", "/inbox?status=nonsense",
    "/inbox?unread=nonsense",
)  # fmt: skip


@pytest.mark.parametrize("path", WRONG)
async def test_a_wrong_filter_is_left_out_with_a_note(login_as: LoginAs, path: str) -> None:
    admin = await login_as()
    answer = await admin.get(path, follow_redirects=True)
    assert answer.status_code == 200
    said = re.search(r"Left out of the address[^<]*", answer.text)
    assert said is not None
    assert path.partition("=")[2] in said[0]


async def test_right_filters_stay_and_are_not_remarked_on(login_as: LoginAs) -> None:
    admin = await login_as()
    for path in (
        "/contacts?consent=out&sort=name",
        "/inbox?view=mine&status=all",
        "/campaigns?status=",
    ):
        assert "Left out of the address" not in (await admin.get(path)).text
    kept = await admin.get("/campaigns?status=nonsense&q=spring")
    assert kept.status_code == 200
    assert "nonsense" in kept.text
    assert not re.search(r'(?:href|hx-get)="[^"]*nonsense', kept.text)


async def test_programs_still_get_a_refusal(login_as: LoginAs) -> None:
    admin: httpx.AsyncClient = await login_as()
    assert (await admin.get("/api/campaigns?status=nonsense")).status_code == 422


@pytest.mark.parametrize(
    ("tone", "glyph"),
    [("danger", "danger"), ("warning", "warning"), ("info", "info"), ("success", "success")],
)
def test_a_toast_has_the_icon_of_its_tone(tone: str, glyph: str) -> None:
    drawn = environment().from_string("{{ ui.flash('x', tone) }}").render(tone=tone)
    assert re.findall(r"toast-icon-(\w+)", drawn) == [glyph]
