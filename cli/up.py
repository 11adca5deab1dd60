"""`whatsway up`: PostgreSQL, Temporal, API and worker, supervised; no demo data, no simulator."""

import asyncio

from cli import console, environment
from cli.run import until_signal
from cli.stack import Stack


def up() -> None:
    """Start the product and keep it running; DATABASE_URL and TEMPORAL_ADDRESS replace the built-in ones."""
    settings = environment.load()
    stack = Stack(settings.data_dir, settings=settings, report=console.say)
    asyncio.run(until_signal(stack, show))


def show(stack: Stack, seconds: float) -> None:
    """The addresses, and how to make the first user."""
    console.say(f"ready in {seconds:.1f} s, data in {stack.data.path}")
    urls = stack.urls
    rows = [
        ("App", urls.app),
        ("API docs", urls.docs),
        ("Temporal", urls.temporal_ui),
        ("First user", "whatsway user create you@example.com --role admin"),
    ]
    console.links(urls, rows)
