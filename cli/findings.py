"""What an examination found: one line, and the one next step."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do when it is not well."""

    name: str
    ok: bool
    detail: str
    next_step: str = ""
