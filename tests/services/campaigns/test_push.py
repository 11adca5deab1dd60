"""API campaigns: people added before launch and while it runs, once each, never lost."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from api.wording import say
from domain import slot_values, template_slots
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus, CampaignType, Variable
from domain.entries import PushStatus
from domain.errors import Conflict, Invalid
from services.campaigns import close, control, push, report
from services.campaigns.drafts import preview, write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch, preflight, undo
from services.campaigns.push import Given
from services.vault import Vault, new_key
from tests import factories
from tests.services.campaigns import test_files
from tests.services.campaigns.test_undo import ended
from tests.words import refused_with

VAULT = Vault([new_key()])
NAMED: list[Any] = [
    {
        "type": "BODY",
        "text": "Hi {{1}}, {{2}} is ready.",
        "example": {"body_text": [["Mara", "bread"]]},
    }
]


async def prepared(session: AsyncSession, *, category: str = "UTILITY") -> UUID:
    channel_id = await factories.channel(session, VAULT)
    template_id = await factories.template(session, category=category, components=NAMED)
    made = await write.create(session, SYSTEM, "From a program", CampaignType.API)
    change = DraftChange(
        channel_id=channel_id, template_id=template_id, variables={"body.1": Variable("", "friend")}
    )
    await write.change(session, made.id, SYSTEM, change, None)
    return made.id


def given(*numbers: int, **values: str) -> list[Given]:
    texts = values or {"2": "bread"}
    return [Given(f"+34611{number:06}", texts) for number in numbers]


async def statuses(session: AsyncSession, campaign_id: UUID, people: list[Given]) -> list[str]:
    return [answer.status.value for answer in await push.push(session, campaign_id, SYSTEM, people)]


async def launched(session: AsyncSession, campaign_id: UUID) -> int:
    await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
    return await freezing.freeze(session, campaign_id)


async def seqs(session: AsyncSession, campaign_id: UUID) -> list[tuple[int, str, list[str]]]:
    query = text("""
        SELECT seq, phone, variables FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq""")
    return [tuple(row) for row in (await session.execute(query, {"id": campaign_id})).all()]


async def test_people_wait_before_launch_and_are_numbered_after(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    first = await push.push(session, campaign_id, SYSTEM, given(2, 1))
    assert [(a.status, a.number) for a in first] == [(PushStatus.ACCEPTED, None)] * 2
    assert await statuses(session, campaign_id, given(1, 3)) == ["duplicate", "accepted"]
    message = await preview.message(session, await report.one(session, campaign_id))
    assert message is not None
    assert message.examples[0].shown["body"] == "Hi friend, bread is ready."
    assert (await preflight.check(session, campaign_id, datetime.now(UTC))).problems == {}
    assert await launched(session, campaign_id) == 3
    late = await push.push(
        session, campaign_id, SYSTEM, given(3, 9, 8, **{"body.1": "Ana", "2": "pie"})
    )
    assert [(a.status.value, a.number) for a in late] == [
        ("duplicate", 3), ("accepted", 4), ("accepted", 5),
    ]  # fmt: skip
    assert await seqs(session, campaign_id) == [
        (1, "+34611000002", ["friend", "bread"]),
        (2, "+34611000001", ["friend", "bread"]),
        (3, "+34611000003", ["friend", "bread"]),
        (4, "+34611000009", ["Ana", "pie"]),
        (5, "+34611000008", ["Ana", "pie"]),
    ]
    view = await report.one(session, campaign_id)
    assert (view.progress.total, view.progress.queued) == (5, 5)
    assert view.open


async def test_it_may_be_launched_with_nobody_and_filled_later(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    assert await launched(session, campaign_id) == 0
    assert await statuses(session, campaign_id, given(1)) == ["accepted"]
    assert await freezing.freeze(session, campaign_id) == 1


async def test_every_person_gets_an_answer_whatever_was_given(session: AsyncSession) -> None:
    campaign_id = await prepared(session, category="MARKETING")
    await session.execute(
        text("""
        INSERT INTO contacts (id, phone, phone_key, blocked_at, marketing_opt_out_at) VALUES
        (gen_random_uuid(), '+34611000001', '34611000001', now(), NULL),
        (gen_random_uuid(), '+34611000002', '34611000002', NULL, now())""")
    )
    people = [
        *given(1, 2, 3, 3),
        Given("+12125550123", {"2": "x"}),
        Given("+14165550123", {"2": "x"}),
        Given("nonsense", {}),
        Given("", {}),
        Given("9" * 5000, {}),
        Given("+34611000004", {"3": "x"}),
        Given("+34611000004", {"half \ud800": "x"}),
        Given("+34611000005", {"2": "  "}),
        Given("+34611000006", {}),
        Given("+34611000007", {"2": "x" * 2001}),
        Given("+34611000008", {"2": "nul \x00 and half \ud800"}),
    ]
    expected = [
        "contact_blocked", "opted_out", "accepted", "duplicate", "us_marketing", "accepted", "invalid",
        "invalid", "invalid", "variable_unknown", "variable_unknown", "missing_variable", "missing_variable", "invalid",
        "accepted",
    ]  # fmt: skip
    answers = await push.push(session, campaign_id, SYSTEM, people)
    assert [answer.status.value for answer in answers] == expected
    assert all(answer.detail for answer in answers if answer.status is not PushStatus.ACCEPTED)
    assert answers[9].detail is not None
    assert "It has: body.1, body.2." in say(answers[9].detail)
    assert await launched(session, campaign_id) == 3
    again = await push.push(session, campaign_id, SYSTEM, people)
    assert {
        a.status.value for a, was in zip(again, expected, strict=True) if was == "accepted"
    } == {"duplicate"}
    assert len(await seqs(session, campaign_id)) == 3


async def test_spellings_of_one_number_are_one_person(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    texts = {"2": "x"}
    assert await statuses(
        session,
        campaign_id,
        [Given("+551187654321", texts), Given("+55 11 98765-4321", texts)],
    ) == ["accepted", "duplicate"]
    assert await launched(session, campaign_id) == 1
    assert await statuses(session, campaign_id, [Given("+551187654321", texts)]) == ["duplicate"]


async def test_national_numbers_need_a_country(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    people = [Given("611000001", {"2": "x"})]
    assert await statuses(session, campaign_id, people) == ["invalid"]
    answers = await push.push(session, campaign_id, SYSTEM, people, "ES")
    assert answers[0].phone == "+34611000001"
    with refused_with(Invalid, "two-letter"):
        await push.push(session, campaign_id, SYSTEM, people, "Spain")


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_call_holds_one_to_a_thousand(session: AsyncSession, count: int) -> None:
    campaign_id = await prepared(session)
    with pytest.raises(Invalid) as caught:
        await push.push(session, campaign_id, SYSTEM, given(*range(count)))
    assert caught.value.code == "recipients_limit"


async def test_only_an_open_api_campaign_takes_people(session: AsyncSession) -> None:
    async def refused(campaign_id: UUID) -> str:
        with pytest.raises(Conflict) as caught:
            await push.push(session, campaign_id, SYSTEM, given(1))
        return caught.value.code

    of_contacts = await factories.campaign(session, VAULT, 2)
    assert await refused(of_contacts.id) == "campaign_not_api"
    with refused_with(Conflict, "not here"):
        await close.close(session, of_contacts.id, SYSTEM, datetime.now(UTC))
    bare = await write.create(session, SYSTEM, "No template", CampaignType.API)
    assert await refused(bare.id) == "campaign_template_needed"


async def test_closing_ends_it_for_programs_and_may_be_repeated(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    await launched(session, campaign_id)
    first = await close.close(session, campaign_id, SYSTEM, datetime.now(UTC))
    again = await close.close(session, campaign_id, SYSTEM, datetime.now(UTC))
    assert first.closed_at == again.closed_at is not None
    assert not again.open
    with pytest.raises(Conflict) as caught:
        await push.push(session, campaign_id, SYSTEM, given(1))
    assert caught.value.code == "campaign_closed"


async def test_a_stopped_campaign_takes_nobody_and_a_paused_one_does(
    session: AsyncSession,
) -> None:
    campaign_id = await prepared(session)
    await launched(session, campaign_id)
    await session.execute(text("UPDATE campaigns SET status = 'running'"))
    await control.pause(session, campaign_id, SYSTEM)
    assert await statuses(session, campaign_id, given(1)) == ["accepted"]
    stopped = await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
    assert stopped.status == CampaignStatus.STOPPED
    with refused_with(Conflict, "stopped"):
        await push.push(session, campaign_id, SYSTEM, given(2))
    with pytest.raises(Conflict):
        await close.close(session, campaign_id, SYSTEM, datetime.now(UTC))


async def test_closed_with_nobody_there_is_nothing_to_launch(session: AsyncSession) -> None:
    campaign_id = await prepared(session)
    await close.close(session, campaign_id, SYSTEM, datetime.now(UTC))
    problems = (await preflight.check(session, campaign_id, datetime.now(UTC))).problems
    assert set(problems) == {"audience"}


async def test_programs_that_push_at_once_get_numbers_without_gaps(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await prepared(session)
        await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))

    async def send(start: int) -> None:
        async with state.sessions.begin() as session:
            await push.push(session, campaign_id, SYSTEM, given(*range(start, start + 30)))

    async def freeze() -> None:
        async with state.sessions.begin() as session:
            await freezing.freeze(session, campaign_id)

    calls = [send(start) for start in (0, 10, 20, 500, 510, 0)]
    await asyncio.gather(*calls[:3], freeze(), *calls[3:])
    async with state.sessions() as session:
        found = await seqs(session, campaign_id)
        assert [seq for seq, _, _ in found] == list(range(1, 91))
        assert len({phone for _, phone, _ in found}) == 90
        assert (await report.one(session, campaign_id)).progress.total == 90


async def changed_to_a_program(session: AsyncSession, folder: Path) -> UUID:
    """An API campaign that had a file before its type changed."""
    campaign_id = await test_files.prepared(session)
    await test_files.load(session, campaign_id, folder, test_files.PEOPLE)
    change = DraftChange(type=CampaignType.API, variables={"body.1": Variable("", "friend")})
    await write.change(session, campaign_id, SYSTEM, change, None)
    return campaign_id


async def test_the_first_people_of_a_program_take_the_place_of_a_file(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await changed_to_a_program(session, tmp_path)
    assert await statuses(session, campaign_id, given(7)) == ["accepted"]
    assert (await report.one(session, campaign_id)).file is None
    assert await launched(session, campaign_id) == 1
    assert await seqs(session, campaign_id) == [(1, "+34611000007", ["friend", "bread"])]


async def test_a_file_from_before_is_not_launched_with_a_program(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await changed_to_a_program(session, tmp_path)
    assert await launched(session, campaign_id) == 0
    assert (await report.one(session, campaign_id)).file is None
    assert await statuses(session, campaign_id, given(7)) == ["accepted"]
    with pytest.raises(Conflict) as refused:
        await undo.undo(session, campaign_id, SYSTEM, ended)
    assert refused.value.code == "undo_handed_in"


async def test_a_text_that_its_place_does_not_take_is_answered_with_the_reason(
    session: AsyncSession,
) -> None:
    button = {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "SAVE20"}]}
    channel_id = await factories.channel(session, VAULT)
    body = {"type": "BODY", "text": "Your code is ready."}
    template_id = await factories.template(session, components=[body, button])
    made = await write.create(session, SYSTEM, "Codes", CampaignType.API)
    change = DraftChange(channel_id=channel_id, template_id=template_id)
    await write.change(session, made.id, SYSTEM, change, None)
    [slot] = template_slots.slots([body, button], "POSITIONAL")
    people = given(1, **{slot.key: "SAVE20"}) + given(2, **{slot.key: "SAVE 20 NOW"})
    good, bad = await push.push(session, made.id, SYSTEM, people)
    assert (good.status, bad.status) == (PushStatus.ACCEPTED, PushStatus.WRONG_VARIABLE)
    assert bad.detail == slot_values.problem(slot, "SAVE 20 NOW")
