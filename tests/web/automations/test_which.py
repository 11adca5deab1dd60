"""Which automation gets a text, and why: asked by people."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.automations.triggers import Entry, KeywordTrigger, ReEntry
from domain.permissions import Role
from services.automations import control
from tests import runs
from tests.conftest import LoginAs
from tests.graphs import ask, chain, graph, on_word, say
from tests.runs import Cast
from tests.web.automations.test_run import texts

ASKED = "/automations/which?text="


@pytest.fixture
async def who(session: AsyncSession, state: AppState) -> Cast:
    """Somebody, and two automations that listen for words."""
    who = await runs.cast(session, state.vault)
    for name, word in (("Prices", "price"), ("Refunds", "refund")):
        await runs.live(session, graph({"n": say("Hi")}, triggers=on_word(word)), name)
    await session.commit()
    return who


async def test_the_winner_and_every_other_have_their_reason(login_as: LoginAs, who: Cast) -> None:
    client = await login_as(Role.AGENT)
    blank = texts((await client.get("/automations/which")).text)
    assert "Ask with a text" in blank
    page = await client.get(f"{ASKED}What is the PRICE&number={who.channel_id}")
    said = texts(page.text)
    assert "“Prices” starts." in said
    assert "Prices Keyword: start Takes it, because of the keyword “price”." in said
    assert "Refunds Keyword: start None of its keywords is in the message." in said
    assert page.text.count("data-won") == 1
    assert "No automation takes it." in texts((await client.get(f"{ASKED}Hello")).text)
    assert "marketing" in texts((await client.get(f"{ASKED}STOP")).text)


async def test_what_is_paused_is_said_to_be(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    paused = await runs.live(
        session, graph({"n": say("Hi")}, triggers=on_word("price", "sale")), "Sales"
    )
    await control.pause(session, SYSTEM, paused)
    await session.commit()
    client = await login_as(Role.AGENT)
    said = texts((await client.get(f"{ASKED}Is there a sale?")).text)
    assert "No automation takes it." in said
    assert "Sales Keyword: start Would fit, but its automation is paused." in said
    assert "“Prices” starts." in texts((await client.get(f"{ASKED}price")).text)
    assert "Sales" not in texts((await client.get(f"{ASKED}refund")).text)


async def test_no_trigger_claims_what_goes_elsewhere(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    asking = await runs.live(session, chain(ask("Which size?")), "Sizes")
    run_id = await runs.started(session, asking, who)
    await session.execute(
        text("UPDATE automation_runs SET waits = 'reply' WHERE id = :id"), {"id": run_id}
    )
    await session.commit()
    client = await login_as(Role.AGENT)
    said = texts((await client.get(f"{ASKED}price&contact={who.contact_id}")).text)
    assert "“Sizes”, which gets the message." in said
    assert "Prices Keyword: start Would take it, but the message goes elsewhere." in said
    assert "Takes it" not in said


async def test_the_next_takes_it_where_the_best_lets_nobody_in(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    once = KeywordTrigger(words=("price",), priority=5, entry=ReEntry(rule=Entry.ONCE))
    best = await runs.live(session, graph({"n": say("Hi")}, triggers={"start": once}), "Once")
    run_id = await runs.started(session, best, who)
    await session.execute(
        text("UPDATE automation_runs SET ended_at = now(), ending = 'completed' WHERE id = :id"),
        {"id": run_id},
    )
    await session.commit()
    client = await login_as(Role.AGENT)
    said = texts((await client.get(f"{ASKED}price&contact={who.contact_id}")).text)
    assert "“Prices” starts." in said
    assert "Once Keyword: start This contact was here before, and may not enter again yet." in said
    assert "Prices Keyword: start Takes it." in said


async def test_it_may_be_asked_for_a_contact_or_a_number(
    session: AsyncSession, login_as: LoginAs, who: Cast
) -> None:
    client = await login_as(Role.AGENT)
    number = who.phone.replace("+", "%2B")
    assert "“Refunds” starts." in texts((await client.get(f"{ASKED}refund&phone={number}")).text)
    await session.execute(
        text("UPDATE conversations SET taken_at = now() WHERE id = :id"),
        {"id": who.conversation_id},
    )
    await session.commit()
    page = await client.get(f"{ASKED}refund&contact={who.contact_id}")
    assert "Somebody on the team has taken this conversation" in texts(page.text)
    wrong = await client.get(f"{ASKED}refund&phone=12")
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.text
    gone = await client.get(f"{ASKED}refund&contact={uuid4()}")
    assert gone.status_code == 404
