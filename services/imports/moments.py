"""A date in a workbook as both of its readers need it: as its cell shows it, and exactly."""

MARK = "\ufdd0"
"""Parts the two texts of a cell in a sheet that is written out; Unicode keeps it for such uses."""


def joined(shown: str, exact: str) -> str:
    """Both texts of a cell as one; alone where they are the same."""
    return shown if shown == exact else f"{shown}{MARK}{exact}"


def shown(cell: str) -> str:
    """What a person sees in the cell."""
    return cell.partition(MARK)[0] if MARK in cell else cell


def exact(cell: str) -> str:
    """The day and time that stand in the cell, as 2026-05-01 14:30; any other text as it is."""
    return cell.rpartition(MARK)[2] if MARK in cell else cell
