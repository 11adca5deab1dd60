"""Reactions and changes that belong to no contact are kept for a stated time, the others as long as the contact."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lives import REACTIONS_KEPT
from services import maintenance
from services.vault import Vault, new_key
from tests import threads

NOW = datetime.now(UTC)


@pytest.mark.fault("A1")
async def test_what_belongs_to_no_contact_ends(session: AsyncSession) -> None:
    thread = await threads.only_thread(session, Vault([new_key()]), name="", window=None)
    old, young = NOW - REACTIONS_KEPT - timedelta(hours=1), NOW - timedelta(days=300)
    for statement in (
        """INSERT INTO message_reactions (channel_id, wamid, author_id, contact_id, emoji, at) VALUES
        (:channel, 'nobody old', :channel, NULL, 'x', :old), (:channel, 'nobody', :channel, NULL, 'x', :young),
        (:channel, 'old', :contact, :contact, 'x', :old)""",
        """INSERT INTO message_changes (channel_id, wamid, kind, contact_id, at) VALUES
        (:channel, 'nobody old', 'edit', NULL, :old), (:channel, 'nobody', 'edit', NULL, :young),
        (:channel, 'old', 'edit', :contact, :old)""",
    ):
        await session.execute(
            text(statement),
            {
                "channel": thread.channel_id,
                "contact": thread.contact_id,
                "old": old,
                "young": young,
            },
        )
    assert not await maintenance.purge_reactions(session, NOW)
    for table in ("message_reactions", "message_changes"):
        left = await session.scalars(text(f"SELECT wamid FROM {table} ORDER BY wamid"))
        assert list(left) == ["nobody", "old"]
