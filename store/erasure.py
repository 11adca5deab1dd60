"""Erasing what is left of deleted contacts: their messages' text, and their number in past campaigns.

``TABLES`` lists every table that names a contact and what happens to its rows; a test fails when a table is missing
from it.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus

THESE = "ANY(CAST(:ids AS uuid[]))"

# A message in a final state no longer needs its WhatsApp id, which contains the person's number; nor does one too old
# for any more updates.
_SETTLED = """(m.state IN ('read', 'played', 'failed', 'rejected', 'refused')
    OR m.created_at < clock_timestamp() - interval '30 days')"""

# In the order in which outcomes and statuses lock messages. Uses ix_messages_contact_id_id.
_LOCK = text(f"""
SELECT count(*) FROM (
    SELECT FROM messages WHERE contact_id = {THESE} ORDER BY id FOR UPDATE
) held
""")

# Uses ix_messages_contact_id_id and ix_message_attempts_message_id_attempt; files go with their message.
_THREADS = text(f"""
WITH gone AS (DELETE FROM messages WHERE contact_id = {THESE} AND campaign_id IS NULL RETURNING id)
DELETE FROM message_attempts a USING gone WHERE a.message_id = gone.id
""")

# Uses ix_messages_contact_id_id. The row stays: results keep their numbers.
_SENT = text(f"""
UPDATE messages m SET body = NULL, payload = NULL, reply_to = NULL,
    wamid = CASE WHEN NOT {_SETTLED} THEN m.wamid END
WHERE m.contact_id = {THESE} AND m.campaign_id IS NOT NULL
    AND (m.body IS NOT NULL OR m.payload IS NOT NULL OR m.wamid IS NOT NULL)
""")

# Uses ix_messages_contact_id_id and ix_message_attempts_message_id_attempt.
_ATTEMPTS = text(f"""
UPDATE message_attempts a SET wamid = NULL FROM messages m
WHERE m.contact_id = {THESE} AND {_SETTLED} AND a.message_id = m.id AND a.wamid IS NOT NULL
""")

# Group messages are in the groups' own threads, which few people are part of.
_AUTHORS = text(f"""
UPDATE messages m SET author_name = NULL, payload = m.payload - 'from' - 'from_user_id' - 'from_logical_id'
FROM conversations v
WHERE v.group_id IS NOT NULL AND m.contact_id = v.id AND m.author_id = {THESE}
""")

# By the primary key, from their messages. Anyone being messaged right now stays until ``erase_rest`` finds them.
_PLACES = text(f"""
UPDATE campaign_recipients r SET phone = '', variables = '{{}}' FROM messages m
WHERE m.contact_id = {THESE} AND m.campaign_id IS NOT NULL AND m.state <> 'sending'
    AND r.campaign_id = m.campaign_id AND r.seq = m.seq AND r.phone <> ''
""")

# Anyone without a message yet is in an unfinished campaign, or one that stopped before their turn: one probe each of
# the unique index on (campaign_id, contact_id).
_WAITING = text(f"""
UPDATE campaign_recipients r SET phone = '', variables = '{{}}'
FROM unnest(CAST(:ids AS uuid[])) AS gone(id) CROSS JOIN campaigns c
WHERE c.status NOT IN ('{CampaignStatus.DRAFT}', '{CampaignStatus.COMPLETED}')
    AND r.campaign_id = c.id AND r.contact_id = gone.id AND r.phone <> ''
    AND NOT EXISTS (SELECT FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq)
""")

# By the primary key, from its front.
_NAMED = text(f"DELETE FROM journal_contacts WHERE contact_id = {THESE}")

TABLES: Mapping[str, Sequence[TextClause]] = {
    # The person's own places first, found through their messages.
    "campaign_recipients": (_PLACES, _WAITING),
    "messages": (_ATTEMPTS, _THREADS, _SENT, _AUTHORS),
    "campaign_exclusions": (),  # an id and a reason: results keep their totals
    "portfolio_recipients": (),  # an id and a time, for a day
    # Deleted with the contact, by their foreign keys.
    "conversations": (),
    "group_members": (),
    "contact_identities": (),
    "message_reactions": (),
    "message_changes": (),
    "leaving": (),
    "automation_runs": (),  # its steps, answers and inbox with it
    "deletions": (),  # an id, until its deletion is done
    "journal": (),  # ids; entries about them are deleted last, below
    "journal_contacts": (_NAMED,),
    "consents": (),  # stops are kept as a hash (``store.suppressions``)
}
"""Every table that names a contact, and what removes the rest of its rows."""

# Uses ix_journal_kept_entity, and ix_journal_kept_contact_id_id for contacts merged into them long ago.
_LOG = text("""
UPDATE journal_kept SET before = NULL, data = NULL
WHERE (entity = 'contact' AND entity_id = ANY(CAST(:names AS text[]))) OR contact_id = ANY(CAST(:ids AS uuid[]))
""")

# Uses ix_moved_ids_new_id.
_FORMER = text(f"DELETE FROM moved_ids WHERE new_id = {THESE} RETURNING old_id")


async def erase(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Erase what contacts deleted in this transaction, or earlier, left in other tables.

    Also under the ids of contacts merged into them.
    """
    former = await session.scalars(_FORMER, {"ids": list(contact_ids)})
    ids = [*contact_ids, *former]
    await session.execute(_LOCK, {"ids": ids})
    for statements in TABLES.values():
        for statement in statements:
            await session.execute(statement, {"ids": ids})
    await session.execute(_LOG, {"names": [str(contact_id) for contact_id in ids], "ids": ids})


# One pass over the index ix_messages_contact_id_id. Merged contacts are not gone; a group's messages carry its
# conversation's id.
_LEFT_BEHIND = text(f"""
SELECT DISTINCT m.contact_id FROM messages m
WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.id = m.contact_id)
    AND NOT EXISTS (SELECT FROM conversations v WHERE v.id = m.contact_id)
    AND NOT EXISTS (SELECT FROM moved_ids o WHERE o.old_id = m.contact_id)
    AND (m.campaign_id IS NULL OR m.body IS NOT NULL OR m.payload IS NOT NULL
        OR (m.wamid IS NOT NULL AND {_SETTLED}))
LIMIT :limit
""")

# One pass over the recipients; uq_messages_campaign_id_seq for the few matches.
_PLACES_LEFT = text("""
UPDATE campaign_recipients r SET phone = '', variables = '{}'
FROM (
    SELECT r.campaign_id, r.seq FROM campaign_recipients r
    WHERE r.phone <> '' AND NOT EXISTS (SELECT FROM contacts c WHERE c.id = r.contact_id)
        AND NOT EXISTS (SELECT FROM moved_ids o WHERE o.old_id = r.contact_id)
        AND NOT EXISTS (SELECT FROM messages m
            WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq AND m.state = 'sending')
    LIMIT :limit
) nobody
WHERE r.campaign_id = nobody.campaign_id AND r.seq = nobody.seq
""")


async def erase_rest(session: AsyncSession, limit: int) -> bool:
    """Erase rows written during a deletion, or left by an older release's; returns whether there may be more."""
    found = list((await session.scalars(_LEFT_BEHIND, {"limit": limit})).all())
    if found:
        await erase(session, found)
    places = await session.execute(_PLACES_LEFT, {"limit": limit})
    assert isinstance(places, CursorResult)
    return limit in (len(found), places.rowcount)
