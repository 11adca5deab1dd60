"""Whether WhatsApp's API address accepts connections, without a request."""

import asyncio
import contextlib
import time
from urllib.parse import urlsplit

PATIENCE_S = 3.0


async def connect_ms(url: str) -> float | None:
    """How many milliseconds a connection took; None if there was none."""
    parts = urlsplit(url)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    begin = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError, UnicodeError):
        return None
    took = (time.monotonic() - begin) * 1000
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return took
