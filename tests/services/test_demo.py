import csv
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli import contact_names
from domain.actors import SYSTEM
from domain.errors import Invalid
from domain.phone import key
from services import demo, phones, samples
from services.channels import account, write
from services.vault import Vault, new_key
from simulator.config import SimulatorConfig
from simulator.personas import Persona, persona_of
from simulator.phone_numbers import is_us
from store.engine import create_engine, create_sessions
from tests import simulated

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONFIG = SimulatorConfig()
NUMBER = demo.DemoNumber(
    phone_number_id=CONFIG.numbers[0].id,
    waba_id=CONFIG.waba_id,
    access_token=CONFIG.access_tokens[0],
    app_secret=CONFIG.app_secret,
    verify_token=CONFIG.verify_token,
)


async def counts(session: AsyncSession) -> dict[str, int]:
    tables = (
        "users",
        "channels",
        "portfolios",
        "contacts",
        "groups",
        "group_members",
        "custom_fields",
    )
    parts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in tables)
    return dict((await session.execute(text(f"SELECT {parts}"))).mappings().one())


async def test_seeding_twice_is_seeding_once(session: AsyncSession) -> None:
    vault = Vault([new_key()])

    async def seed(url: str = simulated.URL) -> object:
        return await demo.seed(
            session, vault, simulator_url=url, number=NUMBER, admin_password="a-long-password"
        )

    channel_id = await seed()
    before = await counts(session)
    assert before == {
        "users": 1,
        "channels": 1,
        "portfolios": 1,
        "contacts": 200,
        "groups": 1,
        "group_members": 200,
        "custom_fields": len(demo.FIELDS),
    }
    assert await seed() == channel_id
    assert await seed("http://127.0.0.1:9") == channel_id
    assert await counts(session) == before
    row = await account.require(session, channel_id)  # type: ignore[arg-type]  # a UUID
    assert row.api_url == "http://127.0.0.1:9"


async def test_connecting_brings_the_templates(database_url: str) -> None:
    engine = create_engine(database_url)
    sessions, vault = create_sessions(engine), Vault([new_key()])
    async with simulated.in_process() as (server, api):
        async with sessions.begin() as session:
            channel_id = await demo.seed(
                session,
                vault,
                simulator_url=simulated.URL,
                number=NUMBER,
                admin_password="a-long-password",
            )
        fine = await demo.connect(
            sessions, vault, api, channel_id, public_url="http://app.test", clock=lambda: NOW
        )
        assert not fine  # nobody answers the handshake here
        async with sessions() as session:
            found = await session.scalar(text("SELECT count(*) FROM templates"))
        assert found == len(server.state.engine.world.catalog.by_id)
    await engine.dispose()


@pytest.mark.fault("C4")
@pytest.mark.parametrize("what", ["removed", "another token", "another app"])
async def test_a_demo_starts_again_whatever_became_of_its_number(
    sessions: async_sessionmaker[AsyncSession], what: str
) -> None:
    vault = Vault([new_key()])

    async def seed() -> UUID:
        async with sessions.begin() as session:
            return await demo.seed(
                session, vault, simulator_url=simulated.URL, number=NUMBER, admin_password="a-long-password",
            )  # fmt: skip

    channel_id = await seed()
    async with sessions.begin() as session:
        if what == "removed":
            await write.remove(session, channel_id, actor=SYSTEM, now=NOW)
        else:
            secret = "access_token" if what == "another token" else "app_secret"
            changed = f"UPDATE channels SET {secret} = :sealed"
            await session.execute(text(changed), {"sealed": vault.encrypt("EAAother")})
    async with simulated.in_process() as (_, api):
        assert not await demo.connect(
            sessions, vault, api, await seed(), public_url="http://app.test", clock=lambda: NOW
        )


def test_sample_people_have_numbers_of_their_own_that_exist_in_their_plan() -> None:
    everyone = [*samples.people(), *samples.special_people()]
    assert len({key(person.phone) for person in everyone}) == len(everyone) > 5_900
    for person in everyone[::37]:
        assert phones.parse(person.phone).e164 == person.phone
    assert not any(is_us(person.phone[1:]) for person in everyone)
    assert {persona_of(person.phone[1:]) for person in samples.people()} == {Persona.ORDINARY}
    assert len({persona_of(person.phone[1:]) for person in samples.special_people()}) == 13


def test_a_sample_file_is_stable_and_has_known_flaws() -> None:
    lines = list(samples.contacts_csv())
    assert lines == list(samples.contacts_csv())
    rows = list(csv.DictReader(lines))
    assert len(rows) == 5_000
    seen: set[str] = set()
    broken = 0
    for row in rows:
        try:
            seen.add(phones.parse(row["Mobile"]).key)
        except Invalid:
            broken += 1
    assert (broken, len(seen)) == (samples.INVALID_ROWS, 4_973)


@pytest.mark.parametrize(("rows", "lines"), [(0, 2), (10, 11), (100_000, 5_982)])
def test_sample_files_of_any_size(rows: int, lines: int) -> None:
    assert len(list(samples.contacts_csv(rows))) in {lines, samples.MAX_ROWS + 1}


@pytest.mark.fault("8A")
async def test_the_phones_people_are_called_what_contacts_are_called(session: AsyncSession) -> None:
    vault = Vault([new_key()])
    await demo.seed(
        session, vault, simulator_url=simulated.URL, number=NUMBER, admin_password="a-long-password"
    )
    people = [person for person in samples.special_people() if person.name]
    digits = [person.phone.removeprefix("+") for person in people]
    found = await demo.names(session, [*digits, "34600999999", "12", ""])
    assert found == dict(zip(digits, [person.name for person in people], strict=True))
    await session.execute(text("UPDATE contacts SET name = 'Mara Voss'"))
    assert set((await demo.names(session, digits)).values()) == {"Mara Voss"}


@pytest.mark.fault("8A")
async def test_the_phone_goes_on_without_the_database() -> None:
    find = contact_names.lookup("postgresql://nobody@127.0.0.1:1/nowhere")
    assert await find(["34600000100"]) == {}
