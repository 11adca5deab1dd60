"""Restrictions of a number by Meta as SQL: whether one holds now, and how long a campaign waits."""

from domain.channels import Restriction


def holds(kind: Restriction, row: str = "ch") -> str:
    """SQL: whether the restriction holds on this channel row."""
    return f"coalesce(({row}.restrictions ->> '{kind}')::timestamptz > clock_timestamp(), false)"


def rest(category: str, row: str = "ch") -> str:
    """SQL: how long a campaign of this category waits before it looks again, NULL when it may go on.

    A restriction may be lifted without a word, so it looks every quarter of an hour.
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
