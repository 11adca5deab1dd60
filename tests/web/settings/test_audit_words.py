"""The audit log in words: no code, no id and nothing empty, whatever is recorded; in one zone, with names and links."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from markupsafe import Markup
from sqlalchemy import text

from api.state import AppState
from domain.audit import AuditEntry
from domain.contacts import FIRST_NAME
from domain.ids import new_id
from domain.journal.facts import COLUMNS, KINDS
from domain.journal.rules import RULES
from domain.permissions import Role
from services.audit import NAMED, REFERENCES
from tests.conftest import LoginAs
from web.settings.audit import keys, values, words
from web.settings.audit.lines import Line, line, unsaid, way
from web.settings.audit.values import value

pytestmark = pytest.mark.fault("8B7")

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
LOOKS_LIKE_CODE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-|\b[a-z]+_[a-z_]+\b|\b[a-z]+:[a-z]|\bid\b|\bUrl\b|\bNone\b|[{}\[\]]|, *$"
)


def test_every_action_has_words() -> None:
    audited = {kind for kind, rule in RULES.items() if rule.audited}
    assert audited ^ words.actions().keys() == set()


def test_every_key_of_its_own_has_words() -> None:
    """Names that facts carry themselves; ``tests.recorded`` checks everything the whole suite records."""
    for kind, fact in KINDS.items():
        apart = {"before", "after", fact.key, *COLUMNS}
        own = {field.name for field in fields(fact)} - apart if RULES[kind].audited else set()
        assert {name for name in own if not keys.key_of(fact.entity, name)} == set(), kind


def samples(how: str) -> list[Any]:
    """What may be stored under this key."""
    if how in NAMED:
        return [str(uuid4()), [str(uuid4()), str(uuid4())]]
    known: dict[str, list[Any]] = {
        "mapping": [["phone", "", "field:city", "field:gone", "new:text", "consent"], {"a": "name", "b": ""}],
        "components": [[{"type": "BODY", "text": "Hello"}, {"buttons": [{"text": "Yes"}]}]],
        "language": ["en", "pt_BR"], "category": ["MARKETING", "UTILITY", "AUTHENTICATION"],
        "template_status": ["APPROVED", "PENDING_DELETION"], "zone": ["UTC", "Etc/UTC", "America/New_York"],
        "place": ["America/New_York"], "cause": ["expired", "code:131026", "unheard_of"],
        "another": [str(uuid4())], "variable": [{"body.1": {"field": "first_name", "default": ""}}],
        "id": ["1098765432"],
        "text": ["Ada", 12, 1.5, True, False, ["a", "b"], "2026-11-27T14:00:00+00:00", "+34600111222"],
    }  # fmt: skip
    codes = [*keys.codes().get(how, {}), "of_another_release"]
    return known.get(how) or [*codes, codes]


def entry(action: str, entity: str, entity_id: str, before: Any, after: Any) -> AuditEntry:
    """A line of the log."""
    at = datetime(2026, 11, 27, tzinfo=UTC)
    return AuditEntry(1, at, None, "", "system", action, entity, entity_id, before, after, "")


def told(said: Line) -> str:
    """Everything that a line shows, as it is read."""
    parts = [said.who, said.way, said.what, said.thing, *(change.text for change in said.changes)]
    return unescape(" | ".join(str(Markup(part).striptags()) for part in parts))


def test_whatever_is_recorded_is_told_in_words() -> None:
    names = {"field:city": "Stadt"}
    named = {name: key.how for name, key in keys.keys().items() if key.how in NAMED}
    assert named == REFERENCES
    wrong = []
    for entity, name in product(words.kinds(), keys.keys()):
        kind, _dot, short = name.rpartition(".")
        if kind not in ("", entity):
            continue
        for held in samples(keys.key_of(entity, short).how):  # type: ignore[union-attr]
            said = line(entry("group.filled", entity, str(uuid4()), None, {short: held}), names)
            empty = not all(it.after and it.label for it in said.changes)
            silent = not said.changes and not said.thing
            if LOOKS_LIKE_CODE.search(told(said)) or empty or silent:
                wrong.append((short, held, told(said)))
    for action, entity_id in product(words.actions(), (str(uuid4()), words.MANY)):
        said = line(entry(action, action.partition(".")[0], entity_id, None, None), names)
        if LOOKS_LIKE_CODE.search(told(said)) or action.partition(".")[2] == said.what:
            wrong.append((action, entity_id, told(said)))
    assert wrong[:20] == []


@pytest.mark.parametrize(
    "name", ["per_second", "throttle", "scheduled_at", "assignee_id", "brake_percent"]
)
def test_what_was_taken_away_is_told(name: str) -> None:
    (change,) = line(
        entry("campaign.edited", "campaign", str(uuid4()), {name: 5}, {name: None}), {}
    ).changes
    assert change.before
    assert change.after


def test_variables_are_told_before_and_after() -> None:
    before = {
        "body.1": {"field": FIRST_NAME, "default": "friend"},
        "body.2": {"field": "", "default": "Monday"},
        "header.1": {"field": "city", "default": ""},
    }
    after = {
        "body.1": {"field": "column:Shop name", "default": "friend"},
        "body.2": {"field": "", "default": "Monday"},
        "button.0.1": {"field": "gone", "default": ""},
    }
    names = {"field:city": "Town"}
    told = entry(
        "campaign.edited", "campaign", str(uuid4()), {"variables": before}, {"variables": after}
    )
    assert [change.text for change in line(told, names).changes] == [
        "Variable 1: First name, otherwise “friend” → Column “Shop name”, otherwise “friend”",
        "Button 0 · Variable 1: nothing → a deleted field",
        "Header · Variable 1: Town → nothing",
    ]


def test_nothing_is_told_as_merely_changed() -> None:
    held = [{"speed": {"a_b": 1, "c": True}}, {"speed": {"a_b": 2, "c": True}}]
    (change,) = line(entry("campaign.edited", "campaign", str(uuid4()), *held), {}).changes
    assert change.text == "Speed: A b: 1, C: yes → A b: 2, C: yes"


def test_what_has_no_words_is_found() -> None:
    assert unsaid("group.paint", "groupe", {"colour_code": 1}, {"role": "king"}) == [
        "the action group.paint", "the kind groupe", "the key colour_code of groupe",
        "'king' in role of groupe",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        (True, "yes"), (False, "no"), (None, ""), ("", ""), (1234567, "1,234,567"), (1.5, "1.5"),
        ("+491711234567", "+49 171 1234567"), (["a", 2000], "a, 2,000"),
        ("<b>", "&lt;b&gt;"), ("2026", "2026"), ("x" * 300, "x" * 199 + "…"),
        ("in\u202evoice", "in�voice"),
    ],
)  # fmt: skip
def test_values_are_written_as_on_every_page(held: Any, shown: str) -> None:
    assert value("text", held, {}) == Markup(shown)


def test_times_are_times() -> None:
    assert value("text", "2026-11-27T14:00:00+00:00", {}).startswith("<time datetime=")


def test_who_did_it_is_told() -> None:
    assert way("token:ww_abc", {"token:ww_abc": "Zapier"}) == "with the API token “Zapier”"
    assert way("token:ww_abc", {}) == "with an API token"
    assert way("command line", {}) == "command line"
    assert way("user", {}) == ""
    assert values.shown("Ada\u2067") == "Ada�"


async def put(
    state: AppState, action: str, entity: str, entity_id: object, at: str = "now()"
) -> None:
    async with state.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO journal (life, audited, ip, actor, kind, entity, entity_id, at, data)"
                " VALUES ('kept', true, '', 'system', :action, :entity, :id, CAST(:at AS timestamptz), '{\"people\": 12000}')"
            ),
            {"action": action, "entity": entity, "id": str(entity_id), "at": at},
        )


async def test_things_are_named_and_linked_while_they_exist(
    login_as: LoginAs, state: AppState
) -> None:
    admin = await login_as(Role.ADMIN)
    made = await admin.post("/api/groups", json={"name": "Early birds"})
    group = made.json()["id"]
    await put(state, "group.filled", "group", group)
    await put(state, "campaign.launched", "campaign", new_id())
    page = (await admin.get("/settings/audit")).text
    assert f'<a class="link" href="/contacts?group={group}">Early birds</a>' in page
    assert "created a group" in page
    assert "launched a campaign" in page
    assert "Campaign, deleted since" in page
    assert "/campaigns/0" not in page  # gone: no link that leads nowhere
    assert "12,000" in page
    assert "group.fill<" not in page


async def lines_of(admin: httpx.AsyncClient, query: str = "") -> list[str]:
    """What the page shows, line by line."""
    page = (await admin.get(f"/settings/audit{query}")).text
    found = re.findall(r"<li data-action.*?</li>", page, re.DOTALL)
    return [
        unescape(
            re.sub(r"\s+", " ", re.sub(r'<span class="sr-only">.*?</span>|<[^>]*>', " ", item))
        ).strip()
        for item in found
    ]


async def test_a_day_of_work_reads_in_words(login_as: LoginAs, state: AppState) -> None:
    admin = await login_as(Role.ADMIN)
    made = {"email": "ben@example.com", "name": "Ben Okri", "role": "agent"}
    ben = (await admin.post("/api/users", json=made)).json()
    ben = ben.get("user", ben)["id"]
    for step, form in (("role", {"role": "manager"}), ("password", {}), ("deactivate", {}), ("reactivate", {})):  # fmt: skip
        assert (await admin.post(f"/settings/team/{ben}/{step}", data=form)).status_code < 400, step
    field = (
        await admin.post("/api/fields", json={"label": "Körpergröße", "type": "number"})
    ).json()["key"]
    group = (await admin.post("/api/groups", json={"name": "Gold"})).json()["id"]
    person = {
        "phone": "+34611000941",
        "name": "Lea",
        "fields": {field: 181.5},
        "group_ids": [group],
    }
    lea = (await admin.post("/api/contacts", json=person)).json()["id"]
    await admin.put(f"/api/contacts/{lea}", json={"fields": {field: 182}, "group_ids": []})
    await admin.put(f"/api/contacts/{lea}", json={"name": "Lea"})  # as it was: no line
    await admin.post(
        f"/contacts/{lea}/state", data={"state": "opt_out", "note": "asked on the phone"}
    )
    ids = {"ids": [lea], "group_id": group}
    for action in ("add_to_group", "opt_in", "opt_out"):
        await admin.post("/api/contacts/bulk", json={**ids, "action": action})
    await admin.get(f"/contacts/export.csv?group={group}&consent=out&q=Lea")
    campaign = (await admin.post("/api/campaigns", json={"name": "Spring", "throttle": 5})).json()[
        "id"
    ]
    await admin.put(
        f"/api/campaigns/{campaign}", json={"audience": {"group_ids": [group]}, "throttle": None}
    )
    await admin.post(f"/campaigns/{campaign}/copy")
    await admin.post("/settings/tokens", data={"name": "bot", "scopes": ["contacts:read"]})
    await admin.post("/settings/profile", data={"name": "Ada", "timezone": "Etc/UTC"})
    profile = (await admin.get("/settings/profile")).text
    assert re.search(r'<option value="Etc/UTC"[^>]*selected[^>]*>\s*UTC\s*<', profile)
    lines = await lines_of(admin)
    wrong = [said for said in lines if LOOKS_LIKE_CODE.search(said.partition(" · ")[0])]
    assert wrong == []
    text = "\n".join(lines)
    for said in (
        "deactivated a colleague Ben Okri", "reactivated a colleague Ben Okri",
        "reset someone's password Ben Okri", "changed a colleague's role Ben Okri", "Role Agent → Manager",
    ):  # fmt: skip
        assert said in text, said
    for said in (
        "Körpergröße 181.5 → 182", "Groups Gold → nothing", "Reason asked on the phone",
        "Only the group Gold", "Only with consent Opted out", "Only the people you searched for yes",
        "Messages a second 5 → as fast as the number allows", "Copy of Spring",
        "May do seeing contacts", "My browser's time zone → UTC", "stopped marketing to contacts",
    ):  # fmt: skip
        assert said in text, (said, text)
    assert "34611000941" not in text
    assert sum("edited a campaign Spring" in said for said in lines) == 1
    assert sum("changed a contact" in said for said in lines) == 1


async def test_kinds_are_offered_once_and_mean_all_that_are_called_so(
    login_as: LoginAs, state: AppState
) -> None:
    admin = await login_as(Role.ADMIN)
    for entity in ("campaign", "campaign_file", "campaign_recipients", "contact", "contacts"):
        await put(state, f"{entity}.export", entity, new_id())
    page = (await admin.get("/settings/audit?entity=campaign")).text
    options = re.findall(r'<option value="([a-z_]+)"[^>]*>\s*([^<]*?)\s*</option>', page)
    labels = [label for name, label in options if name in words.kinds()]
    assert len(labels) == len(set(labels))
    assert "Campaign" in labels
    assert len(await lines_of(admin, "?entity=campaign")) == 3
    assert len(await lines_of(admin, "?entity=contact")) == 2


async def test_names_turn_nothing_around(login_as: LoginAs) -> None:
    admin = await login_as(Role.ADMIN)
    await admin.post("/api/contacts", json={"phone": "+34611000942", "name": "Ann\u202eelbat"})
    page = (await admin.get("/settings/audit")).text
    assert "\u202e" not in page


async def test_an_import_is_started_once_on_record(login_as: LoginAs) -> None:
    admin = await login_as(Role.ADMIN)
    table = {"file": ("people.csv", b"Name,Mobile\r\nOdd,+491713920001\r\n")}
    sent = await admin.post("/api/contacts/import", files=table, data={"dry_run": "true"})
    for _twice in range(2):
        await admin.post(f"/api/contacts/import/{sent.json()['id']}/start")
    lines = await lines_of(admin)
    assert sum("started an import" in said for said in lines) == 1, lines
    assert "Columns go to Name, WhatsApp number" in "\n".join(lines)


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
    await put(state, "campaign.launched", "campaign", new_id(), "2026-03-09 23:30:00+00")
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
