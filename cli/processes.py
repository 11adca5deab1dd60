"""The product's processes one by one: api, worker, simulator, migrate."""

import asyncio
import contextlib
import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.wording import say
from cli import database, environment
from cli.problems import Problem
from settings import Settings

if TYPE_CHECKING:
    from cli.contact_names import Lookup


def require(settings: Settings, *fields: str) -> None:
    """Report a missing address instead of failing somewhere inside."""
    for field in fields:
        if getattr(settings, field) is None:
            raise Problem(
                f"{environment.variable(field)} is not set: set it, or use `whatsway up`, "
                "which brings its own PostgreSQL and Temporal."
            )


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Import with the garbage collector off, then exclude the imported objects from later collections.

    It would scan permanent objects again and again, which takes a sixth of the startup time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def api() -> None:
    """Serve the pages, the JSON API and the webhook (needs DATABASE_URL and TEMPORAL_ADDRESS)."""
    settings = environment.load()
    require(settings, "database_url", "temporal_address")
    with loading():
        import uvicorn

        from cli import logs, serving
        from services.vault import MissingSetting
        from web.app import create_app

        logs.configure(settings.log_level)
        assert settings.database_url is not None
        database.refuse_newer(settings.database_url)
        try:
            app = create_app(settings)
        except MissingSetting as missing:
            raise Problem(say(missing.sentence)) from missing
    serving.keep_on_disk(settings.data_dir)
    uvicorn.run(app, host=settings.host, port=settings.port, **serving.options())


def worker() -> None:
    """Run workflows and activities (needs DATABASE_URL and TEMPORAL_ADDRESS)."""
    settings = environment.load()
    require(settings, "database_url", "temporal_address")
    with loading():
        import worker as worker_process
        from cli import logs
        from services.vault import MissingSetting

    logs.configure(settings.log_level)
    if settings.worker_ready_file is not None:
        settings.worker_ready_file.unlink(missing_ok=True)
    assert settings.database_url is not None
    database.refuse_newer(settings.database_url)
    try:
        worker_process.main(settings)
    except MissingSetting as missing:
        raise Problem(say(missing.sentence)) from missing


def simulator(
    config: Annotated[Path | None, typer.Option(help="A JSON file with SimulatorConfig.")] = None,
) -> None:
    """Serve the local WhatsApp Cloud API at SIMULATOR_URL, calling back PUBLIC_URL/api/webhook."""
    settings = environment.load()
    from cli.addresses import SIMULATOR_URL, port_of
    from simulator.app import run
    from simulator.config import SimulatorConfig

    address = (settings.simulator_url or SIMULATOR_URL).rstrip("/")
    given: dict[str, Any] = {
        "public_url": address,
        "webhook_url": f"{settings.public_url.rstrip('/')}/api/webhook",
    }
    if config is not None:
        try:
            given |= json.loads(config.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Problem(f"{config} is not a readable JSON file: {error}.") from error
    with contextlib.suppress(KeyboardInterrupt):
        run(
            SimulatorConfig.model_validate(given), settings.host, port_of(address), _names(settings)
        )


def _names(settings: Settings) -> "Lookup | None":
    """In the demo, people on the phone page have their contact's name."""
    if not settings.is_demo or settings.database_url is None:
        return None
    from cli.contact_names import lookup

    return lookup(settings.database_url)


def migrate() -> None:
    """Bring the database to the newest schema; safe to repeat, even by two processes at once."""
    settings = environment.load()
    asyncio.run(_migrate(settings))


async def _migrate(settings: Settings) -> None:
    async with database.reach(settings, as_owner=True) as url:
        await asyncio.to_thread(database.upgrade, url, settings.database_owner_url)
