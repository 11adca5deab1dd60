"""One rule for every page: unknown filters in an address are ignored, and the page says so."""

import asyncio
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncSession

from api.limits import RateLimiter
from api.parameters import fields_of, names_of
from api.state import AppState
from domain.ids import new_id
from domain.permissions import Role
from tests import factories
from tests.api.openapi.test_fuzz import furnish
from tests.conftest import LoginAs
from web.ignored import FILES

pytestmark = pytest.mark.fault("8B7")

ANY_WORDS = {"q", "number", "phone", "text", "next", "cursor", "after", "entity_id"}
"""Any words will do in these, or they are a place in a list, which is tried on its own."""

NOTE = re.compile(r"Left out of the address[^<]*")
MOVING = re.compile(r"<time.*?</time>|<[^>]*>", re.DOTALL)


def pages(app: FastAPI, known: dict[str, str]) -> Iterator[tuple[str, list[Any]]]:
    """Every whole page for people with its parameters."""
    for route in iter_route_contexts(app.routes):
        pattern = route.path or ""
        if "GET" not in (route.methods or ()) or pattern.startswith(("/api", "/docs", "/static")):
            continue
        if pattern.endswith(FILES) or getattr(route, "dependant", None) is None:
            continue
        path = re.sub(r"\{([a-z_]+)[^}]*\}", lambda it: known.get(it[1], str(uuid4())), pattern)
        yield path, list(fields_of(route.dependant))


def seen(answer: httpx.Response) -> str:
    """A page without its note and the parts that differ each time."""
    main = answer.text.partition("<main")[2]
    return re.sub(r"\s+", " ", MOVING.sub(" ", NOTE.sub("", main))).strip()


async def test_every_page_leaves_out_what_it_does_not_know_and_says_so(
    app: FastAPI, state: AppState, session: AsyncSession, login_as: LoginAs
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    admin = await login_as()
    wrong, tried, led_to = [], 0, dict[tuple[str, ...], str]()
    for path, fields in pages(app, await furnish(admin, session, state)):
        plain = await admin.get(path)
        assert plain.status_code < 500, path
        if plain.status_code != 200 or "<main" not in plain.text:
            continue
        led_to |= {kind_of(address): address for address in asks(plain.text)}
        names = [name for field in fields for name in names_of(field)]
        stands = bool(set(names) - {"part"})  # the others tell how things are now
        typed = {name: f"odd-{name}" for name in names if name not in ANY_WORDS}
        stored = {name: f"{name}\0" for name in names if name != "next"}
        for odd in ({**typed, "spaceship": "mars"}, stored):
            if not odd:
                continue
            answer = await admin.get(f"{path}?{urlencode(odd)}")
            note = NOTE.search(unescape(answer.text))
            said = note[0] if note else ""
            tried += len(odd)
            if answer.status_code != 200 or not all(
                it.replace("\0", "␀") in said for it in odd.values()
            ):
                wrong.append(f"{path}?{odd}: {answer.status_code} {said}")
            elif stands and seen(answer) != seen(plain):
                wrong.append(f"{path}?{odd}: {seen(plain)[:400]} became {seen(answer)[:400]}")
    assert wrong == []
    assert tried > 100
    notes = [address for address in led_to.values() if NOTE.search((await admin.get(address)).text)]
    assert notes == []  # and no page of ours asks for what another does not know
    assert len(led_to) > 15


LINKS = re.compile(r'(?:href|hx-get)="(/[^"#]*\?[^"#]*)"')
FORMS = re.compile(r'<form[^>]*method="get"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
ENTERED = re.compile(r'<(?:input|select)[^>]*\bname="([^"]+)"')


def asks(shown: str) -> Iterator[str]:
    """Every address with a filter that a page leads to, by a link or a form."""
    for form, inside in FORMS.findall(shown):
        yield f"{form}?{urlencode(dict.fromkeys(ENTERED.findall(inside), ''))}"
    yield from map(unescape, LINKS.findall(shown))


def kind_of(address: str) -> tuple[str, ...]:
    """Links of one kind differ in their values only."""
    place, _mark, query = address.partition("?")
    return (place, *sorted(dict(parse_qsl(query, keep_blank_values=True))))


@pytest.fixture
async def failed(session: AsyncSession, state: AppState) -> UUID:
    """A campaign of three people, none of whom failed."""
    made = await factories.campaign(session, state.vault, 3)
    await session.commit()
    return made.id


async def test_a_wrong_cause_shows_everybody_and_says_so(login_as: LoginAs, failed: UUID) -> None:
    admin = await login_as()
    page = (await admin.get(f"/campaigns/{failed}/recipients?cause=nonsense")).text
    assert "nonsense" in NOTE.search(page)[0]  # type: ignore[index]
    assert "Nobody is in this list" not in page
    part = await admin.get(
        f"/campaigns/{failed}/recipients/group?cause=nonsense", headers={"HX-Request": "true"}
    )
    assert part.status_code == 422  # a dialog about some must not open about all
    file = await admin.get(f"/campaigns/{failed}/recipients.csv?cause=x")
    assert file.headers["location"] == f"/campaigns/{failed}/recipients?cause=x"


@pytest.mark.parametrize("form", [{"cause": "nonsense"}, {"q": "zzzz"}, {"state": "failed"}])
async def test_no_empty_group_is_made_of_nobody(
    login_as: LoginAs, failed: UUID, form: dict[str, str]
) -> None:
    admin = await login_as()
    await admin.post(f"/campaigns/{failed}/recipients/group", data={**form, "name": "Nobody"})
    assert "Nobody" not in (await admin.get("/api/groups")).text


async def test_several_may_make_the_same_group_at_once(login_as: LoginAs, failed: UUID) -> None:
    admin = await login_as()
    address, form = f"/campaigns/{failed}/recipients/group", {"name": "Together"}
    answers = await asyncio.gather(*(admin.post(address, data=form) for _one in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert all("/contacts?group=" in answer.headers["location"] for answer in answers)
    assert (await admin.get("/api/groups")).text.count('"Together"') == 1


async def test_a_filter_that_is_none_is_refused_where_something_is_done(login_as: LoginAs) -> None:
    admin = await login_as()
    await admin.post("/api/contacts", json={"phone": "+34600111222", "name": "Ana"})
    for wrong in ({"consent": "maybe"}, {"group": "nonsense"}):
        form = {"all": "1", "action": "opt_out", **wrong}
        assert (await admin.post("/contacts/bulk", data=form)).status_code == 422
        assert (await admin.get("/contacts/export.csv", params=wrong)).status_code == 303
    gone = f"group={new_id()}"
    answer = await admin.get(f"/contacts/export.csv?{gone}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/contacts?{gone}")
    assert "Left out of the address" in (await admin.get(answer.headers["location"])).text


async def test_what_is_gone_meanwhile_is_told_in_a_part_of_a_page_too(login_as: LoginAs) -> None:
    admin = await login_as(Role.AGENT)
    part = await admin.get(f"/contacts?group={new_id()}", headers={"HX-Request": "true"})
    assert "Left out of the address" in part.headers["hx-trigger"]


async def test_an_empty_archive_says_so(login_as: LoginAs) -> None:
    admin = await login_as()
    await admin.post("/api/campaigns", json={"name": "Spring"})
    page = (await admin.get("/campaigns?archived=1")).text
    assert "Nothing is in the archive." in page
    assert "Change the search" not in page
