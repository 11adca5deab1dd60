"""`whatsway webhook`: what arrived from WhatsApp, and processing it again."""

import asyncio
from typing import Annotated

import typer

from cli import database, environment

app = typer.Typer(help="Webhook deliveries.", no_args_is_help=True)


@app.command()
def replay(
    first: Annotated[int, typer.Argument(help="Id of the first one.")],
    last: Annotated[
        int | None, typer.Argument(help="Id of the last one; default: just one.")
    ] = None,
    objects: Annotated[
        bool, typer.Option("--objects", help="Ids of objects instead of whole deliveries.")
    ] = False,
) -> None:
    """Process deliveries or objects again, set aside or not; what was already applied changes nothing."""
    asyncio.run(_replay(first, first if last is None else last, objects))


@app.command("dead")
def dead() -> None:
    """Deliveries and objects that were set aside: what, id, when, why."""
    asyncio.run(_dead())


async def _replay(first: int, last: int, single: bool) -> None:
    from store.receiving import deliveries, objects

    async with database.transaction(environment.load()) as session:
        if single:
            count = await objects.replay(session, first, last)
        else:
            count = await deliveries.replay(session, first, last)
    print(f"{count} {'objects' if single else 'deliveries'} will be processed again.")


async def _dead() -> None:
    from domain.webhooks import ObjectState
    from services.receiving import log

    async with database.transaction(environment.load()) as session:
        found = await log.page(session, ObjectState.ASIDE, limit=200)
    for line in found.lines:
        what = f"{line.field} {line.kind}".strip()
        why = f"{line.reason} {line.error}".strip()
        print(f"{line.source} {line.id}  {line.at:%Y-%m-%d %H:%M:%S}  {why}  {what}".rstrip())
    if not found.lines:
        print("Nothing was set aside.")
