"""The one gate every send passes: a SQL expression that names why a message must not leave.

Used by the campaign's claim and by the claim of single messages, so no path has rules of its own. ``LEAVING``
is no no: the message waits until it is decided whether the person stays, ``WAITS_UNTIL`` then.
Needs ``ct`` (contacts) and ``cv`` (conversations, left joined).
"""

from domain.phone import NOT_US_AREAS
from store.leaving import staying

_AREAS = ", ".join(f"'{area}'" for area in sorted(NOT_US_AREAS))


def in_us(key: str) -> str:
    """SQL: whether a phone key is of the United States, where WhatsApp delivers no marketing."""
    return (
        f"(length({key}) = 11 AND left({key}, 1) = '1' AND substr({key}, 2, 3) NOT IN ({_AREAS}))"
    )


LEAVING = "leaving"


def refusal(marketing: str, free_form: str) -> str:
    """SQL: why a message must not leave, or null; whether it is ``marketing`` or ``free_form`` is SQL, too."""
    return f"""
CASE
    WHEN ct.id IS NULL THEN 'contact_deleted'
    WHEN NOT {staying("ct.id")} THEN '{LEAVING}'
    WHEN ct.blocked_at IS NOT NULL THEN 'contact_blocked'
    WHEN {marketing} AND ct.marketing_opt_out_at IS NOT NULL THEN 'opted_out'
    WHEN {marketing} AND {in_us("ct.phone_key")} THEN 'us_marketing'
    WHEN {free_form} AND coalesce(cv.window_expires_at, '-infinity') <= clock_timestamp() THEN 'window_closed'
END
"""


REFUSAL = refusal("CAST(:marketing AS boolean)", "CAST(:free_form AS boolean)")
"""The gate where both are parameters."""

STATE = f"""CASE WHEN p.refusal IS NULL THEN 'sending'
    WHEN p.refusal = '{LEAVING}' THEN 'queued' ELSE 'refused' END"""
REASON = f"nullif(p.refusal, '{LEAVING}')"
# pk_leaving and pk_deletions, only for whoever is about to go.
WAITS_UNTIL = f"""CASE WHEN p.refusal = '{LEAVING}' THEN greatest(clock_timestamp(), (
    SELECT d.due_at FROM leaving l JOIN deletions d ON d.id = l.deletion_id
    WHERE l.contact_id = p.contact_id)) + interval '2 seconds' END"""
"""State, reason and next try of a message after the gate; of ``p(contact_id, refusal)``."""
