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
    """The addresses, and how to create the first user if there is none."""
    console.say(f"ready in {seconds:.1f} s, data in {stack.data.path}")
    urls = stack.urls
    rows = [
        ("App", urls.app),
        ("API docs", urls.docs),
        ("Temporal", urls.temporal_ui),
    ]
    if is_empty(str(stack.settings.database_url)):
        command = f"{console.own()} user create you@example.com --role admin"
        rows.append(("First user", command))
    console.links(urls, rows)


def is_empty(url: str) -> bool:
    """Whether the team is still empty, so that nobody could sign in."""
    import psycopg

    from store.engine import libpq_url

    try:
        with psycopg.connect(libpq_url(url), connect_timeout=3) as connection:
            row = connection.execute("SELECT NOT EXISTS (SELECT FROM users)").fetchone()
    except psycopg.Error:  # the app itself reports it
        return False
    return row is not None and bool(row[0])
