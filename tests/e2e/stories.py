"""Things that exist before a test begins, made through the API and the simulator's phone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

Item = dict[str, Any]


async def until(
    ask: Callable[[], Awaitable[Any]], seconds: float = 30.0, every: float = 0.1
) -> Any:
    """The first answer that is true."""
    async with asyncio.timeout(seconds):
        while not (found := await ask()):
            await asyncio.sleep(every)
    return found


def items(answer: httpx.Response) -> list[Item]:
    """The things in a list or a page."""
    body = answer.raise_for_status().json()
    found: list[Item] = body["items"] if isinstance(body, dict) else body
    return found


async def group_id(program: httpx.AsyncClient, name: str) -> str | None:
    """The group of this name."""
    groups = items(await program.get("/api/groups"))
    return next((str(group["id"]) for group in groups if group["name"] == name), None)


async def template(program: httpx.AsyncClient, name: str, language: str = "en_US") -> Item:
    """The template of this name."""
    query = {"search": name, "language": language}
    found = items(await program.get("/api/templates", params=query))
    return next(item for item in found if item["name"] == name)


async def template_id(program: httpx.AsyncClient, name: str) -> str:
    """Its id."""
    return str((await template(program, name))["id"])


async def draft(
    program: httpx.AsyncClient,
    name: str,
    *,
    group: str = "Newsletter",
    message: str = "order_ready",
    **changes: Any,
) -> str:
    """A campaign that is ready to launch."""
    channel = items(await program.get("/api/channels"))[0]["id"]
    chosen = await template(program, message)
    variables = {
        slot["key"]: {"field": "first_name", "default": "friend"} for slot in chosen["variables"]
    }
    body = {
        "name": name,
        "channel_id": channel,
        "template_id": chosen["id"],
        "audience": {"group_ids": [await group_id(program, group)]},
        "variables": variables,
        **changes,
    }
    made = await program.post("/api/campaigns", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def tiny_campaign(program: httpx.AsyncClient, name: str) -> str:
    """A campaign to the demo's people, sent to its end."""
    campaign = await draft(program, name)
    (await program.post(f"/api/campaigns/{campaign}/execute")).raise_for_status()
    await ended(program, campaign)
    return campaign


async def ended(program: httpx.AsyncClient, campaign: str, seconds: float = 40.0) -> Item:
    """The campaign once it is over, or halted."""

    async def over() -> Item | None:
        found: Item = (await program.get(f"/api/campaigns/{campaign}")).json()
        return None if found["status"] in ("scheduled", "running") else found

    found: Item = await until(over, seconds)
    return found


async def talk(
    program: httpx.AsyncClient, simulator: httpx.AsyncClient, phone: str, text: str
) -> Item:
    """The conversation once a customer has written."""
    await simulator.put(f"/_sim/customers/{phone}", json={"name": "Mara Voss"})
    message = {"type": "text", "text": {"body": text}}
    answer = await simulator.post(f"/_sim/customers/{phone}/messages", json=message)
    answer.raise_for_status()

    async def arrived() -> Item | None:
        found = items(await program.get("/api/conversations", params={"search": phone}))
        return found[0] if found else None

    conversation: Item = await until(arrived)
    return conversation
