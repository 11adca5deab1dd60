"""Part of `whatsway doctor`: the database server, its clock and its schema."""

import time

from cli.findings import Finding

SKEW_SECONDS = 2.0


def look(url: str) -> Finding:
    """Version, clock difference and missing migrations in one connection."""
    import psycopg

    from store.engine import libpq_url
    from store.migrate import is_newer, pending

    try:
        with psycopg.connect(libpq_url(url), connect_timeout=3) as connection:
            before = time.time()
            row = connection.execute(
                "SELECT current_setting('server_version'), extract(epoch FROM clock_timestamp())::float8"
            ).fetchone()
            after = time.time()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        step = "Check DATABASE_URL and that the server is running."
        return Finding("PostgreSQL", False, reason, step)
    assert row is not None
    skew = float(row[1]) - (before + after) / 2
    detail = f"{str(row[0]).split()[0]}, clock {skew * 1000:+.0f} ms"
    if abs(skew) > SKEW_SECONDS:
        step = (
            "Synchronise the clocks of both machines (NTP): windows and schedules depend on them."
        )
        return Finding("PostgreSQL", False, detail, step)
    if is_newer(url):
        detail = f"{detail}, made by a newer release"
        return Finding("PostgreSQL", False, detail, "Install that release, or restore a backup.")
    if pending(url):
        return Finding(
            "PostgreSQL", False, f"{detail}, migrations missing", "Run `whatsway migrate`."
        )
    return Finding("PostgreSQL", True, f"{detail}, migrations up to date")
