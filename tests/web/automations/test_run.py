"""The page of one run: every step in words, and the ways to everything around it."""

import re
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import Actor
from domain.automations.conditions import Condition, Operator, Subject
from domain.automations.nodes import AnswerType, Assign, WriteNote
from domain.permissions import Role
from services.automations import control, takeover
from services.conversations import notes
from services.receiving.intake import Intake
from store import users
from store.automations import turns
from tests import deliveries
from tests.conftest import LoginAs
from tests.graphs import ask, chain, say
from tests.web.automations import following
from tests.web.automations.following import Follow
from web.automations import run_words
from web.automations.condition_words import condition


@pytest.fixture
async def follow(session: AsyncSession, state: AppState) -> Follow:
    """A run that waits for a color."""
    return await following.at_question(session, state.vault)


async def member(session: AsyncSession, name: str) -> UUID:
    """Somebody of the team."""
    added = await users.add(
        session, email=f"{name}@example.com", name=name, role=Role.AGENT, password_hash="x"
    )
    assert added is not None
    return added


def texts(html: str) -> str:
    """The page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_a_waiting_run_says_where_it_is_and_until_when(
    login_as: LoginAs, follow: Follow
) -> None:
    client = await login_as(Role.MANAGER)
    page = await client.get(follow.page)
    assert page.status_code == 200
    said = texts(page.text)
    assert "hello Custom Reply" in said
    assert "Hello!" in said
    assert 'aria-label="Read"' in page.text
    assert "which User Reply" in said
    assert re.search(r"Now here Waits for a reply until \d", said)
    assert 'aria-current="step"' in page.text
    assert f'data-live="automations run:{follow.run_id}' in page.text
    for way in (
        f"/inbox/{follow.who.conversation_id}", f"/contacts/{follow.who.contact_id}",
        f"/automations/{follow.automation_id}", f"workflows/run%2F{follow.run_id}",
    ):  # fmt: skip
        assert f'{way}"' in page.text, way


async def test_what_went_in_and_out_is_told_in_words(
    session: AsyncSession, login_as: LoginAs, follow: Follow
) -> None:
    await follow.tap("Red")
    await follow.sent(3, "Why?")
    await follow.write("I want my MONEY BACK")
    await session.commit()
    client = await login_as(Role.AGENT)
    said = texts((await client.get(follow.page)).text)
    for words in (
        "Chose “Red”", "Answered", "I want my MONEY BACK", "The keyword “money back” matched",
        "No, this does not hold: answer “color” is “blue”", "Reached the goal “Sold”", "Goal reached", "color Red",
    ):  # fmt: skip
        assert words in said, words
    assert re.search(r"It took \d+ (ms|s) in all\.", said)
    assert "took 0 s" not in said
    assert "Stop" not in said  # nothing is left to stop, and an agent may not


async def test_asking_again_does_not_say_that_it_had_asked_often_enough(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    count = ask("How many?", AnswerType.NUMBER, retry_text="A number, please.")
    follow = await following.begun(session, state.vault, chain(count))
    await follow.sent(1, "How many?")
    await follow.write("Some")
    await session.commit()
    client = await login_as(Role.AGENT)
    asked = "The answer did not fit, so it asked again"
    said = texts((await client.get(follow.page)).text)
    assert asked in said
    assert "often enough" not in said
    await follow.sent(2, "A number, please.")
    await follow.write("Some more")
    await session.commit()
    said = texts((await client.get(follow.page)).text)
    assert said.count(asked) == 1
    assert said.count("The answer did not fit") == 2  # each attempt is told once
    assert "it had asked often enough" in said


async def test_what_started_it_and_files_are_told_with_their_kind(
    session: AsyncSession, login_as: LoginAs, follow: Follow
) -> None:
    message_id = await follow.write("a scratch", type="image")
    await session.execute(text("UPDATE automation_runs SET message_id = :id"), {"id": message_id})
    await session.commit()
    page = (await (await login_as(Role.AGENT)).get(follow.page)).text
    started = texts(page.split('id="step-1"')[0])
    assert "Photo: a scratch" in started
    assert f'/inbox/{follow.who.conversation_id}#message-{message_id}"' in page


async def test_a_step_tells_what_it_wrote_to_the_team(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    follow = await following.begun(session, state.vault, chain(WriteNote(text="unused"), say("Hi")))
    await notes.write(
        session, Actor("user"), follow.who.conversation_id, "Wants *blue*", follow.run_id, 1
    )
    await session.commit()
    page = (await (await login_as(Role.AGENT)).get(follow.page)).text
    assert '<p class="run-note">Wants <strong>blue</strong></p>' in page
    assert "start By hand or API" in texts(page)


def test_a_cause_says_more_than_the_trigger_or_nothing() -> None:
    assert run_words.cause("time:2026-11-28", None) == "its time had come"
    assert run_words.cause(f"message:{uuid4()}", uuid4()) == "a message"
    assert run_words.cause("label:1", None) == ""


async def test_whose_turn_it_was_is_named(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    people = [await member(session, name) for name in ("Ada", "Bo")]
    turn = Assign(users=tuple(str(one) for one in people))
    follow = await following.begun(session, state.vault, chain(turn, say("Hi")))
    client = await login_as(Role.AGENT)
    await session.commit()
    assert "Assigned" not in texts((await client.get(follow.page)).text)
    await turns.took(session, follow.run_id, 1, people[1])
    await session.commit()
    said = texts((await client.get(follow.page)).text)
    assert "Assigned to Bo" in said
    assert "Ada" not in said


async def test_working_hours_read_as_a_sentence() -> None:
    for value, operator, said in (
        ("open", Operator.IS, "it is within working hours"),
        ("open", Operator.IS_NOT, "it is outside working hours"),
        ("closed", Operator.IS, "it is outside working hours"),
        ("closed", Operator.IS_NOT, "it is within working hours"),
    ):
        asked = Condition(subject=Subject.HOURS, operator=operator, value=value)
        assert condition(asked, {}) == said


async def test_an_unread_message_is_shown_apart(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    follow = await following.begun(session, state.vault, chain(say("One"), say("Two")))
    await follow.write("Too early")
    await session.commit()
    said = texts((await (await login_as(Role.AGENT)).get(follow.page)).text)
    assert "Kept for the next step that waits for a reply. Too early" in said


async def test_stop_and_retry_are_for_those_who_may_run_automations(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    follow = await following.begun(session, state.vault, chain(say("Hello")))
    await session.commit()
    agent, manager = await login_as(Role.AGENT), await login_as(Role.MANAGER)
    assert f"{follow.page}/stop" not in (await agent.get(follow.page)).text
    assert (await agent.post(f"{follow.page}/stop")).status_code == 403
    await follow.failed(1, "window_closed")
    await session.commit()
    page = await manager.get(follow.page)
    assert "It failed at “n1”" in texts(page.text)
    assert f"{follow.page}/retry" in page.text
    answer = await manager.post(f"{follow.page}/retry")
    assert answer.headers["location"] == follow.page
    page = await manager.get(follow.page)
    assert f"{follow.page}/stop" in page.text
    await manager.post(f"{follow.page}/stop")
    assert "Stopped" in texts((await manager.get(follow.page)).text)
    again = await manager.post(f"{follow.page}/retry", follow_redirects=True)
    assert "Only a run that failed can be tried again." in texts(again.text)


async def test_a_choice_is_told_as_the_customer_saw_it(
    session: AsyncSession, login_as: LoginAs, follow: Follow
) -> None:
    await follow.tap("Red")
    renamed = "UPDATE automation_versions SET graph = replace(graph::text, '\"Red\"', '\"Crimson\"')::jsonb"
    await session.execute(text(renamed))
    await session.commit()
    said = texts((await (await login_as(Role.AGENT)).get(follow.page)).text)
    assert "Chose “Red”" in said
    assert "Crimson" not in said


async def test_messages_are_formatted_as_on_a_phone(
    session: AsyncSession, login_as: LoginAs, state: AppState
) -> None:
    follow = await following.begun(session, state.vault, chain(say("*Hello* <b>you</b>")))
    await follow.sent(1, "*Hello* <b>you</b>")
    await session.commit()
    page = (await (await login_as(Role.AGENT)).get(follow.page)).text
    assert "<strong>Hello</strong> &lt;b&gt;you&lt;/b&gt;" in page


async def test_a_conversation_that_somebody_took_holds_it(
    session: AsyncSession, login_as: LoginAs, follow: Follow
) -> None:
    await takeover.take(session, Actor("user"), follow.who.conversation_id)
    await session.commit()
    client = await login_as(Role.AGENT)
    assert "The team took the conversation over" in texts((await client.get(follow.page)).text)
    for path in (follow.page, "/automations/runs", f"/automations/runs/of/{follow.who.contact_id}"):
        said = texts((await client.get(path)).text)
        assert "On hold" in said, path
    panel = texts((await client.get(f"/inbox/{follow.who.conversation_id}?panel=contact")).text)
    assert "Shop On hold" in panel


async def test_a_paused_automation_holds_it_and_every_page_says_so(
    session: AsyncSession, login_as: LoginAs, follow: Follow
) -> None:
    await control.pause(session, Actor("user"), follow.automation_id)
    await session.commit()
    client = await login_as(Role.AGENT)
    page = texts((await client.get(follow.page)).text)
    assert "Person 0 Paused" in page
    assert "The automation is paused" in page
    assert "Paused which" in texts((await client.get("/automations/runs")).text)
    strip = (await client.get(f"/inbox/{follow.who.conversation_id}/automation")).text
    assert "Automation paused Shop · at “which” Take over" in texts(strip)
    assert " automations" in strip.split('data-live="')[1].split('"')[0]
    await control.resume(session, Actor("user"), follow.automation_id)
    await session.commit()
    strip = texts((await client.get(f"/inbox/{follow.who.conversation_id}/automation")).text)
    assert "Automation active Shop · at “which” · waits for a reply until" in strip


async def test_the_message_that_started_it_as_it_was_delivered(
    session: AsyncSession, login_as: LoginAs, follow: Follow
) -> None:
    manager = await login_as(Role.MANAGER)
    assert (await manager.get(f"{follow.page}/raw")).status_code == 404
    assert (await (await login_as(Role.AGENT)).get(f"{follow.page}/raw")).status_code == 403
    message_id = await follow.write("Hi", context={"id": "wamid.1"})
    await session.execute(text("UPDATE automation_runs SET message_id = :id"), {"id": message_id})
    await session.commit()
    assert f"{follow.page}/raw" in (await manager.get(follow.page)).text
    kept = texts((await manager.get(f"{follow.page}/raw")).text)
    assert "wamid.1" in kept
    assert "The delivery itself has expired" in kept


async def test_the_delivery_that_started_it_is_shown_whole(
    session: AsyncSession, login_as: LoginAs, follow: Follow, state: AppState
) -> None:
    message_id, wamid = await follow.write("Hi"), "wamid.HBg/Mzk="
    statement = text("UPDATE messages SET wamid = :wamid WHERE id = :id")
    await session.execute(statement, {"id": message_id, "wamid": wamid})
    await session.execute(text("UPDATE automation_runs SET message_id = :id"), {"id": message_id})
    await session.commit()
    intake = Intake(state.sessions)
    for place in range(5):
        await intake.keep(b'{"before": %d}' % place, None)
    await intake.keep(b'{"entry": [{"id": "wamid.HBg\\/Mzk=", "by": "the delivery"}]}', None)
    await intake.keep(b'{"after": "wamid.HBg\\/Mzk="}', None)
    page = texts((await (await login_as(Role.ADMIN)).get(f"{follow.page}/raw")).text)
    assert "the delivery" in page
    assert "after" not in page
    # It may be about other people, too.
    page = texts((await (await login_as(Role.MANAGER)).get(f"{follow.page}/raw")).text)
    assert "the delivery" not in page
    assert "entry" in page


async def test_a_delivery_leads_to_the_runs_it_concerns_and_back(
    session: AsyncSession, login_as: LoginAs, follow: Follow, state: AppState
) -> None:
    sent = (
        await session.execute(text("SELECT id FROM messages WHERE body = 'Hello!'"))
    ).scalar_one()
    came, wamid = await follow.write("Red"), "wamid.text.1"
    keyed = text("UPDATE messages SET wamid = :wamid, client_id = :client_id WHERE id = :id")
    client_id = f"in:{follow.who.channel_id}:{wamid}"
    await session.execute(keyed, {"id": came, "wamid": wamid, "client_id": client_id})
    await session.commit()
    read = {
        "id": "wamid.SENT", "status": "read", "timestamp": "1790416810", "recipient_id": deliveries.SENDER,
        "biz_opaque_callback_data": f"{sent}:1",
    }  # fmt: skip
    for lists in ({"messages": [deliveries.message("text", 1)]}, {"statuses": [read]}):
        body = deliveries.envelope(("messages", deliveries.value(**lists)))
        await Intake(state.sessions).keep(deliveries.as_bytes(body), None)
    admin = await login_as(Role.ADMIN)
    log = "/settings/webhooks/delivery/1"
    assert f'href="{follow.page}">Went on in “Shop”' in (await admin.get(log)).text
    assert f'href="{follow.page}">Sent by “Shop”' in (await admin.get(f"{log[:-1]}2")).text
    (one,) = (await admin.get("/api/webhook-log/deliveries/1")).json()["objects"]
    assert one["runs"] == [{"id": str(follow.run_id), "automation_name": "Shop", "began": False}]
    await session.execute(text("UPDATE automation_runs SET message_id = :id"), {"id": came})
    await session.commit()
    assert f'href="{follow.page}">Started “Shop”' in (await admin.get(log)).text
    assert f'href="{log}"' in (await admin.get(f"{follow.page}/raw")).text


async def test_a_part_refreshes_itself_and_there_is_no_run_without_one(
    login_as: LoginAs, follow: Follow
) -> None:
    client = await login_as(Role.AGENT)
    part: httpx.Response = await client.get(follow.page, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="run"')
    assert (await client.get(f"/automations/runs/{uuid4()}")).status_code == 404
