"""A marketer's actions: the wizard's steps, and watching a campaign's page."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

import httpx
from playwright.async_api import Page, expect

from tests.eventually import eventually

PEOPLE = 4_973
"""How many of the sample's 5,000 rows can be written to."""


async def choose_audience(page: Page, name: str, group: str) -> None:
    """Step 1; the reach follows while one types."""
    await page.get_by_label("Campaign name").fill(name)
    await page.get_by_role("checkbox", name=re.compile(f"^{group}")).check()
    await expect(page.get_by_text("Saved just now")).to_be_visible()
    reach = page.get_by_role("region", name="Reach")
    await expect(reach).to_contain_text(re.compile(r"[1-9][\d,]*\s+people get this message"))
    await page.get_by_role("button", name="Continue").last.click()


async def choose_message(page: Page, template: str, picture: str) -> None:
    """Step 2: the picker, then each variable: a field with a default, or a text."""
    await page.get_by_role("button", name=f"Use {template}").first.click()
    await expect(page.get_by_role("heading", name="Variables")).to_be_visible()
    for slot in await page.get_by_role("group").filter(has=page.get_by_role("combobox")).all():
        text = slot.get_by_role("textbox")
        label = str(await text.get_attribute("aria-label"))
        if "picture" in label.lower() or "image" in label.lower():
            await text.fill(picture)
            continue
        await slot.get_by_role("combobox").select_option(label="First name")
        await text.fill("friend")
    await expect(page.get_by_text("Saved just now")).to_be_visible()
    phone = page.get_by_role("group", name="How it looks on a phone")
    await expect(phone).not_to_contain_text("{{")
    await page.get_by_role("button", name="Next recipient").click()
    await page.get_by_role("button", name="Continue").last.click()


async def choose_speed(page: Page, per_second: int) -> None:
    """Step 3."""
    await page.get_by_role("radio", name=re.compile("Slower")).check()
    await page.get_by_role("spinbutton", name="Messages per second").fill(str(per_second))
    await expect(page.locator("#plan")).to_contain_text(f"{per_second} messages per second")
    await page.get_by_role("button", name="Continue").last.click()


async def launch(page: Page, people: int | None) -> str:
    """Step 4: the button carries the number; returns the campaign's id."""
    number = f"{people:,}" if people else r"[\d,]+"
    await page.get_by_role("button", name=re.compile(f"^Send to {number}$")).click()
    await page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}$"))
    return str(UUID(page.url.rsplit("/", 1)[1]))


@dataclass
class Counters:
    """The reconciliation line of an open campaign page; every look checks that it adds up."""

    page: Page
    total: int = 0
    looks: list[dict[str, int]] = field(default_factory=list)

    @classmethod
    async def watch(cls, page: Page) -> Self:
        """Start watching; from here on a reload would be noticed."""
        await page.evaluate("window.watched = true")
        watching = cls(page)
        await watching.read()
        return watching

    async def read(self) -> dict[str, int]:
        """The terms now, by their words."""
        sentence = await eventually(self._sentence, "the audience is frozen")
        total, _, rest = sentence.partition("=")
        self.total = _number(total)
        terms = {
            words.strip(): _number(count)
            for count, words in re.findall(r"([\d,]+) ([a-z ]+)", rest)
        }
        assert sum(terms.values()) == self.total, sentence
        self.looks.append(terms)
        return terms

    async def _sentence(self) -> str:
        region = self.page.get_by_role("region", name="Reconciliation")
        words = await region.get_by_role("paragraph").first.inner_text()
        return re.sub(r"\s+", " ", words) if "=" in words else ""

    async def move(self, times: int, seconds: float = 30) -> None:
        """Return once the line changed so often, without a reload."""
        last = await self.read()

        async def moved() -> bool:
            return await self.read() != last

        for _ in range(times):
            await eventually(moved, "the counters move on", within=seconds)
            last = self.looks[-1]
        assert await self.same_document()

    async def reach(self, done: int, seconds: float = 60) -> None:
        """Return once so many people are no longer waiting."""

        async def reached() -> bool:
            waiting = (await self.read()).get("waiting", 0)
            return self.total - waiting >= done

        await eventually(reached, f"{done} are no longer waiting", within=seconds)

    async def stand(self) -> None:
        """Return once the line has not changed for a second: what was already booked is still sent."""

        async def still() -> bool:
            held = (await self.read()).get("waiting")
            await asyncio.sleep(1.0)
            return (await self.read()).get("waiting") == held

        await eventually(still, "nobody leaves any more")

    async def same_document(self) -> bool:
        """Whether the page has not been loaded again since the watch began."""
        return bool(await self.page.evaluate("window.watched === true"))


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


async def witness(
    simulator: httpx.AsyncClient, since: dict[str, int] | None = None
) -> dict[str, int]:
    """How many messages the simulator accepted for each number, less those of an earlier look."""
    counts: dict[str, int] = {}
    after: int | None = 0
    while after is not None:
        query: dict[str, str | int] = {"after": after, "limit": 10_000, "outcome": "accepted"}
        page = (await simulator.get("/_sim/calls", params=query)).json()
        for call in page["calls"]:
            counts[call["to"]] = counts.get(call["to"], 0) + 1
        after = page["next"]
    earlier = since or {}
    return {to: n - earlier.get(to, 0) for to, n in counts.items() if n > earlier.get(to, 0)}
