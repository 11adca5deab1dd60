"""SQL that keeps a campaign's counters and rate in step with its messages, in the same statement."""

from domain.counters import COUNTED


def _delta(state: str) -> str:
    return (
        f"count(*) FILTER (WHERE after_state = '{state}') "
        f"- count(*) FILTER (WHERE before_state = '{state}') AS {state}"
    )


COUNT_MOVES = f"""
deltas AS (
    SELECT campaign_id, {", ".join(_delta(state) for state in COUNTED)}
    FROM moves WHERE campaign_id IS NOT NULL AND before_state IS DISTINCT FROM after_state
    GROUP BY campaign_id
),
counted AS (
    UPDATE campaign_counters c
    SET {", ".join(f"{state} = c.{state} + d.{state}" for state in COUNTED)}
    FROM deltas d WHERE c.campaign_id = d.campaign_id
    RETURNING c.campaign_id
),
rated AS (
    INSERT INTO campaign_rates (campaign_id, second, accepted)
    SELECT campaign_id, date_trunc('second', clock_timestamp()), count(*) FROM moves
    WHERE campaign_id IS NOT NULL AND before_state IN ('queued', 'sending', 'unknown')
        AND after_state IN ('accepted', 'sent', 'delivered', 'read', 'played')
    GROUP BY campaign_id
    ON CONFLICT (campaign_id, second) DO UPDATE
        SET accepted = campaign_rates.accepted + excluded.accepted
)
"""
"""CTEs to put after one named ``moves(campaign_id, before_state, after_state)``."""
