"""Takes the documentation's screenshots from a real run: `python -m tests.e2e.screenshots docs/images`."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.async_api import Page, expect

from services import samples
from tests.e2e.browser import HEIGHT, Visitor, chromium
from tests.e2e.campaign import Counters
from tests.e2e.stage import Stage
from tests.e2e.stories import draft, ended, import_people, sign_in_program, talk

WIDE, NARROW = 1440, 390
SCHEMES = ("light", "dark")
CAMPAIGN = "Spring sale, opening day"
CUSTOMER, CUSTOMER_NAME = "15195550123", "Andrej Sesay"
KNOBS = {"reply_share": 0.01, "reply_ms": [800, 4000], "failures": {"131026": 0.012}}
TALK = (
    ("customer", "Hi! Is the blue lamp still in stock?"),
    ("agent", "Hello Andrej, yes: three are left. Shall I put one aside for you?"),
    ("customer", "That would be wonderful 😊 Do you open on Sunday?"),
    ("agent", "On Sunday from *ten to four*. It waits for you at the counter."),
    ("customer", "Perfect, see you then!"),
)

Step = Callable[[Page], Awaitable[object]]


@dataclass
class Photographer:
    """Opens a page in both schemes and writes what it shows."""

    visitor: Visitor
    folder: Path

    async def take(
        self, name: str, path: str, *, width: int = WIDE, prepare: Step | None = None
    ) -> None:
        """``name-light.png`` and ``name-dark.png`` of one page."""
        page = await self.visitor.open(path, width=width, signed_in=":" not in path)
        if prepare is not None:
            await prepare(page)
        await page.wait_for_load_state("load")
        await asyncio.sleep(1.0)  # live pages are never idle
        await self.shoot(page, name)
        await page.context.close()

    async def shoot(self, page: Page, name: str) -> None:
        """The page as it is now, in both schemes."""
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await asyncio.sleep(0.35)
            await page.screenshot(path=self.folder / f"{name}-{scheme}.png")
        sys.stdout.write(f"{name}\n")


async def pictures(stage: Stage, folder: Path) -> None:
    """Tell a small story and take a picture of each chapter."""
    async with (
        chromium() as browser,
        httpx.AsyncClient(base_url=stage.stack.simulator_url, timeout=30) as simulator,
        httpx.AsyncClient(base_url=stage.stack.urls.app, timeout=30) as program,
    ):
        visitor = Visitor(browser, stage.stack.urls.app, stage.email, stage.password)
        camera = Photographer(visitor, folder)
        await sign_in_program(program, stage.email, stage.password)
        await earlier_days(program)
        await camera.take("import-preview", "/contacts/import", prepare=checked_file)
        await import_people(program)
        await camera.take("templates", "/templates")
        await live_campaign(camera, program, stage.stack.simulator_url)
        await conversations(camera, program, simulator, stage)
        await camera.take("phone", f"{stage.stack.urls.phone}/{CUSTOMER}")


async def earlier_days(program: httpx.AsyncClient) -> None:
    """Something that happened before."""
    for name in ("Orders ready, Tuesday", "Orders ready, Wednesday"):
        campaign = await draft(program, name)
        await program.post(f"/api/campaigns/{campaign}/execute")
        await ended(program, campaign)


async def checked_file(page: Page) -> None:
    """Walk through the import up to the counts."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "spring-customers.csv")
        file.write_text("".join(samples.contacts_csv(5_000)), "utf-8")
        await page.get_by_label("Drop a table here").set_input_files(file)
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_label("New group").fill("Spring sale")
        await page.get_by_role("button", name="Check the file").click()
        await expect(page.get_by_text("5,000 rows = ")).to_be_visible()


async def live_campaign(
    camera: Photographer, program: httpx.AsyncClient, simulator_url: str
) -> None:
    """The wizard's message step, then the dashboard and the page in the middle of sending."""
    picture = f"{simulator_url}/_sim/sample/spring.png"
    campaign = await draft(
        program, CAMPAIGN, group="Spring sale", message="spring_sale", picture=picture, throttle=90
    )
    await camera.take("wizard-message", f"/campaigns/{campaign}/message")
    (await program.post(f"/api/campaigns/{campaign}/execute")).raise_for_status()
    page = await camera.visitor.open(f"/campaigns/{campaign}")
    counters = await Counters.watch(page)
    await counters.reach(800)
    await program.post(f"/api/campaigns/{campaign}/pause")
    await asyncio.sleep(5)
    await program.post(f"/api/campaigns/{campaign}/resume")
    await program.put(f"/api/campaigns/{campaign}/throttle", json={"per_second": 150})
    await counters.reach(1_900)
    await camera.take("dashboard", "/")
    await counters.reach(2_800)
    await camera.shoot(page, "campaign-live")
    await page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    await camera.shoot(page, "campaign-phone")
    await page.context.close()
    await program.put(f"/api/campaigns/{campaign}/throttle", json={"per_second": None})
    await ended(program, campaign)


async def conversations(
    camera: Photographer,
    program: httpx.AsyncClient,
    simulator: httpx.AsyncClient,
    stage: Stage,
) -> None:
    """A customer and an agent talk; others wait in the list."""
    conversation = await talk(program, simulator, CUSTOMER, TALK[0][1], CUSTOMER_NAME)
    async with httpx.AsyncClient(base_url=stage.stack.urls.app) as agent:
        login = {"email": stage.email, "password": stage.password}
        signed_in = (await agent.post("/api/auth/login", json=login)).raise_for_status()
        agent.headers["X-CSRF-Token"] = signed_in.json()["csrf_token"]
        for speaker, words in TALK[1:]:
            if speaker == "agent":
                body = {"contact_id": conversation["contact_id"], "text": {"body": words}}
                (await agent.post("/api/messages/send", json=body)).raise_for_status()
            else:
                await talk(program, simulator, CUSTOMER, words, CUSTOMER_NAME)
            await asyncio.sleep(1.5)
            await simulator.post(f"/_sim/customers/{CUSTOMER}/read")
    page = await camera.visitor.open(f"/inbox/{conversation['id']}")
    await asyncio.sleep(2)  # the page tells that the newest message is read
    await page.context.close()
    await camera.take("inbox", f"/inbox/{conversation['id']}?panel=contact")
    await camera.take("inbox-phone", f"/inbox/{conversation['id']}", width=NARROW)


def main() -> None:
    """Start a demo, tell the story, stop it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="whatsway-pictures-") as data,
        Stage(Path(data), **KNOBS) as stage,
    ):
        asyncio.run(pictures(stage, folder))


if __name__ == "__main__":
    main()
