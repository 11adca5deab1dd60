"""`whatsway demo`: the whole product with the simulator, demo data and a generated login."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli import console, environment, probe
from cli.addresses import Parts, require_ports
from cli.datafolder import DataFolder
from cli.problems import Problem
from cli.processes import loading, require
from cli.run import until_signal
from cli.stack import Stack
from settings import Settings

if TYPE_CHECKING:
    from services.demo import DemoNumber

EMAIL = "demo@whatsway.local"
APP_SECONDS = 40.0
KEPT = "demo.json"


def demo() -> None:
    """Start everything with demo data and print four links; Ctrl-C stops, the next start continues."""
    settings = environment.load().model_copy(update={"environment": "demo"})
    asyncio.run(until_signal(prepare(settings), show))


def prepare(settings: Settings) -> Stack:
    """The demo's stack, including the simulator, seeded once its database is migrated."""
    data, parts = DataFolder(settings.data_dir), Parts(simulator=True)
    if not data.path.exists():  # a refusal leaves no folder behind
        require_ports(settings, parts)
    data.create()
    stack = Stack(
        data.path,
        settings=settings,
        parts=parts,
        simulator_config=simulator_config(data),
        report=console.say,
    )
    stack.after_migrate.append(seed)
    return stack


async def seed(stack: Stack) -> None:
    """Write the demo data; changes nothing if it exists already."""
    await stack.command("demo-seed")


def password(data: DataFolder) -> str:
    """The generated password of the demo's login, the same on every start."""
    return data.keep(KEPT, "password", lambda: secrets.token_urlsafe(12))


def simulator_config(data: DataFolder) -> dict[str, object]:
    """The secrets shared by the simulator and the demo channel, generated once per data folder."""
    return {
        "app_secret": data.keep(KEPT, "app_secret", lambda: secrets.token_hex(16)),
        "verify_token": data.keep(KEPT, "verify_token", lambda: secrets.token_urlsafe(16)),
        "access_tokens": [data.keep(KEPT, "access_token", lambda: "EAA" + secrets.token_hex(24))],
        "log_path": str(data.path.resolve() / "simulator.log"),
    }


def show(stack: Stack, seconds: float) -> None:
    """Four links and the login."""
    console.say(f"ready in {seconds:.1f} s, data in {stack.data.path}")
    urls = stack.urls
    rows = [
        ("App", urls.app),
        ("  login", f"{EMAIL}  {password(stack.data)}"),
        ("Temporal", urls.temporal_ui),
        ("API docs", urls.docs),
        ("Phone", urls.phone),
    ]
    console.links(urls, rows)


def demo_seed() -> None:
    """Write the demo data and connect the demo number; safe to run again."""
    settings = environment.load()
    require(settings, "database_url", "simulator_url")
    asyncio.run(_seed(settings))


async def _seed(settings: Settings) -> None:
    with loading():
        from services import demo as data
        from services.channels import account
        from services.vault import Vault
        from store.engine import Use, create_engine, create_sessions

    folder, vault = DataFolder(settings.data_dir), Vault.from_settings(settings)
    engine = create_engine(str(settings.database_url), pool_size=2, use=Use.COMMAND)
    sessions = create_sessions(engine)
    try:
        async with sessions() as session, session.begin():
            channel_id = await data.seed(
                session,
                vault,
                simulator_url=str(settings.simulator_url),
                number=demo_number(folder),
                admin_password=password(folder),
            )
        await answering(settings)
        async with account.client(settings) as api:
            connected = await data.connect(
                sessions,
                vault,
                api,
                channel_id,
                public_url=settings.public_url,
                clock=lambda: datetime.now(UTC),
            )
    finally:
        await engine.dispose()
    if not connected:
        print("The demo number is not connected yet: see Channels for what is missing.")


def demo_number(folder: DataFolder) -> "DemoNumber":
    """The simulator's first number with this data folder's secrets."""
    from services.demo import DemoNumber
    from simulator.config import SimulatorConfig

    config = SimulatorConfig.model_validate(simulator_config(folder))
    return DemoNumber(
        phone_number_id=config.numbers[0].id,
        waba_id=config.waba_id,
        access_token=config.access_tokens[0],
        app_secret=config.app_secret,
        verify_token=config.verify_token,
    )


async def answering(settings: Settings) -> None:
    """Return once the app, which starts at the same time, answers."""
    deadline = time.monotonic() + APP_SECONDS
    while not await probe.http_ok(settings.port, "/ready"):
        if time.monotonic() > deadline:
            raise Problem("The app does not answer, so the demo number cannot be connected.")
        await asyncio.sleep(0.1)
