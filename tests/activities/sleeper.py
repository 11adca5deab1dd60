"""A worker in a separate process that sends one span, for tests that freeze it: `python -m
tests.activities.sleeper`.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan
from activities.dependencies import Dependencies
from services import fences
from services.vault import Vault
from store.engine import create_autocommit_engine, create_engine, create_sessions
from whatsapp import client, leases
from whatsapp.client import CloudApi


async def main(url: str, key: str, campaign: str, high: str, lease: str, fence: str) -> None:
    """Send recipients 1 to ``high``; claims are valid for ``lease`` seconds, with or without a ``fence``."""
    if fence == "fenced":
        fences.frozen_processes_end(float(lease) * 0.8)
    setattr(client, "CALL_TIMEOUT", timedelta(seconds=float(lease) / 2))  # noqa: B010 - as scaled
    setattr(leases, "LEAVE_WITHIN", timedelta(seconds=float(lease)))  # noqa: B010 - not exported
    engine, autocommit = create_engine(url), create_autocommit_engine(url)
    async with CloudApi() as api:
        needs = Dependencies(
            create_sessions(engine), create_sessions(autocommit), url, Vault([key]), api, Path()
        )
        request = SendSpan(UUID(campaign), 1, int(high))
        await ActivityEnvironment().run(CampaignSending(needs).send_span, request)
        await needs.background.end()
    await engine.dispose()
    await autocommit.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
