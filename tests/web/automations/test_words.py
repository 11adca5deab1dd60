"""The builder's words: every one it asks for is on its page, and none is there for nothing."""

import json
import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path

import httpx

from domain.automations import nodes, triggers
from domain.automations.conditions import Operator, Subject
from domain.automations.contents import KINDS
from domain.automations.nodes import AnswerType, Gap, MatchMode, Unit
from domain.automations.states import Ending, WaitsFor
from domain.automations.status import AutomationStatus
from domain.automations.triggers import Entry, Timing
from domain.calendars import DAYS
from tests.conftest import LoginAs
from web.build_assets import FRONTEND

BUILDER = FRONTEND / "src" / "builder"
ASKED = re.compile(r"""\b(?:t|many)\(\s*["`]([^"`]+)["`]""")
CHOSEN = re.compile(r"""\b(?:t|many)\(([a-z][^()]*\?[^)]*)\)""")
FORMS = ("_one", "_few", "_many", "_other")


async def words(client: httpx.AsyncClient) -> dict[str, str]:
    made = await client.post("/automations", data={"starter": ""})
    shown = (await client.get(made.headers["location"])).text
    found = re.search(r'id="builder-words">(.*?)</script>', shown, re.DOTALL)
    assert found is not None
    said: dict[str, str] = json.loads(unescape(found[1]))
    return said


def asked() -> tuple[set[str], set[str]]:
    """The keys the sources name, and the beginnings of those that they put together."""
    keys: set[str] = set()
    for path in (*BUILDER.rglob("*.ts"), *BUILDER.rglob("*.tsx")):
        source = Path(path).read_text("utf-8")
        keys.update(ASKED.findall(source))
        for choice in CHOSEN.findall(source):
            keys.update(re.findall(r'[?:] "([a-z_.]+)"', choice))
    whole = {key for key in keys if "${" not in key}
    return whole, {key.partition("${")[0] for key in keys - whole}


def plain(key: str, said: dict[str, str]) -> str:
    """A key without the ending of its plural form."""
    without = (key.removesuffix(form) for form in FORMS if key.endswith(form))
    return next((one for one in without if f"{one}_other" in said), key)


async def test_every_word_is_there_and_none_for_nothing(login_as: LoginAs) -> None:
    said = await words(await login_as())
    there = {plain(key, said) for key in said} | set(said)
    whole, begun = asked()
    assert {key for key in whole if key not in there} == set()
    assert {start for start in begun if not any(key.startswith(start) for key in said)} == set()
    known = {plain(key, said) for key in said} - whole
    assert {key for key in known if not key.startswith(tuple(begun | {"branch."}))} == set()


async def test_every_type_and_choice_of_the_domain_has_a_name(login_as: LoginAs) -> None:
    said = await words(await login_as())
    types = (*nodes.TYPES, *triggers.TYPES)
    wanted = [f"{kind}.{name}" for kind in ("type", "about") for name in types]
    named: dict[str, Iterable[str]] = {
        "content": KINDS, "subject": Subject, "operator": Operator, "gap": Gap, "mode": MatchMode,
        "accepts": AnswerType, "rule": Entry, "timing": Timing, "day": DAYS, "ending": Ending,
        "waits": WaitsFor, "status": AutomationStatus, "unit": Unit,
    }  # fmt: skip
    for prefix, names in named.items():
        wanted += [f"{prefix}.{name}" for name in names]
    for make in (*nodes.TYPES.values(),):
        wanted += [f"branch.{name}" for name in nodes.branches(make())]
    assert [key for key in wanted if key not in said] == []
