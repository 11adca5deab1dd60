"""Meta's restrictions on a number as SQL: which message each one concerns, and how long a campaign waits."""

from domain.channels import Restriction


def holds(kind: Restriction, row: str = "ch") -> str:
    """SQL: whether the restriction is in force on this channel row."""
    return f"coalesce(({row}.restrictions ->> '{kind}')::timestamptz > clock_timestamp(), false)"


def concerned(
    category: str, window_open: str, row: str = "ch"
) -> tuple[tuple[Restriction, str], ...]:
    """SQL for each restriction: whether it is in force on this channel row, and concerns the message.

    ``category`` is its template's, null for free-form. A template inside an open window counts as a reply.
    """
    whom = (
        (Restriction.REPLIES, f"{category} IS NULL"),
        (Restriction.UTILITY, f"{category} = 'UTILITY'"),
        (Restriction.BUSINESS_INITIATED, f"{category} IS NOT NULL AND NOT {window_open}"),
    )
    return tuple((kind, f"({which} AND {holds(kind, row)})") for kind, which in whom)


def rest(category: str, row: str = "ch") -> str:
    """SQL: how long a campaign of this category waits before it checks again, NULL when it may continue.

    A restriction may be lifted without notice, so it checks every 15 minutes.
    """
    ends = ", ".join(
        f"CASE WHEN {condition} THEN ({row}.restrictions ->> '{kind}')::timestamptz END"
        for kind, condition in concerned(category, "false", row)
    )
    look_again = "clock_timestamp() + interval '15 minutes'"
    return f"""CASE WHEN greatest({ends}) IS NOT NULL
        THEN least(greatest({ends}), {look_again}) - clock_timestamp() END"""
