"""The receiving end of ``store.live``: notifications as they are committed."""

import json
from collections.abc import AsyncGenerator

from psycopg import AsyncConnection, sql

from store.engine import Use, connection_options, libpq_url
from store.live import CHANNEL


async def notifications(database_url: str) -> AsyncGenerator[str | None]:
    """Yields None once listening, then every payload as JSON with the oldest open transaction.

    Ends with psycopg.Error when the connection does.
    """
    connection = await AsyncConnection.connect(
        libpq_url(database_url),
        autocommit=True,
        **connection_options(database_url, Use.LISTEN),
    )
    async with connection:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        yield None
        cursor = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        async for (xmin,) in cursor:
            yield json.dumps({"xmin": xmin})
        async for notification in connection.notifies():
            yield notification.payload
