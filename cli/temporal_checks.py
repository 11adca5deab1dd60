"""Part of `whatsway doctor`: how much waits at Temporal, and the keys of the built-in stack."""

import asyncio

from pydantic import SecretStr

from cli.datafolder import SECRETS, DataFolder, read_json
from settings import Settings

ANSWER_S = 5.0


def with_keys(settings: Settings, data: DataFolder) -> Settings:
    """The settings with the keys in the built-in stack's folder."""
    if settings.encryption_keys is not None:
        return settings
    kept = str(read_json(data.path / SECRETS).get("encryption_keys", ""))
    return settings.model_copy(update={"encryption_keys": SecretStr(kept)})


async def backlog(settings: Settings, built_in: int | None = None) -> dict[str, int]:
    """How many tasks wait in each queue; empty if unknown. ``built_in`` is the built-in server's port."""
    if settings.temporal_address is None and built_in is None:
        return {}
    from workflows.client import Workflows

    address = settings.temporal_address or f"127.0.0.1:{built_in}"
    there = Workflows.from_settings(settings.model_copy(update={"temporal_address": address}))
    try:
        return await asyncio.wait_for(there.backlog(), ANSWER_S)
    except TimeoutError:
        return {}
