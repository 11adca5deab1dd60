"""The webhook log for programs: who may see what, hostile input, and replays that change nothing twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from services.receiving.intake import Intake
from services.receiving.replaying import Replayer
from services.receiving.taking import Taker
from tests import factories
from tests.api.bearers import bearer
from tests.conftest import LoginAs, TokenFor
from tests.deliveries import SENDER, as_bytes, envelope, message, value

HOME = "/api/webhook-log"
WORDS = "the customer's own words"


@pytest.fixture
async def received(state: AppState) -> None:
    """A message, a status of a stranger, something of an unknown kind, a message without sender, a dead letter."""
    async with state.sessions.begin() as session:
        channel = await factories.channel(session, state.vault)
    lost = message("text", 4) | {"from": None, "from_user_id": None}
    status = {
        "id": "wamid.OUT",
        "status": "read",
        "timestamp": "1790417000",
        "recipient_id": SENDER,
    }
    lists: list[dict[str, Any]] = [
        {"messages": [message("text", 1) | {"text": {"body": WORDS}}]},
        {"statuses": [status]},
        {
            "messages": [message("hologram", 3) | {"from": "34622000003", "from_user_id": "ES.3"}],
            "contacts": [],
        },
        {"messages": [lost], "contacts": []},
    ]
    intake, taker = Intake(state.sessions), Taker(state.sessions)
    for given in lists:
        await intake.keep(as_bytes(envelope(("messages", value(**given)))), [channel])
    await intake.keep(b"no json", [channel])
    while (await taker.take()).taken:
        pass


async def ids(client: httpx.AsyncClient, **params: Any) -> list[int]:
    """Ids on all pages of a search."""
    found: list[int] = []
    while True:
        page = (await client.get(f"{HOME}/deliveries", params=params)).raise_for_status().json()
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


@pytest.mark.usefixtures("received")
async def test_what_came_is_found_by_who_what_and_outcome(login_as: LoginAs) -> None:
    admin = await login_as(Role.ADMIN)
    assert await ids(admin) == await ids(admin, limit=2) == [5, 4, 3, 2, 1]
    assert await ids(admin, q="+34 611 222 333") == [2, 1]
    assert await ids(admin, q="wamid.text.1") == [1]
    assert await ids(admin, kind="message") == [4, 3, 1]
    assert await ids(admin, kind="message/hologram", outcome="unknown_kind") == [3]
    assert await ids(admin, outcome="unmatched") == [2]
    assert await ids(admin, outcome="dead") == [5]
    assert await ids(admin, outcome="aside") == [4]
    now = datetime.now(UTC)
    assert await ids(admin, since=(now - timedelta(minutes=5)).isoformat(), limit=3) == [
        5,
        4,
        3,
        2,
        1,
    ]
    assert await ids(admin, until=(now - timedelta(minutes=5)).isoformat()) == []
    (line,) = (await admin.get(f"{HOME}/deliveries", params={"outcome": "dead"})).json()["items"]
    assert (line["results"], line["error"], line["kinds"]) == (["dead"], "not_json", [])
    standing = (await admin.get(HOME)).json()
    assert (standing["dead"], standing["aside"]) == (1, 1)
    assert standing["reasons"] == {"no_sender": 1, "not_json": 1}


@pytest.mark.usefixtures("received")
async def test_a_delivery_shows_people_only_to_whom_it_may(
    login_as: LoginAs, token_for: TokenFor, client: httpx.AsyncClient
) -> None:
    admin, manager = await login_as(Role.ADMIN), await login_as(Role.MANAGER)
    address = f"{HOME}/deliveries/1"
    seen = (await admin.get(address)).json()
    (shown,) = seen["objects"]
    assert WORDS in seen["raw"]
    assert (shown["person"], shown["wamid"]) == (f"+{SENDER}", "wamid.text.1")
    assert shown["message"]["conversation_id"]
    token = await token_for(Role.ADMIN, ["webhooks:read", "contacts:read", "conversations:read"])
    for answer in (await manager.get(address), await client.get(address, headers=bearer(token))):
        assert answer.status_code == 200
        for personal in (WORDS, SENDER, "Mara", "ES.4821"):
            assert personal not in answer.text
        assert answer.json()["objects"][0]["message"] == shown["message"]
    aside = (await admin.get(f"{HOME}/objects")).json()["items"]
    line = next(one for one in aside if one["source"] == "object")
    assert "Is it in stock?" in (await admin.get(f"{HOME}/objects/{line['id']}")).text
    assert "Is it in stock?" not in (await manager.get(f"{HOME}/objects/{line['id']}")).text
    assert "no json" in (await admin.get(f"{HOME}/deliveries/5")).text
    assert "no json" not in (await manager.get(f"{HOME}/deliveries/5")).text


READS = ("", "/deliveries", "/deliveries/1", "/objects", "/objects/1", "/rejections", "/replays")
WRITES = ("/deliveries/1/replay", "/objects/1/replay", "/replays", "/replays/1/stop")


@pytest.mark.usefixtures("received")
async def test_each_role_may_what_it_may(login_as: LoginAs, client: httpx.AsyncClient) -> None:
    agent, manager, admin = [
        await login_as(role) for role in (Role.AGENT, Role.MANAGER, Role.ADMIN)
    ]
    everything = {"scope": "all", "first": 1, "last": 9}
    assert (await admin.post(f"{HOME}/replays", json=everything)).status_code == 202
    for path in READS:
        told = [(await one.get(HOME + path)).status_code for one in (client, agent, manager, admin)]
        assert told == [401, 403, 200, 200], path
    for path in WRITES:
        body = everything if path == "/replays" else None
        assert (await client.post(HOME + path, json=body)).status_code in (401, 403)
        told = [(await one.post(HOME + path, json=body)).status_code for one in (agent, manager)]
        assert told == [403, 403], path
        assert (await admin.post(HOME + path, json=body)).status_code in (200, 202), path


@pytest.mark.usefixtures("received")
async def test_a_replay_tells_how_far_it_is_and_is_on_record(
    login_as: LoginAs, state: AppState
) -> None:
    admin = await login_as(Role.ADMIN)
    begun = (await admin.post(f"{HOME}/replays", json={"first": 1, "last": 5})).json()
    assert (begun["state"], begun["share"], begun["replayed"]) == ("running", 0, 0)
    async with state.sessions() as session:
        messages = await session.scalar(text("SELECT count(*) FROM messages"))
    while await Replayer(state.sessions).step():
        pass
    done = (await admin.get(f"{HOME}/replays/{begun['id']}")).json()
    assert (done["state"], done["share"], done["replayed"], done["failed"]) == ("done", 1, 5, 0)
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM messages")) == messages
    assert [one["id"] for one in (await admin.get(f"{HOME}/replays")).json()] == [begun["id"]]
    (entry,) = (await admin.get("/api/audit", params={"action": "replay.begun"})).json()["items"]
    assert entry["after"] == {"scope": "all", "first": 1, "last": 5}
    refused = await admin.post(f"{HOME}/replays/{begun['id']}/stop")
    assert (refused.status_code, refused.json()["code"]) == (409, "replay_ended")


@pytest.mark.usefixtures("received")
async def test_a_repeated_request_begins_one_replay(login_as: LoginAs) -> None:
    admin = await login_as(Role.ADMIN)
    for _ in range(2):
        headers = {"Idempotency-Key": "once"}
        await admin.post(f"{HOME}/replays", json={"first": 1}, headers=headers)
    assert len((await admin.get(f"{HOME}/replays")).json()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "replay_range"),
        ({"first": 0}, "invalid"),
        ({"first": 2**63}, "invalid"),
        ({"first": 2, "last": 1}, "replay_empty"),
        ({"since": "2026-01-01T00:00:00"}, "invalid"),
        ({"since": "9999-12-31T23:59:59Z", "until": "0001-01-01T00:00:00Z"}, "replay_empty"),
        ({"scope": "objects"}, "replay_empty"),
        ({"scope": "everything"}, "invalid"),
        ({"surprise": 1}, "invalid"),
    ],
)
async def test_a_replay_of_nothing_is_refused(
    login_as: LoginAs, body: dict[str, Any], code: str
) -> None:
    admin = await login_as(Role.ADMIN)
    refused = await admin.post(f"{HOME}/replays", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


@pytest.mark.usefixtures("received")
@pytest.mark.parametrize(
    "typed", ["%", "_", "' OR 1=1 --", "\\", "\u202e", "x" * 300, "٣٤", "((", "😀", "wamid.*"]
)
async def test_hostile_searches_find_nothing(login_as: LoginAs, typed: str) -> None:
    admin = await login_as(Role.ADMIN)
    assert await ids(admin, q=typed) == []
    assert await ids(admin, kind=typed[:100]) == []


@pytest.mark.parametrize(
    "query",
    ["q=" + "x" * 301, "outcome=nonsense", "channel_id=1", "since=yesterday", "limit=0", "limit=201", "surprise=1",
     "cursor=abc", "cursor=WyItMSJd", "cursor=WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0"],
)  # fmt: skip
async def test_a_search_that_cannot_be_read_is_refused(login_as: LoginAs, query: str) -> None:
    admin = await login_as(Role.ADMIN)
    assert (await admin.get(f"{HOME}/deliveries?{query}")).status_code == 422


async def test_what_is_gone_is_said_to_be(login_as: LoginAs) -> None:
    admin = await login_as(Role.ADMIN)
    for path in ("/deliveries/1", "/objects/1", f"/deliveries/{2**63 - 1}"):
        gone = await admin.get(HOME + path)
        assert (gone.status_code, gone.json()["code"]) == (404, "webhook_gone")
    assert (await admin.get(f"{HOME}/replays/1")).json()["code"] == "replay_gone"
    assert (await admin.get(f"{HOME}/deliveries/0")).status_code == 404
