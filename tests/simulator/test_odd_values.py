"""Any value in any place of a message or a template: Meta's answer or Meta's error, nothing else."""

from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import orjson
import pytest

from tests.simulator.harness import Json, Sim
from tests.simulator.test_calls import MESSAGES
from tests.simulator.test_parameters import FORMS
from tests.simulator.test_parameters import TAKEN as SENT
from tests.simulator.test_template_rules import TAKEN

pytestmark = pytest.mark.fault("8A")

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    " ",
    "x",
    "https://[x",
    "{{",
    [],
    [1],
    {},
    {"x": 1},
    [{}],
    [[]],
)
TRIES = 700


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if where:
        yield where
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, item in pairs:
        yield from places(item, (*where, key))


def spoilt(document: Json, chance: Random) -> Json:
    """A copy with an odd value somewhere."""
    copy: Any = orjson.loads(orjson.dumps(document))
    *path, last = chance.choice(list(places(copy)))
    target = copy
    for key in path:
        target = target[key]
    target[last] = chance.choice(ODD)
    found: Json = copy
    return found


def check(response: httpx.Response, tried: Json) -> None:
    """A Graph answer."""
    body = response.json()
    if response.status_code != 200:
        error = body["error"]
        assert error["fbtrace_id"], tried
        assert response.status_code < 500, tried


async def test_messages(sim: Sim) -> None:
    await sim.knobs(pair_limit=False, throughput_limit=False, statuses=False)
    chance = Random(8)
    for _ in range(TRIES):
        tried = spoilt(chance.choice(list(MESSAGES.values())), chance)
        check(await sim.send(tried), tried)
    assert (await sim.get("_sim/customers/34600000100/thread"))["messages"]


async def test_templates_and_their_parameters(sim: Sim) -> None:
    await sim.knobs(
        pair_limit=False, throughput_limit=False, statuses=False, management_limit=False
    )
    chance = Random(8)
    for _ in range(TRIES):
        tried = spoilt(chance.choice([*TAKEN.values(), *FORMS.values()]), chance)
        check(await sim.post(f"{sim.waba}/message_templates", tried), tried)
    for name, content in FORMS.items():
        await sim.post(f"{sim.waba}/message_templates", {**content, "name": name})
    catalog = sim.engine.world.catalog
    await sim.until(
        lambda: all(catalog.by_name[name, "en_US"].status == "APPROVED" for name in FORMS)
    )
    for _ in range(TRIES):
        name, parts = chance.choice(list(SENT.values()))
        parameters = spoilt({"components": list(parts)}, chance)["components"]
        language = {"code": "en_US"}
        template = {"name": name, "language": language, "components": parameters}
        head = {"messaging_product": "whatsapp", "to": "+34600000100", "type": "template"}
        tried = {**head, "template": template}
        check(await sim.send(tried), tried)
    assert (await sim.get("_sim/customers/34600000100/thread?limit=1000"))["messages"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b""),
        ("application/json", b"[1]"),
        ("application/json", b"\xff"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"x"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1&%zz&text=%7B"),
        ("text/plain", b"hello"),
    ],
)
@pytest.mark.parametrize("edge", ["messages", "register", "block_users", "message_templates"])
async def test_bodies(sim: Sim, edge: str, kind: str, content: bytes) -> None:
    node = sim.waba if edge == "message_templates" else sim.number
    headers = {"content-type": kind}
    response = await sim.client.post(f"/v23.0/{node}/{edge}", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] in (100, 131008)
