"""`whatsway webhook`: what came from WhatsApp, and processing it again."""

import asyncio
from typing import Annotated

import typer

from cli import database, environment

app = typer.Typer(help="Webhook deliveries.", no_args_is_help=True)


@app.command()
def replay(
    first: Annotated[int, typer.Argument(help="Id of the first delivery.")],
    last: Annotated[
        int | None, typer.Argument(help="Id of the last one; default: just one.")
    ] = None,
) -> None:
    """Process deliveries again, dead letters included; what was applied before changes nothing."""
    asyncio.run(_replay(first, first if last is None else last))


@app.command("dead")
def dead() -> None:
    """Deliveries that could not be processed: id, when, why."""
    asyncio.run(_dead())


async def _replay(first: int, last: int) -> None:
    from store.receiving import deliveries

    async with database.transaction(environment.load()) as session:
        count = await deliveries.replay(session, first, last)
    print(f"{count} deliveries will be processed again.")


async def _dead() -> None:
    from store.receiving import deliveries

    async with database.transaction(environment.load()) as session:
        letters = await deliveries.dead_letters(session, 200)
    for letter in letters:
        print(f"{letter.id}  {letter.received_at:%Y-%m-%d %H:%M:%S}  {letter.error}")
    if not letters:
        print("No dead letters.")
