"""Dates in workbooks are needed twice: as the cell shows them, and exactly."""

MARK = "\ufdd0"
"""Separates the two texts of a cell in an exported sheet; reserved by Unicode for internal use."""


def joined(shown: str, exact: str) -> str:
    """Both texts of a cell as one; a single text if they are the same."""
    return shown if shown == exact else f"{shown}{MARK}{exact}"


def shown(cell: str) -> str:
    """The text a person sees in the cell."""
    return cell.partition(MARK)[0] if MARK in cell else cell


def exact(cell: str) -> str:
    """The cell's day and time, as 2026-05-01 14:30; any other text unchanged."""
    return cell.rpartition(MARK)[2] if MARK in cell else cell
