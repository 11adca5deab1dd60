"""Writes two years of past campaigns straight into the database, to simulate an older installation."""

import re
from datetime import datetime, timedelta

import typer
from sqlalchemy import text

from cli.bench.scene import Scene
from domain.ids import id_at
from domain.lives import back
from store.engine import Use, create_engine

MONTHS = 24
TOLD = 100_000
MANY = {"": 1, "k": 1_000, "m": 1_000_000}

_CAMPAIGN = text("""
INSERT INTO campaigns (id, name, status, channel_id, template, created_at, launched_at, started_at, finished_at)
VALUES (:id, :name, 'completed', :channel_id, '{"category": "UTILITY"}', :at, :at, :at, :at + interval '1 day')
""")
_COUNTERS = text(
    "INSERT INTO campaign_counters (campaign_id, total, read) VALUES (:id, :people, :people)"
)

# To everybody, as in the measured campaign. Ids are UUIDv7s of their time, so that everything ordered by time finds
# them where it would in two years.
_MESSAGES = text("""
WITH people AS (
    SELECT seq, id AS contact_id, phone,
        (substr(month_bound(CAST(:at AS timestamptz) + seq * interval '0.01 s')::text, 1, 13)
            || '-7000-8000-' || substr(md5(CAST(:id AS text) || seq), 1, 12))::uuid AS message_id
    FROM (SELECT id, phone, (row_number() OVER (ORDER BY id))::int AS seq FROM contacts ORDER BY id LIMIT :people) c
),
places AS (
    INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
    SELECT :id, seq, contact_id, phone, ARRAY['friend'] FROM people
)
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, wamid, campaign_id, seq, attempt,
    claimed_by, claimed_at, accepted_at, sent_at, delivered_at, read_at, pricing, created_at)
SELECT message_id, :channel_id, contact_id, 'out', 'campaign', 'template', 'read', 'wamid.' || message_id, :id, seq, 1,
    'old/1', :at, :at, :at, :at, :at, 'utility/regular', :at
FROM people
""")


def number(written: str) -> int:
    """``20M`` as a number."""
    found = re.fullmatch(r"(\d+)([km]?)", written.strip().lower())
    if found is None:
        raise typer.BadParameter("Write a number, such as 500000, 500k or 20M.")
    return int(found[1]) * MANY[found[2]]


async def fill(scene: Scene, messages: int, people: int, now: datetime, *, quiet: bool) -> None:
    """Spread this many messages, in campaigns to everybody, over the last two years."""
    campaigns = -(-messages // people)
    first = back(now, MONTHS) + timedelta(days=1)
    for made in range(campaigns):
        at = first + (now - timedelta(days=2) - first) * made / campaigns
        await _campaign(scene, at, people)
        if not quiet and (made + 1) * people // TOLD > made * people // TOLD:
            print(f"{(made + 1) * people:,} old messages", flush=True)
    await settle(scene, "messages, campaign_recipients")


async def _campaign(scene: Scene, at: datetime, people: int) -> None:
    campaign_id = id_at(at - timedelta(hours=1), 0)
    about = {"id": campaign_id, "channel_id": scene.channel_id, "at": at}
    async with scene.sessions.begin() as session:
        await session.execute(_CAMPAIGN, about | {"name": f"{at:%d %B %Y}"})
        await session.execute(_COUNTERS, {"id": campaign_id, "people": people})
        await session.execute(_MESSAGES, about | {"people": people})


async def settle(scene: Scene, tables: str) -> None:
    """Do now what the database would do during the measurement: analyze new rows and write them to disk."""
    assert scene.stack.owner_url is not None
    engine = create_engine(scene.stack.owner_url, 1, Use.COMMAND)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(f"VACUUM (ANALYZE) {tables}"))
        await autocommit.execute(text("CHECKPOINT"))
    await engine.dispose()
