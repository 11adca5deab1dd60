"""Reports in the terminal what happened to the number in the WHATSAPP_* settings."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from api.wording import say
from domain.first_channel import FIRST_CHANNEL, words
from settings import Settings

PAUSES_S = (0.5,) * 40 + (5.0,)
"""Delays between checks; the last one repeats."""

# A handful of rows.
_QUERY = """
SELECT looks FROM processes WHERE kind = 'api' AND seen_at > now() - interval '45 seconds'
ORDER BY started_at
"""


async def watch(settings: Settings, report: Callable[[str], None]) -> None:
    """Report each thing that prevents the number from being connected, once; return when it is."""
    if not (settings.whatsapp_access_token or settings.whatsapp_phone_number_id):
        return
    before, count = "", 0
    while True:
        said = await asyncio.to_thread(_said, str(settings.database_url))
        if said == "":
            if before:
                report("The number from the settings is connected.")
            return
        if said is not None and said != before:
            before = said
            report(
                "The number from the settings is not connected: " + " ".join(map(say, words(said)))
            )
        await asyncio.sleep(PAUSES_S[min(count, len(PAUSES_S) - 1)])
        count += 1


def _said(url: str) -> str | None:
    """What the app reports now: "" once nothing is wrong; None if it has not reported yet."""
    import psycopg

    from store.engine import libpq_url

    try:
        with psycopg.connect(libpq_url(url), connect_timeout=3) as connection:
            rows = connection.execute(_QUERY).fetchall()
    except psycopg.Error:
        return None
    told = [said for (looks,) in rows for said in _of(looks)]
    return next((said for said in told if said), "") if told else None


def _of(looks: Mapping[str, Any]) -> list[str]:
    return [
        str(look.get("said", ""))
        for name, look in looks.items()
        if name.startswith(f"{FIRST_CHANNEL}:")
    ]
