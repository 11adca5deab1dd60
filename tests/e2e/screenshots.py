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
from tests.e2e.stories import Item, draft, ended, import_people, items, sign_in_program, talk
from tests.eventually import eventually

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

BOOKED = (
    "I would like to book an appointment",
    "Treatment",
    "next week",
    "24/11/2027",
    "Morning",
    "Yes, book it",
)
VISITORS = {
    "34622000131": ("Ines Duarte", BOOKED),
    "34622000132": ("Milo Brandt", (*BOOKED[:2], "2/12/2027", "Afternoon", "Yes, book it")),
    "34622000133": ("Aya Moreau", (*BOOKED[:2], "3/12/2027", "Around noon")),
    "34622000134": ("Tom Okafor", (*BOOKED[:2], "as soon as possible")),
    "34622000135": ("Lena Fischer", ("Appointment please",)),
    "34622000136": ("Paula Costa", ("Can I book a consultation?", "Consultation")),
}
"""Who wants an appointment, and how far each of them gets; the first one's run has its picture taken."""

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
        await appointments(camera, program, simulator)
        await deliveries(camera, simulator)


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


async def appointments(
    camera: Photographer, program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    """An automation from a starter: drawn, tested, at work with several customers, and one of their runs."""
    quiet = {"reply_share": 0.0}  # customers say only what the story wants
    (await simulator.patch("/_sim/knobs", json=quiet)).raise_for_status()
    body = {"name": "Appointment", "starter": "appointment"}
    made = (await program.post("/api/automations", json=body)).raise_for_status().json()
    page = f"/automations/{made['id']}"
    publish = {"revision": made["revision"], "inside": "finish"}
    (await program.post(f"/api{page}/publish", json=publish)).raise_for_status()
    await asyncio.gather(*(visit(program, simulator, made["id"], phone) for phone in VISITORS))
    await camera.take("automation-builder", page, prepare=counted_step)
    await camera.take("automation-test", page, prepare=played_test)
    run = await run_of(program, made["id"], next(iter(VISITORS)))
    assert run is not None
    await camera.take("automation-run", f"/automations/runs/{run['id']}")


async def run_of(program: httpx.AsyncClient, automation: str, phone: str) -> Item | None:
    """A customer's run, with its steps."""
    runs = items(await program.get("/api/runs", params={"automation_id": automation}))
    found = next((run["id"] for run in runs if run["contact_phone"] == f"+{phone}"), None)
    run: Item | None = (await program.get(f"/api/runs/{found}")).json() if found else None
    return run


async def visit(
    program: httpx.AsyncClient, simulator: httpx.AsyncClient, automation: str, phone: str
) -> None:
    """A customer writes one thing after the other, each as an answer to the question before."""
    name, lines = VISITORS[phone]
    for count, line in enumerate(lines, 1):
        await talk(program, simulator, phone, line, name)

        async def answered(count: int = count) -> bool:
            run = await run_of(program, automation, phone)
            asked = sum(1 for step in run["steps"] if step["messages"]) if run else 0
            return asked >= count

        await eventually(answered, f"{name} got an answer")
        await simulator.post(f"/_sim/customers/{phone}/read")


async def deliveries(camera: Photographer, simulator: httpx.AsyncClient) -> None:
    """The webhook log, with something of an unknown kind among what came."""
    update = {"field": "group_settings_of_next_year", "value": {"surprise": 1}}
    (await simulator.post("/_sim/webhooks", json=update)).raise_for_status()
    await asyncio.sleep(2)
    await camera.take("webhook-log", "/settings/webhooks")


async def counted_step(page: Page) -> None:
    """The numbers of all time on the canvas, and a step in the inspector."""
    await page.get_by_label("Show counts").select_option("all")
    await page.locator('.react-flow__node[data-id="service"]').click()
    await expect(page.locator(".bn-through").first).to_be_visible()


async def played_test(page: Page) -> None:
    """The test, up to an answer that does not fit and one that does."""
    await page.get_by_role("button", name="Test", exact=True).click()
    await page.get_by_role("button", name="Start the test").click()
    chat = page.get_by_role("log", name="Conversation")
    await chat.get_by_role("button", name="See services").click()
    await chat.get_by_role("button", name="Treatment 60 minutes").click()
    for words, answer in (
        ("next week", "I could not read that"),
        ("24/11/2027", "what time of day"),
    ):
        await page.get_by_role("textbox", name="Write as the customer").fill(words)
        await page.keyboard.press("Enter")
        await expect(chat.get_by_text(answer)).to_be_visible()


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
