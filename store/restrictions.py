"""Restrictions of a number by Meta as SQL: whether one holds now, and how long a campaign waits."""

from domain.channels import REASONS, Restriction


def holds(kind: Restriction, row: str = "ch") -> str:
    """SQL: whether the restriction holds on this channel row."""
    return f"coalesce(({row}.restrictions ->> '{kind}')::timestamptz > clock_timestamp(), false)"


def forbidden(category: str, window_open: str, row: str = "ch") -> str:
    """SQL: why a restriction forbids a message, NULL when none does.

    ``category`` is NULL for free-form. A template inside an open window is an answer.
    """
    replies, utility, first = (
        REASONS[kind]
        for kind in (Restriction.REPLIES, Restriction.UTILITY, Restriction.BUSINESS_INITIATED)
    )
    return f"""CASE
        WHEN {category} IS NULL AND {holds(Restriction.REPLIES, row)} THEN '{replies}'
        WHEN {category} = 'UTILITY' AND {holds(Restriction.UTILITY, row)} THEN '{utility}'
        WHEN {category} IS NOT NULL AND NOT {window_open}
            AND {holds(Restriction.BUSINESS_INITIATED, row)} THEN '{first}'
    END"""


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
