"""`whatsway keys`: make encryption keys and change over to a new one."""

import asyncio

import typer

from cli import database, environment
from cli.processes import loading

app = typer.Typer(help="Encryption keys of stored secrets.", no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a fresh key; put it in front of the others in ENCRYPTION_KEYS."""
    from services.vault import new_key

    print(new_key())


@app.command()
def rotate() -> None:
    """Encrypt every stored secret with the first key; then the older keys may go."""
    asyncio.run(_rotate())


async def _rotate() -> None:
    with loading():
        from services.vault import Vault, reencrypt_channels
    settings = environment.load()
    vault = Vault.from_settings(settings)
    async with database.transaction(settings) as session:
        count = await reencrypt_channels(session, vault)
    print(f"{count} channels encrypted with the newest key.")
