"""Drafts: saved while typing, never silently overwritten, checked before launch."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from api.wording import say, say_fields
from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignStatus, Variable
from domain.contacts import FieldType
from domain.errors import Conflict, Invalid
from services.campaigns.drafts import example, preview, write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch, preflight
from services.campaigns.views import CampaignView
from services.contacts import fields as contact_fields
from services.contacts import groups as contact_groups
from services.vault import Vault, new_key
from store import groups
from tests import factories
from tests.words import refused_with

VAULT = Vault([new_key()])
MEDIA = [
    {
        "type": "HEADER",
        "format": "IMAGE",
        "example": {"header_handle": ["https://x.example/a.png"]},
    },
    *factories.COMPONENTS,
]


async def drafted(
    session: AsyncSession, count: int = 3, *, category: str = "UTILITY", media: bool = False
) -> CampaignView:
    channel_id = await factories.channel(session, VAULT)
    template_id = await factories.template(
        session, category=category, components=MEDIA if media else None
    )
    group_id = await factories.people(session, count)
    made = await write.create(session, SYSTEM, "  Spring   sale ")
    assert made.name == "Spring sale"
    change = DraftChange(
        channel_id=channel_id, template_id=template_id, audience=Audience(group_ids=[group_id])
    )
    return await write.change(session, made.id, SYSTEM, change, made.revision)


async def problems(session: AsyncSession, campaign: CampaignView) -> dict[str, str]:
    found = (await preflight.check(session, campaign.id, datetime.now(UTC))).problems
    return {field: say(problem) for field, problem in found.items()}


async def test_a_second_tab_never_overwrites_the_first(session: AsyncSession) -> None:
    made = await write.create(session, SYSTEM, "Spring")
    first = await write.change(session, made.id, SYSTEM, DraftChange(name="A"), made.revision)
    with refused_with(Conflict, "another window"):
        await write.change(session, made.id, SYSTEM, DraftChange(name="B"), made.revision)
    again = await write.change(session, made.id, SYSTEM, DraftChange(name="A"), made.revision)
    assert again.revision == first.revision  # what is saved already is no conflict


async def test_a_draft_only_points_at_what_exists(session: AsyncSession) -> None:
    made = await write.create(session, SYSTEM, "Spring")
    for change in (DraftChange(channel_id=uuid4()), DraftChange(template_id=uuid4())):
        with refused_with(Invalid, r"number|template"):
            await write.change(session, made.id, SYSTEM, change, None)


@pytest.mark.fault("C8")
async def test_a_draft_chooses_and_leaves_out_groups_that_exist(session: AsyncSession) -> None:
    made = await write.create(session, SYSTEM, "Spring")
    there = (await groups.create(session, "There")).id
    for audience in (
        Audience(group_ids=[uuid4()]),
        Audience(group_ids=[there, uuid4()]),
        Audience(everyone=True, excluded_group_ids=[uuid4()]),
    ):
        with refused_with(Invalid, "groups") as caught:
            await write.change(session, made.id, SYSTEM, DraftChange(audience=audience), None)
        assert all(len(said) > 20 for said in say_fields(caught.value).values())
    twice = Audience(group_ids=[there, there], excluded_group_ids=[there])
    changed = await write.change(session, made.id, SYSTEM, DraftChange(audience=twice), None)
    assert changed.audience["excluded_group_ids"] == [str(there)]


@pytest.mark.fault("C8")
@pytest.mark.parametrize("what", ["group_ids", "excluded_group_ids"])
async def test_a_group_that_was_deleted_since_stops_the_launch(
    session: AsyncSession, what: str
) -> None:
    """Else those whom it left out would be written to."""
    made = await drafted(session, 3)
    stored = Audience.from_json(made.audience)
    gone = await groups.create(session, "Never write to")
    chosen = what == "group_ids"
    audience = Audience(
        group_ids=[*stored.group_ids, *([gone.id] if chosen else [])],
        excluded_group_ids=[] if chosen else [gone.id],
    )
    values = {"body.1": Variable("name", "friend")}
    wanted = DraftChange(audience=audience, variables=values)
    await write.change(session, made.id, SYSTEM, wanted, None)
    assert await problems(session, made) == {}
    await contact_groups.delete(session, SYSTEM, gone.id)
    assert "deleted" in (await problems(session, made))["audience"]
    with refused_with(Invalid, "deleted"):
        await launch.launch(session, made.id, SYSTEM, datetime.now(UTC))
    again = DraftChange(audience=stored)
    await write.change(session, made.id, SYSTEM, again, None)
    assert await problems(session, made) == {}


@pytest.mark.fault("C8")
async def test_a_group_stays_until_a_launched_campaign_has_read_it(session: AsyncSession) -> None:
    made = await drafted(session, 3)
    left_out = await groups.create(session, "Never write to")
    stored = Audience.from_json(made.audience)
    audience = Audience(group_ids=stored.group_ids, excluded_group_ids=[left_out.id])
    wanted = DraftChange(audience=audience, variables={"body.1": Variable("name", "friend")})
    await write.change(session, made.id, SYSTEM, wanted, None)
    await launch.launch(session, made.id, SYSTEM, datetime.now(UTC))
    with refused_with(Conflict, "Spring sale"):
        await contact_groups.delete(session, SYSTEM, left_out.id)
    assert await freezing.freeze(session, made.id) == 3
    await contact_groups.delete(session, SYSTEM, left_out.id)


async def test_each_missing_part_has_its_own_sentence(session: AsyncSession) -> None:
    made = await write.create(session, SYSTEM, "Spring")
    assert set(await problems(session, made)) == {"channel", "template", "audience"}
    ready = await drafted(session)
    assert "Body {{1}}" in (await problems(session, ready))["variables"]
    change = DraftChange(variables={"body.1": Variable("name", "friend")})
    await write.change(session, ready.id, SYSTEM, change, None)
    assert await problems(session, ready) == {}


async def test_a_template_of_another_account_cannot_be_sent(session: AsyncSession) -> None:
    made = await drafted(session)
    await session.execute(text("UPDATE templates SET waba_id = '999999999999999'"))
    session.expire_all()
    assert "another WhatsApp account" in (await problems(session, made))["template"]


@pytest.mark.parametrize("status", ["PAUSED", "REJECTED", "DISABLED"])
async def test_a_template_that_changed_since_stops_the_launch(
    session: AsyncSession, status: str
) -> None:
    made = await drafted(session)
    change = DraftChange(variables={"body.1": Variable("name", "friend")})
    await write.change(session, made.id, SYSTEM, change, None)
    await session.execute(text("UPDATE templates SET status = :status"), {"status": status})
    session.expire_all()
    with pytest.raises(Invalid) as caught:
        await launch.launch(session, made.id, SYSTEM, datetime.now(UTC))
    assert set(caught.value.fields) == {"template"}


async def test_what_no_template_has_and_nothing_fills_is_refused(session: AsyncSession) -> None:
    made = await drafted(session)
    values = {
        "body.1": Variable("colour"),
        "body.2": Variable("name"),
        "header.image": Variable("", "https://x.example/b.png"),
    }
    with pytest.raises(Invalid) as refused:
        await write.change(session, made.id, SYSTEM, DraftChange(variables=values), None)
    assert refused.value.code == "variables_invalid"
    assert set(refused.value.fields) == {
        "variables.body.1.field", "variables.body.2", "variables.header.image",
    }  # fmt: skip
    await contact_fields.create(session, SYSTEM, label="Colour", kind=FieldType.TEXT)
    for source in ("colour", "column:Anything", "name:first", ""):
        wanted = DraftChange(variables={"body.1": Variable(source, "friend")})
        made = await write.change(session, made.id, SYSTEM, wanted, None)
        assert made.variables["body.1"]["field"] == source


async def test_a_source_that_was_there_stays_when_its_field_is_gone(session: AsyncSession) -> None:
    """Else nothing of the draft could be changed before somebody finds out which variable it was."""
    made = await drafted(session)
    await contact_fields.create(session, SYSTEM, label="Colour", kind=FieldType.TEXT)
    values = {"body.1": Variable("colour", "friend")}
    await write.change(session, made.id, SYSTEM, DraftChange(variables=values), None)
    await contact_fields.delete(session, SYSTEM, "colour")
    wanted = DraftChange(variables=values, name="Other")
    assert (await write.change(session, made.id, SYSTEM, wanted, None)).name == "Other"


async def test_a_picture_needs_a_link(session: AsyncSession) -> None:
    made = await drafted(session, media=True)
    for value, fine in (("not a link", False), ("https://x.example/b.png", True)):
        values = {"header.image": Variable("", value), "body.1": Variable("name", "friend")}
        await write.change(session, made.id, SYSTEM, DraftChange(variables=values), None)
        assert ("variables" in await problems(session, made)) is not fine


async def test_a_start_in_the_past_is_refused_and_one_to_come_is_kept(
    session: AsyncSession,
) -> None:
    made = await drafted(session)
    now = datetime.now(UTC)
    values = {"body.1": Variable("name", "friend")}
    past = DraftChange(variables=values, scheduled_at=now - timedelta(hours=2))
    await write.change(session, made.id, SYSTEM, past, None)
    assert "has passed" in (await problems(session, made))["schedule"]
    later = DraftChange(scheduled_at=now + timedelta(hours=2))
    await write.change(session, made.id, SYSTEM, later, None)
    launched = await launch.launch(session, made.id, SYSTEM, now)
    assert launched.status == CampaignStatus.SCHEDULED
    assert launched.scheduled_at == now + timedelta(hours=2)


async def test_who_lacks_a_value_is_named_and_the_preview_is_real(session: AsyncSession) -> None:
    made = await drafted(session, 4)
    await contact_fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
    values = {"body.1": Variable("city", "")}
    made = await write.change(session, made.id, SYSTEM, DraftChange(variables=values), None)
    check = await preflight.check(session, made.id, datetime.now(UTC))
    missing = await preview.left_out(session, made, "missing_variable")
    assert check.preflight.excluded.get("missing_variable", 0) == len(missing)
    message = await preview.message(session, made)
    assert message is not None
    assert len(message.examples) == 4
    assert message.examples[0].phone.startswith("+")
    assert message.sender == "Main line"


async def test_an_empty_audience_is_previewed_with_the_samples(session: AsyncSession) -> None:
    made = await drafted(session, 1)
    made = await write.change(session, made.id, SYSTEM, DraftChange(audience=Audience()), None)
    message = await preview.message(session, made)
    assert message is not None
    assert message.examples[0].shown["body"] == "Hi Mara, your order is ready."


async def test_the_example_is_ready_to_launch(session: AsyncSession) -> None:
    with refused_with(Conflict, "needs a connected number"):
        await example.create(session, SYSTEM)
    await drafted(session, 5, category="MARKETING")
    made = await example.create(session, SYSTEM)
    assert await problems(session, made) == {}
    assert made.variables["body.1"]["default"] == "Mara"


async def test_everyone_less_a_group(session: AsyncSession) -> None:
    made = await drafted(session, 6)
    known = await groups.find(session, "Everybody")
    assert known is not None
    audience = Audience(everyone=True, excluded_group_ids=[known.id])
    made = await write.change(session, made.id, SYSTEM, DraftChange(audience=audience), None)
    assert "audience" in await problems(session, made)


async def test_two_people_launch_at_once_and_it_is_launched_once(state: AppState) -> None:
    async with state.sessions.begin() as session:
        made = await drafted(session)
        change = DraftChange(variables={"body.1": Variable("name", "friend")})
        await write.change(session, made.id, SYSTEM, change, None)

    async def press(campaign_id: UUID) -> CampaignView:
        async with state.sessions.begin() as session:
            return await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))

    answers = await asyncio.gather(*(press(made.id) for _ in range(8)))
    assert {answer.launched_at for answer in answers} == {answers[0].launched_at}
    async with state.sessions() as session:
        events = await session.scalar(
            text("SELECT count(*) FROM journal WHERE kind = 'campaign.launched'")
        )
    assert events == 1
