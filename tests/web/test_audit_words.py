"""The audit log in words, names and links; its times and days in one zone; numbers written one way."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import text

from api.state import AppState
from domain.ids import new_id
from domain.permissions import Role
from store.campaigns.unknowns import LOGGED
from tests.conftest import LoginAs
from web.settings import audit_words as words

pytestmark = pytest.mark.fault("8B7")

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
DYNAMIC = {
    *(f"campaign.{kind}" for kind in ("paused", "resumed", "stopped", "throttled", *LOGGED.values())),
    "campaign.archive", "campaign.restore", "conversation.assign", "conversation.status",
    "contacts.export", "import.export", "campaign_file.export", "campaign_recipients.export",
}  # fmt: skip


def written() -> set[str]:
    """Every action that the product writes into the log as it stands in the source."""
    found = set(DYNAMIC)
    for path in [
        *(ROOT / "services").rglob("*.py"),
        *(ROOT / "api").rglob("*.py"),
        *(ROOT / "web").rglob("*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called.endswith(("audit.record", "_recorded", "_note", "consent.tell")):
                found |= {
                    argument.value
                    for argument in ast.walk(node)
                    if isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and CODE.fullmatch(argument.value)
                }
    return found


def test_every_action_has_words() -> None:
    assert written() - words.actions().keys() == set()


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (True, "yes"), (False, "no"), (None, ""), ("", ""), (1234567, "1,234,567"), (1.5, "1.5"),
        ("+491711234567", "+49 171 1234567"), (["a", 2000], "a, 2,000"),
        ({"group_ids": ["x"], "is_open": True}, "Group ids: x, Is open: yes"),
        ("<b>", "&lt;b&gt;"), ("2026", "2026"), ("x" * 300, "x" * 199 + "…"),
    ],
)  # fmt: skip
def test_values_are_written_as_on_every_page(held: Any, shown: str) -> None:
    assert words.value(held) == Markup(shown)


def test_times_are_times() -> None:
    assert words.value("2026-11-27T14:00:00+00:00").startswith("<time datetime=")


def test_codes_become_words() -> None:
    assert words.plain("api_version") == "Api version"
    assert words.way("token:ww_abc") == "with the API token ww_abc…"
    assert words.way("command line") == "command line"
    assert words.way("user") == ""


async def put(
    state: AppState, action: str, entity: str, entity_id: object, at: str = "now()"
) -> None:
    async with state.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO audit_log (actor, action, entity, entity_id, at, after)"
                " VALUES ('system', :action, :entity, :id, CAST(:at AS timestamptz), '{\"people\": 12000}')"
            ),
            {"action": action, "entity": entity, "id": str(entity_id), "at": at},
        )


async def test_things_are_named_and_linked_while_they_exist(
    login_as: LoginAs, state: AppState
) -> None:
    admin = await login_as(Role.ADMIN)
    made = await admin.post("/api/groups", json={"name": "Early birds"})
    group = made.json()["id"]
    await put(state, "group.fill", "group", group)
    await put(state, "campaign.launch", "campaign", new_id())
    page = (await admin.get("/settings/audit")).text
    assert f'<a href="/contacts?group={group}">Early birds</a>' in page
    assert "made a group" in page
    assert "launched a campaign" in page
    assert "/campaigns/0" not in page  # gone: no link that leads nowhere
    assert "12,000" in page
    assert "group.fill<" not in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("zone=Europe/Madrid&since=2026-03-10&until=2026-03-10", True),
        ("zone=UTC&since=2026-03-10&until=2026-03-10", False),
        ("zone=America/New_York&since=2026-03-09&until=2026-03-09", True),
        ("zone=Nowhere/Land&since=2026-03-09&until=2026-03-09", True),
    ],
)
async def test_days_are_those_of_the_times_shown(
    login_as: LoginAs, state: AppState, query: str, seen: bool
) -> None:
    admin = await login_as(Role.ADMIN)
    await put(state, "campaign.launch", "campaign", new_id(), "2026-03-09 23:30:00+00")
    page = (await admin.get(f"/settings/audit?{query}")).text
    assert ("launched a campaign" in page) is seen
    assert "data-here-zone" in page


SHOWN = re.compile(r"{{(?:(?!}}).)*?display_phone_number(?:(?!}}).)*}}")


def test_numbers_of_channels_are_written_as_telephones() -> None:
    """Wherever a template prints one; those of contacts are walked for by the browser tests."""
    raw = [
        f"{path.name}: {found}"
        for path in (ROOT / "web" / "templates").rglob("*.html")
        for found in SHOWN.findall(path.read_text("utf-8"))
        if "display_phone_number|phone" not in found and "display_phone_number or" not in found
    ]
    assert raw == []
