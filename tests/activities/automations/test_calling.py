"""Calls of runs: tried as often as the node says, with one key, and no secret in what is kept."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import text
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.automations.calling import Calling
from activities.automations.deciding import Deciding, RunRef, StepRef
from activities.dependencies import Dependencies
from domain.automations.decisions import Decision, Next
from domain.automations.nodes import Header, HttpRequest, Pick
from services.automations.versions import Versions
from store.automations import secrets
from tests import runs
from tests.graphs import graph, say
from tests.serving import serving, url_of


@dataclass
class Shop:
    """Answers with these statuses, then with 200, and notes what it was asked."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A shop on loopback."""
    app, made = FastAPI(), Shop()

    @app.post("/orders")
    async def _(request: Request) -> Response:
        made.asked.append((dict(request.headers), await request.body()))
        status = made.statuses.pop(0) if made.statuses else 200
        return Response('{"order": {"id": "A-7"}}', status_code=status)

    async with serving(app) as server:
        made.url = f"{url_of(server)}/orders"
        yield made


def node(shop: Shop) -> HttpRequest:
    return HttpRequest(
        url=shop.url,
        headers=(Header(name="Authorization", value="Bearer {{secret.SHOP}}"),),
        body='{"name": "{{contact.name}}"}',
        retries=1,
        picks=(Pick(path="order.id", save_as="order"),),
    )


class Play:
    """A run at its call."""

    def __init__(self, needs: Dependencies, run_id: UUID) -> None:
        self.needs, self.run_id = needs, run_id

    async def call(self, attempt: int = 1, *, local: bool = True) -> Decision:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=attempt)
        calling = Calling(replace(self.needs, calls_local=local), Versions())
        found: Decision = await environment.run(calling.http_request, StepRef(self.run_id, 1))
        return found

    async def reason(self) -> str:
        async with self.needs.sessions() as session:
            statement = text("SELECT reason FROM automation_steps WHERE step = 1")
            return str(await session.scalar(statement))


async def play(needs: Dependencies, data: HttpRequest) -> Play:
    drawn = graph({"call": data, "say": say("{{answer.order}}"), "sorry": say("Sorry")},
                  "call > say", "call.failed > sorry")  # fmt: skip
    async with needs.sessions.begin() as session:
        await secrets.put(session, "SHOP", needs.vault.encrypt("s3cret").decode(), None)
        who = await runs.cast(session, needs.vault)
        run_id = await runs.started(session, await runs.live(session, drawn), who)
    deciding = Deciding(needs, Versions())
    assert (await ActivityEnvironment().run(deciding.decide, RunRef(run_id))).next is Next.EFFECT
    return Play(needs, run_id)


async def test_what_it_answers_is_saved_and_its_secret_is_not(
    needs: Dependencies, shop: Shop
) -> None:
    run = await play(needs, node(shop))
    assert (await run.call()).step == 2
    headers, body = shop.asked[0]
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["idempotency-key"] == f"{run.run_id}:1"
    assert body == b'{"name": "Person 0"}'
    row = await runs.row(needs.sessions, run.run_id)
    assert row.answers == {"order": "A-7"}
    assert "s3cret" not in str(row)
    assert await run.call() == await run.call()
    assert len(shop.asked) == 1


async def test_it_is_tried_again_with_the_same_key_as_often_as_the_node_says(
    needs: Dependencies, shop: Shop
) -> None:
    run = await play(needs, node(shop))
    shop.statuses = [503, 500]
    with pytest.raises(ApplicationError, match="http_status") as caught:
        await run.call(1)
    assert caught.value.next_retry_delay is not None
    assert (await run.call(2)).step == 2
    assert await run.reason() == "http_status"
    assert len({headers["idempotency-key"] for headers, _ in shop.asked}) == 1


async def test_what_will_not_get_better_is_not_tried_again(needs: Dependencies, shop: Shop) -> None:
    run = await play(needs, node(shop))
    shop.statuses = [404]
    assert (await run.call(1)).step == 2
    assert await run.reason() == "http_status"


async def test_private_addresses_are_refused_unless_the_setting_says_otherwise(
    needs: Dependencies, shop: Shop
) -> None:
    run = await play(needs, node(shop))
    assert (await run.call(local=False)).step == 2
    assert await run.reason() == "http_address"
    assert shop.asked == []


async def test_a_secret_that_is_gone_fails_without_a_call(needs: Dependencies, shop: Shop) -> None:
    run = await play(needs, node(shop))
    async with needs.sessions.begin() as session:
        await session.execute(text("DELETE FROM automation_secrets"))
    assert (await run.call()).step == 2
    assert await run.reason() == "no_secret"
    assert shop.asked == []
