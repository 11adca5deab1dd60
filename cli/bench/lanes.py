"""`whatsway bench lanes`: how long a reply takes to be sent while a campaign runs at full speed."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import typer
from sqlalchemy import text

from cli.bench.opening import open_scene
from cli.bench.rates import between, summary
from cli.bench.scene import Scene
from cli.bench.usage import machine
from domain.actors import Actor
from domain.permissions import Permission
from services import demo, tokens, users

FIRST_PHONE = 34_699_000_000
"""Numbers of people who write to the business and are in no campaign."""

TARGET_S = 2.0
WINDOWS_S = 60.0
ARRIVED_S = 30.0
HEAD_START = 200


def lanes(
    recipients: Annotated[int, typer.Option(min=1000, help="People in the campaign.")] = 100_000,
    replies: Annotated[int, typer.Option(min=1, help="How many replies.")] = 100,
    gap_ms: Annotated[float, typer.Option(min=0, help="Time between two replies.")] = 300.0,
    latency_ms: Annotated[float, typer.Option(help="How long WhatsApp takes to answer.")] = 50.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Reply to customers through the API while a campaign runs, timing from the call to WhatsApp."""
    result = asyncio.run(measure(recipients, replies, gap_ms / 1000, latency_ms, quiet=as_json))
    print(json.dumps(result))


async def measure(
    recipients: int, replies: int, gap_s: float, latency_ms: float, *, quiet: bool
) -> dict[str, Any]:
    """Open windows, start the campaign, then send replies one by one; returns the figures."""
    phones = [str(FIRST_PHONE + number) for number in range(replies)]
    async with open_scene(recipients, latency_ms=latency_ms) as scene, await program(scene) as api:
        contacts = await talking(scene, phones)
        campaign_id = await scene.campaign("Benchmark")
        await scene.launch(campaign_id)
        await scene.flowing(min(HEAD_START, recipients // 10))
        asked = await _reply(api, contacts, gap_s, quiet=quiet)
        arrived = await _arrived(scene, phones)
        log = await scene.accepted()
    took = {phone: arrived[phone] - called for phone, called in asked.items() if phone in arrived}
    start, end = min(asked.values()), max(asked.values())
    sent = between(sorted(log.moments), start, end)
    return {
        "replies": replies,
        "arrived": len(took),
        "to_first_byte_s": summary(list(took.values())),
        "target_s": TARGET_S,
        "within_target": len(took) == replies and summary(list(took.values()))["p99"] < TARGET_S,
        "campaign_msg_per_s": round(sent / max(end - start, 0.001), 1),
        "campaign_ran_throughout": len(log.moments) - replies < recipients,
        "machine": machine(),
    }


async def program(scene: Scene) -> httpx.AsyncClient:
    """A client with a token, like a team's program."""
    async with scene.sessions.begin() as session:
        owner = next(
            user for user in await users.everyone(session) if user.email == demo.ADMIN_EMAIL
        )
        made = await tokens.create(
            session,
            Actor("bench", owner.id),
            user=owner.id,
            allowed=frozenset(tokens.grantable(owner)),
            name="bench",
            scopes=[Permission(name).value for name in tokens.grantable(owner)],
            expires_in_days=1,
            now=datetime.now(UTC),
        )
    return httpx.AsyncClient(
        base_url=scene.stack.urls.app,
        headers={"Authorization": f"Bearer {made.secret}"},
        timeout=60,
    )


async def talking(scene: Scene, phones: Sequence[str]) -> dict[str, str]:
    """Customers who have just written, so that free text is allowed: contact ids by phone."""
    for phone in phones:
        answer = await scene.http.post(
            f"{scene.stack.simulator_url}/_sim/customers/{phone}/messages",
            json={"type": "text", "text": {"body": "Hello"}},
        )
        answer.raise_for_status()
    statement = text(
        "SELECT c.phone_key, c.id FROM contacts c JOIN conversations v ON v.contact_id = c.id"
        " WHERE v.window_expires_at > clock_timestamp() AND c.phone_key = ANY(:phones)"
    )
    async with asyncio.timeout(WINDOWS_S):
        while True:
            async with scene.sessions() as session:
                rows = (await session.execute(statement, {"phones": list(phones)})).all()
            if len(rows) == len(phones):
                return {row.phone_key: str(row.id) for row in rows}
            await asyncio.sleep(0.2)


async def _reply(
    api: httpx.AsyncClient, contacts: dict[str, str], gap_s: float, *, quiet: bool
) -> dict[str, float]:
    """When each reply was requested, by phone."""
    asked: dict[str, float] = {}
    for phone, contact in contacts.items():
        body = {"contact_id": contact, "text": {"body": "Thank you for writing."}}
        asked[phone] = time.time()
        (await api.post("/api/messages/send", json=body)).raise_for_status()
        if not quiet and len(asked) % 10 == 0:
            print(f"{len(asked)} replies", flush=True)
        await asyncio.sleep(gap_s)
    return asked


async def _arrived(scene: Scene, phones: Sequence[str]) -> dict[str, float]:
    """When the simulator accepted the reply to each phone."""
    wanted = set(phones)
    deadline = time.monotonic() + ARRIVED_S
    while True:
        log = await scene.accepted()
        found = {phone: log.first[phone] for phone in wanted if phone in log.first}
        if len(found) == len(wanted) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(1.0)
