"""Data that exists before a test begins, created through the API and the simulator's phone."""

import json
from typing import Any

import httpx
import psycopg

from domain.contacts import FIRST_NAME
from services import samples
from tests.e2e.stage import Stage
from tests.eventually import eventually

Item = dict[str, Any]


FRIEND = {"field": FIRST_NAME, "default": "friend"}
ORDER = {"field": "order_no", "default": "A-1"}
PICTURE = "https://shop.lumen.example/spring.png"

VALUES: dict[str, dict[str, Item]] = {
    "spring_sale": {"body.2": {"default": "20%"}},
    "order_ready": {
        "header.1": ORDER,
        "body.2": ORDER,
        "body.3": {"default": "Lumen Market, Elm Street"},
        "button.0.1": ORDER,
    },
}
"""What variables of the sample templates hold, where a first name would read oddly."""


async def sign_in_program(client: httpx.AsyncClient, email: str, password: str) -> None:
    """Give a client a token, made the way a person makes one: signed in, then out again."""
    login = {"email": email, "password": password}
    signed_in = (await client.post("/api/auth/login", json=login)).raise_for_status().json()
    headers = {"X-CSRF-Token": signed_in["csrf_token"]}
    permissions = (await client.get("/api/auth/me")).json()["permissions"]
    wanted = {"name": "A program", "scopes": [name for name in permissions if ":" in name]}
    made = (await client.post("/api/tokens", json=wanted, headers=headers)).raise_for_status()
    (await client.post("/api/auth/logout", headers=headers)).raise_for_status()
    client.headers["Authorization"] = f"Bearer {made.json()['token']}"


async def import_people(program: httpx.AsyncClient) -> str:
    """The id of the group with the sample's 4,973 people; imports them unless they are there."""
    group = await group_id(program, "Spring sale")
    if group is not None:
        return group
    sent = await program.post(
        "/api/contacts/import",
        files={"file": ("people.csv", "".join(samples.contacts_csv(5_000)).encode())},
        data={"options": json.dumps({"new_group": "Spring sale"})},
    )
    url = f"/api/contacts/import/{sent.raise_for_status().json()['id']}"

    async def stored() -> bool:
        return bool((await program.get(url)).json()["status"] == "completed")

    await eventually(stored, "the people are imported", within=40)
    group = await group_id(program, "Spring sale")
    assert group is not None
    return group


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
    picture: str = PICTURE,
    **changes: Any,
) -> str:
    """A campaign that is ready to launch."""
    channel = items(await program.get("/api/channels"))[0]["id"]
    chosen = await template(program, message)
    said = VALUES.get(message, {})
    variables = {slot["key"]: said.get(slot["key"], FRIEND) for slot in chosen["variables"]}
    media = {
        slot["key"]: {"default": picture} for slot in chosen["variables"] if slot["kind"] == "media"
    }
    body = {
        "name": name,
        "channel_id": channel,
        "template_id": chosen["id"],
        "audience": {"group_ids": [await group_id(program, group)]},
        "variables": variables | media,
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

    found: Item = await eventually(over, "the campaign is over or halted", within=seconds)
    return found


async def talk(
    program: httpx.AsyncClient,
    simulator: httpx.AsyncClient,
    phone: str,
    text: str,
    name: str = "Mara Voss",
) -> Item:
    """The conversation once a customer has written."""
    await simulator.put(f"/_sim/customers/{phone}", json={"name": name})
    message = {"type": "text", "text": {"body": text}}
    answer = await simulator.post(f"/_sim/customers/{phone}/messages", json=message)
    answer.raise_for_status()

    async def arrived() -> Item | None:
        found = items(await program.get("/api/conversations", params={"search": phone}))
        return found[0] if found else None

    conversation: Item = await eventually(arrived, "the message arrives")
    return conversation


def refused(answer: httpx.Response, *statuses: int) -> str:
    """The stable code of a refusal."""
    assert answer.status_code in (statuses or range(400, 500)), answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return str(problem["code"])


def ask(stage: Stage, statement: str, *values: Any) -> Any:
    """One value from the database."""
    with psycopg.connect(str(stage.stack.settings.database_url)) as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    return row[0] if row else None
