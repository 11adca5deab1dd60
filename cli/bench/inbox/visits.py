"""The pages of the inbox as an agent opens them, one after the other, and far ones by the pages' own links."""

import asyncio
import html
import re
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import httpx

GAP_S = 0.05
"""Between two pages: nobody clicks faster, and the API does not allow it."""

NAME, NUMBER, NOWHERE = "person", "346000", "zzqqxx"
"""A name that everybody has, part of everybody's number, and a name that nobody has."""

HTMX = {"HX-Request": "true"}
"""A click on a row or a button: the page fetches what changes."""

_FURTHER = (
    re.compile(r'<[^>]*class="[^"]*conversations-more[^>]*>'),
    re.compile(r"<[^>]*data-earlier[^>]*>"),
)
_WHERE = re.compile(r'(?:hx-get|href)="([^"]+)"')


def further(page: str) -> str | None:
    """Where the page's own link to what comes after it leads; None on the last one."""
    for link in _FURTHER:
        if (found := link.search(page)) and (where := _WHERE.search(found[0])):
            return html.unescape(where[1])
    return None


async def far(browser: httpx.AsyncClient, address: str, pages: int) -> str:
    """The address of the so many-th page after a first one, or of the last, by following links."""
    for _ in range(pages - 1):
        answer = (await browser.get(address, headers=HTMX)).raise_for_status()
        link = further(answer.text)
        if link is None:
            return address
        address = link
        await asyncio.sleep(GAP_S)
    return address


async def addresses(
    browser: httpx.AsyncClient, some: Sequence[UUID], longest: UUID, page: int
) -> Mapping[str, Sequence[str]]:
    """What is opened, by name: all addresses in turn."""
    firsts = {
        "list": "/inbox", "search": f"/inbox?q={NAME}", "longest thread": f"/inbox/{longest}",
    }  # fmt: skip
    distant = {
        f"{name}, page {page}": [await far(browser, address, page)]
        for name, address in firsts.items()
    }
    return {
        **{name: [address] for name, address in firsts.items()},
        **distant,
        "thread": [f"/inbox/{one}" for one in some],
        "search by number": [f"/inbox?q={NUMBER}{place % 100:02}" for place in range(len(some))],
        "search for nobody": [f"/inbox?q={NOWHERE}"],
    }


async def visit(
    browser: httpx.AsyncClient, wanted: Mapping[str, Sequence[str]], rounds: int, *, quiet: bool
) -> dict[str, list[float]]:
    """Seconds until each had loaded, by name."""
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for number in range(rounds):
        for name, places in wanted.items():
            asked = time.perf_counter()
            place = places[number % len(places)]
            (await browser.get(place, headers=HTMX)).raise_for_status()
            took[name].append(time.perf_counter() - asked)
            await asyncio.sleep(GAP_S)
        if not quiet:
            print(f"round {number + 1} of {rounds}", flush=True)
    return took
