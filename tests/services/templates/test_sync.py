from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain import template_slots
from domain import templates as rules
from domain.actors import SYSTEM
from domain.errors import Conflict
from domain.templates import TemplateFilter
from services.channels import write
from services.templates import search, show, sync
from services.vault import Vault, new_key
from simulator.app import Simulator
from simulator.config import SimulatorConfig
from store import templates
from store.engine import create_engine, create_sessions
from store.templates import FetchedTemplate, SyncCounts
from tests import simulated
from whatsapp import management
from whatsapp.client import CloudApi, CloudApiError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 13, tzinfo=UTC)
WABA = "102030405060708"


def fetched(
    name: str, language: str = "en_US", body: str = "Hello", **changes: str
) -> FetchedTemplate:
    item = {
        "id": f"{abs(hash((name, language)))}",
        "name": name,
        "language": language,
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [{"type": "BODY", "text": body}],
        **changes,
    }
    return sync.parse(item)


@pytest.fixture
async def simulator() -> AsyncIterator[tuple[Simulator, CloudApi]]:
    async with simulated.in_process() as pair:
        yield pair


async def test_every_page_and_language_is_fetched(
    simulator: tuple[Simulator, CloudApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, api = simulator
    monkeypatch.setattr(management, "PAGE_SIZE", 7)
    world = server.state.engine.world
    found = await sync.fetch(api, simulated.account(world.config))
    assert {item.meta_id for item in found} == set(world.catalog.by_id)
    spring = {item.language for item in found if item.name == "spring_sale"}
    assert spring == {"en_US", "es", "pt_BR"}


async def test_a_sync_counts_what_it_did(session: AsyncSession) -> None:
    first = [fetched("a"), fetched("a", "es"), fetched("b"), fetched("c")]
    assert await templates.sync(session, WABA, first, now=NOW) == SyncCounts(4, 0, 0, 0)
    second = [fetched("a"), fetched("a", "es", "Hola"), fetched("b", status="PAUSED"), fetched("d")]
    assert await templates.sync(session, WABA, second, now=LATER) == SyncCounts(1, 2, 1, 1)
    assert await templates.sync(session, WABA, second, now=LATER) == SyncCounts(0, 0, 4, 0)


async def test_vanished_templates_are_kept_and_come_back(session: AsyncSession) -> None:
    await templates.sync(session, WABA, [fetched("a"), fetched("b")], now=NOW)
    kept = await templates.find(session, waba_id=WABA, meta_id="", name="b", language="en_US")
    assert kept is not None
    await templates.sync(session, WABA, [fetched("a")], now=LATER)
    await session.refresh(kept)
    assert kept.deleted_at == LATER
    problem = show.problem(kept)
    assert problem is not None
    assert problem.code == "template_deleted"
    assert await templates.sync(session, WABA, [fetched("a"), fetched("b")], now=LATER) == (
        SyncCounts(0, 1, 1, 0)
    )
    await session.refresh(kept)
    assert kept.deleted_at is None


async def test_other_accounts_are_left_alone(session: AsyncSession) -> None:
    await templates.sync(session, WABA, [fetched("a")], now=NOW)
    await templates.sync(session, "999", [fetched("z")], now=NOW)
    assert (await templates.sync(session, "999", [], now=LATER)).removed == 1
    assert await templates.find(session, waba_id=WABA, meta_id="", name="a", language="en_US")


async def test_odd_entries_do_no_harm(session: AsyncSession) -> None:
    odd = sync.parse({"name": "x", "language": "en", "quality_score": "GREEN", "components": ["?"]})
    assert (odd.status, odd.quality, odd.components) == ("PENDING", "GREEN", [])
    poison = fetched("nul", body="a\0b")
    twice = [poison, poison]
    assert (await templates.sync(session, WABA, twice, now=NOW)).new == 1


async def test_sync_holds_no_transaction_while_meta_answers(
    database_url: str, simulator: tuple[Simulator, CloudApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, api = simulator
    engine = create_engine(database_url)
    sessions: async_sessionmaker[AsyncSession] = create_sessions(engine)
    vault = Vault([new_key()])
    async with sessions.begin() as session:
        form = simulated.form(server.state.engine.world.config)
        channel = await write.add(session, vault, form, actor=SYSTEM)
    asked = management.templates
    in_use: list[int] = []

    async def watched(*arguments: object) -> object:
        in_use.append(engine.pool.checkedout())  # type: ignore[attr-defined]  # a queue pool
        return await asked(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(management, "templates", watched)
    counts = await sync.sync(sessions, vault, api, channel.id, now=NOW)
    assert in_use == [0]
    assert counts.new == len(server.state.engine.world.catalog.by_id)
    async with sessions() as session:
        page = await search.groups(session, TemplateFilter(), limit=200)
        spring = next(group for group in page.groups if group.lead.row.name == "spring_sale")
        assert [item.row.language for item in spring.languages] == ["en_US", "es", "pt_BR"]
        assert await search.last_synced_at(session) == NOW
    await engine.dispose()


async def test_every_sample_template_is_accepted_as_we_send_it(
    simulator: tuple[Simulator, CloudApi],
) -> None:
    server, api = simulator
    account = simulated.account(server.state.engine.world.config)
    sent = 0
    for item in await sync.fetch(api, account):
        if rules.problem(item.status, components=item.components):
            continue
        compiled = template_slots.compile_payload(
            {
                "name": item.name,
                "language": item.language,
                "parameter_format": item.parameter_format,
                "components": item.components,
            }
        )
        values = [slot.example or "482913" for slot in compiled.slots]
        message = {
            "messaging_product": "whatsapp",
            "to": "+34611555012",
            "type": "template",
            "template": compiled.payload(values),
        }
        assert (await api.send(account, message)).startswith("wamid.")
        sent += 1
    assert sent > 20


async def test_groups_page_by_name_and_filter(session: AsyncSession) -> None:
    await write.add(
        session,
        Vault([new_key()]),
        simulated.form(SimulatorConfig()),
        actor=SYSTEM,
    )
    items = [
        fetched("alpha", body="Order {{1}} is ready"),
        fetched("beta", "es", "Hola"),
        fetched("beta", "de"),
    ]
    await templates.sync(session, WABA, [*items, fetched("gamma", status="PAUSED")], now=NOW)
    first = await search.groups(session, TemplateFilter(), limit=2)
    assert [group.lead.row.name for group in first.groups] == ["alpha", "beta"]
    rest = await search.groups(session, TemplateFilter(), cursor=first.next_cursor, limit=2)
    assert [group.lead.row.name for group in rest.groups] == ["gamma"]
    assert not rest.next_cursor
    assert not rest.groups[0].sendable

    async def names(**wanted: str) -> list[str]:
        page = await search.groups(session, TemplateFilter(**wanted), limit=9)
        return [group.lead.row.name for group in page.groups]

    assert await names(search="ORDER") == ["alpha"]
    assert await names(search="100%_") == []
    assert await names(language="es") == ["beta"]
    assert await names(status="PAUSED") == ["gamma"]
    assert await names(category="MARKETING") == []
    facets = await search.facets(session)
    assert facets["language"] == ["de", "en_US", "es"]


async def test_a_refused_token_is_an_error_not_an_empty_account(
    simulator: tuple[Simulator, CloudApi],
) -> None:
    server, api = simulator
    account = simulated.account(server.state.engine.world.config)
    wrong = type(account)(
        account.api_url, "v23.0", "nobody", account.phone_number_id, account.waba_id
    )
    with pytest.raises(CloudApiError) as caught:
        await sync.fetch(api, wrong)
    assert caught.value.code == 190


async def test_a_sync_that_cannot_be_started_is_said(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    asked: list[UUID] = []

    async def begin(channel_id: UUID) -> bool:
        asked.append(channel_id)
        return len(asked) > 1

    with pytest.raises(Conflict) as refused:
        await sync.start(sessions, begin)
    assert refused.value.code == "sync_not_started"
    assert await sync.start(sessions, begin) == asked[1:]
