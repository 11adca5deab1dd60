"""START and the like: what it lifts, and its single confirmation."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from services.contacts import consent
from services.sending import single
from services.vault import Vault, new_key
from tests import factories
from tests.services.consents import chosen, contact_id, opted_out, said, take, written
from tests.words import words_of

pytestmark = pytest.mark.fault("A5")

NOW = datetime.now(UTC).replace(microsecond=0)
USER = "ES.48213907716650021934"


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
async def channel(session: AsyncSession) -> Any:
    return await factories.channel(session, Vault([new_key()]))


async def told(session: AsyncSession) -> list[str]:
    """What was confirmed, in order."""
    query = text("SELECT client_id FROM messages WHERE origin = 'automation' ORDER BY id")
    return [client_id.partition(":")[0] for client_id in await session.scalars(query)]


async def test_start_is_confirmed_once_with_the_way_out(session: AsyncSession) -> None:
    start = said(written("Alta", ago(2), "w2"))
    await take(session, said(written("BAJA", ago(3), "w1")), start)
    assert await opted_out(session) is None
    again = await take(session, start, said(written("START", ago(1), "w3")))
    assert not again.messages  # nothing is stopped any more
    assert await told(session) == ["stopped", "allowed"]
    body = await session.scalar(text("SELECT body FROM messages WHERE client_id LIKE 'allowed:%'"))
    assert body == (
        "Podrás volver a recibir nuestros mensajes promocionales. Escribe BAJA para dejar de recibirlos."
    )


@pytest.mark.parametrize(
    ("stop", "start", "begins"),
    [
        ("Bitte abmelden", "START", "Sie können wieder"),  # on a number of Spain
        ("STOP", "START", "Podrás volver"),
        ("配信停止", "start", "宣伝メッセージ"),
        ("abmelden", "alta", "Podrás volver"),
    ],
)
async def test_it_speaks_the_language_in_which_they_stopped(
    session: AsyncSession, stop: str, start: str, begins: str
) -> None:
    await take(session, said(written(stop, ago(3), "w1")), said(written(start, ago(2), "w2")))
    query = text("SELECT body FROM messages WHERE client_id LIKE 'allowed:%'")
    assert str(await session.scalar(query)).startswith(begins)


async def test_the_confirmation_passes_the_gate_and_the_claim(session: AsyncSession) -> None:
    vault = Vault([new_key()])
    await session.execute(
        text("UPDATE channels SET access_token = :token"), {"token": vault.encrypt("t")}
    )
    await take(session, said(written("STOP", ago(3), "w1")))
    done = await take(session, said(written("START", ago(2), "w2")))
    claimed = await single.claim(session, vault, done.messages[0], "worker/1")
    assert isinstance(claimed, single.SingleClaim)


@pytest.mark.parametrize("keeper", ["meta", "team"])
async def test_nobody_is_told_that_marketing_comes_while_somebody_else_stops_it(
    session: AsyncSession, keeper: str
) -> None:
    await take(session, said(written("STOP", ago(5), "w1")))
    if keeper == "meta":
        await take(session, chosen("stop", ago(4)))
    else:
        await consent.stop(session, Actor("user"), await contact_id(session), "asked by phone")
    await take(session, said(written("START", ago(3), "w2")))
    assert await opted_out(session) is not None
    assert await told(session) == ["stopped"]


@pytest.mark.parametrize("body", ["START", "Hello", "start please"])
async def test_who_stopped_nothing_is_told_nothing(session: AsyncSession, body: str) -> None:
    await take(session, said(written(body, ago(3), "w1")))
    assert await told(session) == []


async def test_a_start_that_comes_after_a_newer_stop_is_not_confirmed(
    session: AsyncSession,
) -> None:
    await take(session, said(written("STOP", ago(5), "w1")), said(written("STOP", ago(1), "w3")))
    await take(session, said(written("START", ago(3), "w2")))
    assert await opted_out(session) == ago(1)
    assert await told(session) == ["stopped"]


@pytest.mark.parametrize("words", [("STOP", "START"), ("START", "STOP")])
async def test_two_words_of_one_second_count_as_they_came(
    session: AsyncSession, words: tuple[str, str]
) -> None:
    """Their ids sort the other way round, which must not matter."""
    await take(session, said(written("STOP", ago(9), "w0"), written("START", ago(8), "w1")))
    pair = [written(word, ago(1), wamid) for word, wamid in zip(words, ("w9", "w2"), strict=True)]
    await take(session, said(*pair))
    assert (await opted_out(session) is None) is (words[-1] == "START")
    assert await told(session) == ["allowed", "stopped" if words[-1] == "STOP" else "allowed"]


# Two contacts that turn out to be one person.


def alone(word: str, at: datetime, wamid: str) -> dict[str, Any]:
    """A text that names its writer by id only."""
    item = written(word, at, wamid, from_user_id=USER)
    del item["from"]
    return item


JOINED = written("It is me", ago(1), "w9", from_user_id=USER)


@pytest.mark.fault("A1")
@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
async def test_what_a_person_wrote_counts_by_its_time_whichever_contact_it_came_to(
    session: AsyncSession, order: tuple[int, ...]
) -> None:
    news = [
        said(alone("STOP", ago(8), "w1")),
        said(written("STOP", ago(7), "w2")),
        said(written("START", ago(6), "w3")),
        said(JOINED),
    ]
    await take(session, *(news[place] for place in order))
    assert await opted_out(session) is None
    await consent.stop(session, Actor("user"), await contact_id(session), "asked by phone")
    assert await opted_out(session) is not None


@pytest.mark.fault("A1")
@pytest.mark.parametrize("stopper", ["person", "meta", "team", "earlier"])
async def test_what_the_team_allowed_one_of_them_does_not_lift_what_the_other_stopped(
    session: AsyncSession, stopper: str
) -> None:
    team = Actor("user")
    await take(session, said(alone("Hello", ago(9), "w1")), said(written("STOP", ago(8), "w2")))
    other = await contact_id(session)
    [one] = await session.scalars(text("SELECT id FROM contacts WHERE bsuid IS NOT NULL"))
    if stopper == "person":
        await take(session, said(alone("STOP", ago(7), "w3")))
    elif stopper == "meta":
        await take(session, chosen("stop", ago(7), wa_id=None, user_id=USER))
    elif stopper == "team":
        await consent.stop(session, team, one, "complained")
    else:
        await session.execute(
            text(
                "UPDATE contacts SET marketing_opt_out_at = now() - interval '1 day' WHERE id = :id"
            ),
            {"id": one},
        )
    await consent.allow(session, team, other, "asked for it by phone")
    assert await opted_out(session) is None
    await take(session, said(JOINED))
    assert await session.scalar(text("SELECT count(*) FROM contacts")) == 1
    assert await opted_out(session) is not None
    sentences = [
        words_of(line.sentence)
        for line in await consent.history(session, await contact_id(session))
    ]
    assert "Allowed by someone on the team" in sentences  # what was said is not forgotten
