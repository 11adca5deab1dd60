"""What the database server says about itself, and what its sessions show about the proxy in front of us."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

QUIET = {
    "log_min_messages": {"log", "fatal", "panic"},
    "log_min_error_statement": {"log", "fatal", "panic"},
    "log_error_verbosity": {"terse"},
    "log_parameter_max_length_on_error": {"0"},
    "log_statement": {"none", "ddl"},
    "log_min_duration_statement": {"-1"},
}
"""Settings with which no row values, statements or parameters are logged."""

_VERSION = text("SELECT current_setting('server_version')")
_SETTINGS = text("SELECT name, setting FROM pg_settings WHERE name = ANY(CAST(:names AS text[]))")

# A week of sessions. The newest one shows the current state; all of them, whether everybody looks alike.
_SIGN_INS = text("""
SELECT (array_agg(proxied ORDER BY created_at DESC))[1] AS proxied,
    (array_agg(ip ORDER BY created_at DESC))[1] AS ip,
    count(DISTINCT ip) AS addresses, count(DISTINCT user_id) AS people
FROM sessions WHERE created_at > clock_timestamp() - interval '7 days'
""")


@dataclass(frozen=True, slots=True)
class SignIns:
    """The sign-ins of a week; ``proxied`` and ``ip`` are those of the last one."""

    proxied: bool | None
    ip: str | None
    addresses: int
    people: int


async def version(session: AsyncSession) -> str:
    """The server's version."""
    return str(await session.scalar(_VERSION)).split()[0]


async def loud(session: AsyncSession) -> list[str]:
    """The settings with which errors write customers' words to the server's log."""
    rows = (await session.execute(_SETTINGS, {"names": list(QUIET)})).all()
    found = {row.name: row.setting for row in rows}
    return sorted(name for name, quiet in QUIET.items() if found.get(name, "") not in quiet)


async def sign_ins(session: AsyncSession) -> SignIns:
    """Who signed in during the last week, and from where."""
    row = (await session.execute(_SIGN_INS)).one()
    return SignIns(row.proxied, row.ip, row.addresses, row.people)
