"""Ids that the database makes itself, in statements that write many rows at once."""

from domain.ids import new_id


def row_id(row: str, text: str) -> str:
    """SQL of a version 7 id (RFC 9562) from a row number and a text that is unique in the statement.

    The milliseconds and a salt come from ``seed``, followed by the row number as a counter: ids sort by time, then by
    row, and a million of them need no system calls.
    """
    counter = f"lpad(to_hex({row}), 8, '0')"
    return f"""(CAST(:id_time AS text) || '7' || substr({counter}, 1, 3) || '8'
    || substr({counter}, 4) || substr(md5(CAST(:id_salt AS text) || {text}), 1, 10))::uuid"""


def seed() -> dict[str, str]:
    """The parameters of ``row_id`` for one statement."""
    made = new_id().hex
    return {"id_time": made[:12], "id_salt": made[12:]}
