"""`whatsway keys`: generate encryption keys and switch to a new one."""

import asyncio

import typer

from cli import database, environment, running
from cli.datafolder import SECRETS, DataFolder
from cli.problems import Problem
from cli.processes import loading
from settings import Settings

app = typer.Typer(help="Encryption keys of stored secrets.", no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a new key; put it before the others in ENCRYPTION_KEYS."""
    from services.vault import new_key

    print(new_key())


@app.command()
def rotate() -> None:
    """Re-encrypt every stored secret with the first key in ENCRYPTION_KEYS; older keys can then be removed.

    Without ENCRYPTION_KEYS, the built-in stack's key is replaced: a new one is generated, everything is re-encrypted
    with it, and the old one is deleted. Stop the stack first.
    """
    settings = environment.load()
    if settings.encryption_keys is not None:
        asyncio.run(_reencrypt(settings))
    else:
        asyncio.run(_rotate_kept(settings))


async def _reencrypt(settings: Settings) -> None:
    with loading():
        from services.vault import Vault, reencrypt_automations, reencrypt_channels
    vault = Vault.from_settings(settings)
    async with database.transaction(settings) as session:
        channels = await reencrypt_channels(session, vault)
        secrets = await reencrypt_automations(session, vault)
    print(
        f"{channels} channels and {secrets} secrets of automations encrypted with the newest key."
    )


async def _rotate_kept(settings: Settings) -> None:
    """Add a new key in front, re-encrypt everything with it, remove the old one, in this order.

    If interrupted at any point, the stored file has every key still in use, and the next run continues from there.
    """
    settings = running.meant(settings) if settings.database_url is None else settings
    data = DataFolder(settings.data_dir)
    if not (data.path / SECRETS).exists():
        raise Problem(
            f"There are no keys in {data.path}: set ENCRYPTION_KEYS, or start the built-in stack once."
        )
    if data.is_in_use():
        raise Problem(
            "WhatsWay is running with the old key: stop it, run this again, then start it."
        )
    await change_kept_key(settings, data)


async def change_kept_key(settings: Settings, data: DataFolder) -> None:
    """Change the built-in stack's key with only its database running."""
    from cli.addresses import Parts
    from cli.stack import KEYS, Stack, new_key

    data.acquire()
    try:
        older = data.keep(SECRETS, KEYS, new_key)
        data.keep_changed(SECRETS, KEYS, f"{new_key()},{older}")
    finally:
        data.release()
    parts = Parts(api=False, worker=False, temporal=False)
    async with Stack(data.path, settings=settings, parts=parts) as stack:
        await _reencrypt(stack.settings)
        newest = data.keep(SECRETS, KEYS, new_key).partition(",")[0]
        data.keep_changed(SECRETS, KEYS, newest)
    print(
        "The old key is gone. Backups made with it still need it: keep their copy of secrets.json with them."
    )
