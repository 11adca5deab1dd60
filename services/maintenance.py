"""How long things are kept, and their deletion in bounded steps."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain import outgoing_files as files
from domain import phone
from domain.entries import ENTRIES_KEPT
from domain.identity import Claim
from domain.journal.rules import Life
from domain.lives import MERGES_KEPT, RATES_KEPT, REACTIONS_KEPT, TOKENS_KEPT, WEBHOOKS_KEPT
from domain.webhook_log import BLOCK
from domain.webhooks import OBJECTS_KEPT, EventState
from services.messages.shelf import PARTS, Shelf
from services.pictures import LASTS
from services.receiving import people
from store import (
    erasure,
    journal,
    media,
    merging,
    outgoing_files,
    pictures,
    renumbered,
    slots,
    tokens,
)
from store.campaigns import entry_ends, rates
from store.receiving import (
    changes,
    deliveries,
    finding,
    marks,
    objects,
    reactions,
    replays,
)
from store.sending import budget

STEP = 5000
FEW = 200
BLOCKS_OPEN = 100
"""Nothing is added to a block this far behind the newest, but for a delivery that waited."""


async def purge_webhooks(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of old deliveries and lines of their log; returns whether there may be more.

    Unreadable deliveries live as long as the log, as they may contain what people wrote.
    """
    done = await deliveries.purge(session, now - WEBHOOKS_KEPT, STEP)
    dead = await deliveries.purge(session, now - OBJECTS_KEPT, STEP, state=EventState.DEAD)
    logged = await objects.purge(session, now - OBJECTS_KEPT, STEP)
    rejected = await deliveries.purge_rejected(session, now - OBJECTS_KEPT, STEP)
    repeats = await finding.purge_repeats(session, now - WEBHOOKS_KEPT, STEP)
    return STEP in (done, dead, logged, rejected, repeats)


async def purge_webhook_log(session: AsyncSession, now: datetime) -> bool:
    """Delete and pack a batch of the webhook log's search index, and old replays; returns whether there may be more."""
    old = await marks.purge(session, BLOCK, STEP)
    packed = await marks.merge(session, BLOCKS_OPEN, FEW)
    ended = await replays.purge(session, now - OBJECTS_KEPT, STEP)
    return STEP in (old, ended) or packed == FEW


async def purge_campaigns(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of what long-ended campaigns no longer need; returns whether there may be more."""
    seconds = await rates.purge(session, now - RATES_KEPT, STEP)
    people = await entry_ends.purge(session, now - ENTRIES_KEPT, STEP)
    return STEP in (seconds, people)


async def purge_tokens(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of ended tokens; returns whether there may be more."""
    return await tokens.purge(session, now - TOKENS_KEPT, STEP) == STEP


async def erase_rest(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of what merged and deleted contacts and file rows left; returns whether there may be more.

    It scans everything: once a day is enough.
    """
    excluded = await merging.hand_over_excluded(session, STEP)
    rows = await entry_ends.blank(session, now - ENTRIES_KEPT, STEP)
    return await erasure.erase_rest(session, STEP) or STEP in (rows, excluded)


async def purge_limits(session: AsyncSession) -> bool:
    """Delete a batch of people remembered for speeds and budgets; returns whether there may be more."""
    return STEP in (await slots.forget(session, STEP), await budget.forget(session, STEP))


async def purge_reactions(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of old reactions and changes without a contact; returns whether there may be more."""
    done = await reactions.purge(session, now - REACTIONS_KEPT, STEP)
    changed = await changes.purge(session, now - REACTIONS_KEPT, STEP)
    return STEP in (done, changed)


async def purge_media(session: AsyncSession, now: datetime, days: int) -> bool:
    """Delete a batch of old files and pictures; returns whether there may be more."""
    received = await media.purge(session, now - timedelta(days=days), STEP)
    seen = await pictures.purge(session, now - LASTS, STEP)
    return STEP in (received, seen)


async def purge_outgoing_files(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of files that nothing names any more, and of old ids; returns whether there may be more."""
    await outgoing_files.see_named(session)
    unnamed = await outgoing_files.purge(session, now - files.KEPT, STEP)
    old = await outgoing_files.purge_ids(session, now - files.ID_LASTS, STEP)
    return STEP in (unnamed, old)


async def sweep_shelf(session: AsyncSession, shelf: Shelf, part: int, now: datetime) -> int:
    """Remove contents from one part of the folder that nothing refers to; returns how many.

    Content younger than a day may belong to a message that is being written.
    """
    ripe = (now - timedelta(days=1)).timestamp()
    old = await asyncio.to_thread(shelf.older, part, ripe)
    named = await media.named(session, [path.name for path in old]) if old else set()
    orphans = [path for path in old if path.name not in named]
    return await asyncio.to_thread(shelf.remove, orphans, ripe)


def parts_of_hour(hour: int) -> range:
    """The parts of the shelf swept in an hour; all of them within a day."""
    share = -(-PARTS // 24)
    return range(hour * share, min((hour + 1) * share, PARTS))


async def settle_merges(session: AsyncSession, now: datetime) -> None:
    """Move what was written to a contact while it was being merged; delete old links.

    Contacts added with a number just as it became somebody else's are merged into that person.
    """
    await people.meet(session)
    await merging.hand_over_late(session)
    await merging.forget(session, now - MERGES_KEPT)


async def renew_numbers(session: AsyncSession, now: datetime) -> bool:
    """Convert a batch of numbers from old numbering plans; returns whether there may be more.

    Contacts that exist under both forms were always one person and are merged.
    """
    found = await renumbered.old_forms(session, FEW)
    claims = [
        Claim(at=now, phone=phone.canonical(number), key=phone.key(number), left_key=key)
        for number, key in found
        if phone.key(number) != key
    ]
    await people.recognise(session, claims, {})
    return len(claims) == FEW


async def turn_journal(session: AsyncSession, audit_days: int, traffic_days: int) -> None:
    """Create the journal's next partitions, and drop expired ones."""
    await journal.turn(session, Life.KEPT, timedelta(days=audit_days))
    await journal.turn(session, Life.TRAFFIC, timedelta(days=traffic_days))
