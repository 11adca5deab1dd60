"""The other end of ``store.live``: what was notified, as it is committed."""

import json
from collections.abc import AsyncGenerator

from psycopg import AsyncConnection, sql

from store.engine import Use, connection_options, libpq_url
from store.live import CHANNEL


async def notifications(database_url: str) -> AsyncGenerator[str | None]:
    """None once listening, then the oldest open transaction and every payload, as JSON.

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
