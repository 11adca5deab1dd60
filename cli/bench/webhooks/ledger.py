"""Campaigns whose messages wait for one status each, and what of it the database has afterwards."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from cli.bench import past
from cli.bench.scene import Scene
from cli.bench.webhooks.bodies import News
from domain.ids import new_id

STATES = ("sent", "delivered", "read")
"""A campaign for each: a message that hears only this, so that its state says whether it did."""

_CAMPAIGN = text("""
INSERT INTO campaigns (id, name, status, channel_id, template, created_at, launched_at, started_at, finished_at)
VALUES (:id, :name, 'completed', :channel_id, '{"category": "UTILITY"}', :at, :at, :at, :at)
""")
_COUNTERS = text("""
INSERT INTO campaign_counters (campaign_id, total, accepted) VALUES (:id, :people, :people)
""")
_MESSAGES = text("""
WITH people AS (
    SELECT seq, id AS contact_id, phone,
        (substr(month_bound(CAST(:at AS timestamptz) + seq * interval '0.001 s')::text, 1, 13)
            || '-7000-8000-' || substr(md5(CAST(:id AS text) || seq), 1, 12))::uuid AS message_id
    FROM (
        SELECT id, phone, (row_number() OVER (ORDER BY phone_key))::int AS seq FROM contacts
        WHERE phone_key BETWEEN '34600000000' AND '34600999999' ORDER BY phone_key LIMIT :people
    ) c
),
places AS (
    INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
    SELECT :id, seq, contact_id, phone, ARRAY['friend'] FROM people
)
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, wamid, campaign_id, seq, attempt,
    claimed_by, claimed_at, accepted_at, created_at)
SELECT message_id, :channel_id, contact_id, 'out', 'campaign', 'template', 'accepted', 'wamid.' || message_id, :id,
    seq, 1, 'bench/1', :at, :at, :at
FROM people
""")
_WAITING = text("""
SELECT m.id, r.phone FROM messages m JOIN campaign_recipients r USING (campaign_id, seq)
WHERE m.campaign_id = :id ORDER BY m.seq
""")
_HEARD = text("SELECT id FROM messages WHERE campaign_id = :id AND state = :state")
_DELIVERIES = text("SELECT count(*) FROM webhook_events")
_COUNTED = text("""
SELECT sum(sent + delivered + read) FROM campaign_counters WHERE campaign_id = ANY(CAST(:ids AS uuid[]))
""")
# Uses ix_webhook_events_waiting.
_LEFT = text("""
SELECT EXISTS (SELECT FROM webhook_events WHERE state = 'waiting'), extract(epoch FROM clock_timestamp())::float8
""")

LOOK_EVERY_S = 0.05


@dataclass(slots=True)
class Ledger:
    """Those campaigns, and the statuses they wait for."""

    scene: Scene
    campaigns: dict[str, UUID]
    news: list[News]

    async def heard(self) -> set[UUID]:
        """Messages that have their status."""
        found: set[UUID] = set()
        async with self.scene.sessions() as session:
            for state, id_ in self.campaigns.items():
                found.update(await session.scalars(_HEARD, {"id": id_, "state": state}))
        return found

    async def counted(self) -> int:
        """How many statuses the campaigns' counters have."""
        async with self.scene.sessions() as session:
            return int(await session.scalar(_COUNTED, {"ids": list(self.campaigns.values())}) or 0)


async def fill(scene: Scene, statuses: int) -> Ledger:
    """Write messages that wait for this many statuses, which are told person by person."""
    people = -(-statuses // len(STATES))
    at = datetime.now(UTC) - timedelta(hours=1)
    campaigns = {state: new_id() for state in STATES}
    waiting: list[Sequence[tuple[UUID, str]]] = []
    for state, id_ in campaigns.items():
        about = {"id": id_, "people": people, "channel_id": scene.channel_id, "at": at}
        async with scene.sessions.begin() as session:
            for statement in (_CAMPAIGN, _COUNTERS, _MESSAGES):
                await session.execute(statement, about | {"name": state})
            found = await session.execute(_WAITING, {"id": id_})
            waiting.append([(row.id, row.phone.removeprefix("+")) for row in found])
    await past.settle(scene, "messages, campaign_recipients, contacts")
    now = int(datetime.now(UTC).timestamp())
    news = [
        News(message_id, phone, state, now)
        for person in zip(*waiting, strict=True)
        for state, (message_id, phone) in zip(STATES, person, strict=True)
    ]
    return Ledger(scene, campaigns, news[:statuses])


async def deliveries(scene: Scene) -> int:
    """How many deliveries are stored."""
    async with scene.sessions() as session:
        return int(await session.scalar(_DELIVERIES) or 0)


async def applied(scene: Scene, within_s: float) -> float:
    """When no delivery was left waiting, as a Unix time; raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            async with scene.sessions() as session:
                left, now = (await session.execute(_LEFT)).one()
            if not left:
                return float(now)
            await asyncio.sleep(LOOK_EVERY_S)
