"""Meta's restrictions on a number as SQL: whether one is in force, and how long a campaign waits."""

from domain.channels import Restriction


def holds(kind: Restriction, row: str = "ch") -> str:
    """SQL: whether the restriction is in force on this channel row."""
    return f"coalesce(({row}.restrictions ->> '{kind}')::timestamptz > clock_timestamp(), false)"


def rest(category: str, row: str = "ch") -> str:
    """SQL: how long a campaign of this category waits before it checks again, NULL when it may continue.

    A restriction may be lifted without notice, so it checks every 15 minutes.
    """
    ends = ", ".join(
        f"CASE WHEN {condition} THEN ({row}.restrictions ->> '{kind}')::timestamptz END"
        for condition, kind in (
            (holds(Restriction.BUSINESS_INITIATED, row), Restriction.BUSINESS_INITIATED),
            (f"{category} = 'UTILITY' AND {holds(Restriction.UTILITY, row)}", Restriction.UTILITY),
        )
    )
    look_again = "clock_timestamp() + interval '15 minutes'"
    return f"""CASE WHEN greatest({ends}) IS NOT NULL
        THEN least(greatest({ends}), {look_again}) - clock_timestamp() END"""
