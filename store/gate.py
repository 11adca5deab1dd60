"""The one gate every send passes: a SQL expression that names why a message must not leave.

Used by the campaign's claim and by the claim of single messages, so no path has rules of its own.
Needs ``ct`` (contacts), ``cv`` (conversations, left joined) and the parameters ``:marketing`` and
``:free_form``.
"""

REFUSAL = """
CASE
    WHEN ct.id IS NULL THEN 'contact_deleted'
    WHEN ct.blocked_at IS NOT NULL THEN 'contact_blocked'
    WHEN CAST(:marketing AS boolean) AND ct.marketing_opt_out_at IS NOT NULL THEN 'opted_out'
    WHEN CAST(:free_form AS boolean)
        AND coalesce(cv.window_expires_at, '-infinity') <= clock_timestamp() THEN 'window_closed'
END
"""
