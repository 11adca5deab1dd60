"""`whatsway doctor` checks on receiving, and on what the database logs."""

from cli.findings import Finding

WAITING = "Receiving"
LOG = "PostgreSQL log"
QUIET = {
    "log_min_messages": {"log", "fatal", "panic"},
    "log_min_error_statement": {"log", "fatal", "panic"},
    "log_error_verbosity": {"terse"},
    "log_parameter_max_length_on_error": {"0"},
    "log_statement": {"none", "ddl"},
    "log_min_duration_statement": {"-1"},
}
"""Settings with which no row values, statements or parameters are logged."""


async def standing(url: str) -> Finding:
    """Fails for unprocessed deliveries and updates without effect; both say where to look."""
    from sqlalchemy.exc import SQLAlchemyError

    from services.receiving import log
    from store.engine import create_engine, create_sessions

    engine = create_engine(url, 1)
    try:
        async with create_sessions(engine)() as session:
            found = await log.standing(session)
    except (SQLAlchemyError, OSError) as error:
        return Finding(
            WAITING, False, f"not known ({type(error).__name__})", "See PostgreSQL above."
        )
    finally:
        await engine.dispose()
    detail = (
        f"{found.waiting} deliveries wait, the oldest for {found.age_s} s; "
        f"{found.dead} dead letters, {found.aside} objects set aside"
    )
    if found.reasons:
        why = (f"{code.replace('_', ' ')} {count}" for code, count in found.reasons.items())
        detail += f" ({', '.join(why)})"
    if found.age_s > log.PATIENCE_S:
        step = "The worker processes deliveries: check that it is running, and check its log."
        return Finding(WAITING, False, detail, step)
    if found.put_aside:
        step = (
            "Open Settings, Webhook log (/settings/webhooks), or run `whatsway webhook dead`: "
            "it says why, and `whatsway webhook replay` processes it again."
        )
        return Finding(WAITING, False, detail, step)
    return Finding(WAITING, True, detail)


def server_log(url: str) -> Finding:
    """Whether errors write customers' messages to the server's log."""
    import psycopg

    from store.engine import libpq_url

    try:
        with psycopg.connect(libpq_url(url), connect_timeout=3) as connection:
            query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
            found: dict[str, str] = dict(connection.execute(query, [list(QUIET)]).fetchall())
    except psycopg.Error as error:
        return Finding(LOG, True, f"not known ({type(error).__name__})")
    loud = sorted(name for name, quiet in QUIET.items() if found.get(name, "") not in quiet)
    if not loud:
        return Finding(LOG, True, "holds no customers' words")
    step = (
        f"Errors there may include names and texts: set {', '.join(loud)} as "
        "docs/operations.md says under Logs."
    )
    return Finding(LOG, True, "may hold customers' words", step)
