"""What probes and people learn about the state of the process."""

import httpx
from sqlalchemy import text

from api.state import AppState


async def test_health_and_readiness(client: httpx.AsyncClient, state: AppState) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}
    ready = await client.get("/ready")
    assert ready.status_code == 200
    answer = ready.json()
    assert set(answer.pop("system").values()) <= {"ok", "warning", "failing"}
    assert answer == {
        "status": "degraded",
        "checks": {
            "database": "ok",
            "migrations": "ok",
            "connections": "ok",
            "temporal": "unreachable",
        },
        "receiving": {
            "waiting": 0,
            "oldest_waiting_s": 0,
            "dead_letters": 0,
            "set_aside": 0,
            "reasons": {},
            "detail": "Everything that arrived was processed.",
        },
    }
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    behind = await client.get("/ready")
    assert behind.status_code == 503
    assert behind.json()["checks"]["migrations"] == "pending"
    await state.engine.dispose()
