"""Part of `whatsway doctor`: what Settings → System shows and checks, as lines for a terminal."""

from collections.abc import Mapping
from pathlib import Path

from api.wording import say
from cli.findings import Finding
from domain.system import Sign, Tone
from settings import Settings

ELSEWHERE = frozenset({"schema", "deliveries", "aside", "disk"})
"""Covered by separate checks: PostgreSQL, Receiving, Data folder."""


async def look(url: str, data_dir: Path, backlog: Mapping[str, int] | None = None) -> list[Finding]:
    """One finding per sign; none if the database is unavailable, which the PostgreSQL line reports."""
    from sqlalchemy.exc import SQLAlchemyError

    from services import system
    from store.engine import Use, create_engine, create_sessions

    engine = create_engine(url, 1, Use.COMMAND)
    try:
        async with create_sessions(engine)() as session:
            found = await system.examine(session, data_dir, backlog)
    except (SQLAlchemyError, OSError):
        return []
    finally:
        await engine.dispose()
    return [finding(sign, "System: ") for sign in found if sign.key not in ELSEWHERE]


async def on_database(key: str, url: str, settings: Settings) -> Finding:
    """One of ``services.checks.ON_DATABASE`` on a database that may be away."""
    from sqlalchemy.exc import SQLAlchemyError

    from services import checks
    from store.engine import Use, create_engine, create_sessions

    engine = create_engine(url, 1, Use.COMMAND)
    try:
        async with create_sessions(engine)() as session:
            return finding(await checks.ON_DATABASE[key](session, settings))
    except (SQLAlchemyError, OSError) as error:
        if key == "postgres":
            return _away(error)
        return finding(checks.unknown(key, error))
    finally:
        await engine.dispose()


def _away(error: Exception) -> Finding:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines() or ["no answer"]
    step = "Check DATABASE_URL and that the server is running."
    return Finding("PostgreSQL", False, reason[0], step)


def finding(sign: Sign, prefix: str = "") -> Finding:
    """A sign as a line of the doctor; a mere warning is not a failure."""
    since = f", since {sign.since:%Y-%m-%d %H:%M:%S} UTC" if sign.since else ""
    ms = f", {sign.ms} ms" if sign.ms is not None else ""
    said = say(sign.said).rstrip(".") if since or ms else say(sign.said)
    step = say(sign.step) if sign.step else ""
    name = f"{prefix}{say(sign.name)}"
    return Finding(name, sign.tone is not Tone.DOWN, said + since + ms, step)
