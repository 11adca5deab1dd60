"""`whatsway demo`: the whole product with the simulator, demo data and a generated login."""

import asyncio
import json
import secrets

from cli import console, environment
from cli.datafolder import DataFolder
from cli.run import until_signal
from cli.stack import Parts, Stack
from settings import Settings

EMAIL = "demo@whatsway.example"
KEPT = "demo.json"


def demo() -> None:
    """Start everything with demo data and print four links; Ctrl-C stops, the next start continues."""
    settings = environment.load().model_copy(update={"environment": "demo"})
    asyncio.run(until_signal(prepare(settings), show))


def prepare(settings: Settings) -> Stack:
    """The stack of the demo: simulator included, seeded once its database is migrated."""
    data = DataFolder(settings.data_dir)
    data.create()
    stack = Stack(
        data.path,
        settings=settings,
        parts=Parts(simulator=True),
        simulator_config=simulator_config(data),
        report=console.say,
    )
    stack.after_migrate.append(seed)
    return stack


async def seed(stack: Stack) -> None:
    """Demo data; nothing changes when it is there already."""
    await stack.command("demo-seed")


def password(data: DataFolder) -> str:
    """The generated password of the demo's login, the same at every start."""
    return data.keep(KEPT, "password", lambda: secrets.token_urlsafe(12))


def simulator_config(data: DataFolder) -> dict[str, object]:
    """The secrets that the simulator and the demo channel share, made once per data folder."""
    return {
        "app_secret": data.keep(KEPT, "app_secret", lambda: secrets.token_hex(16)),
        "verify_token": data.keep(KEPT, "verify_token", lambda: secrets.token_urlsafe(16)),
        "access_tokens": [data.keep(KEPT, "access_token", lambda: "EAA" + secrets.token_hex(24))],
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
    """Write the demo data into the database; safe to run again."""
    asyncio.run(_seed(environment.load()))


async def _seed(settings: Settings) -> None:
    raise NotImplementedError(json.dumps(str(settings)))
