"""Using the name of a group or field deleted a moment ago means a new one."""

from pathlib import Path
from uuid import UUID

import pytest

from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignType
from domain.contacts import FieldType
from domain.errors import Conflict, DomainError, NotFound
from services import deletions
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch
from services.campaigns.outcomes import recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from services.contacts import fields, groups, search, write
from services.contacts.write import ContactChange
from tests import factories
from tests.services.deletions.conftest import ANA, Sessions, column, go, person, undo
from tests.services.deletions.test_freed_numbers import Way, draft_of, import_file

pytestmark = pytest.mark.fault("8B6")


@pytest.fixture
async def vip(sessions: Sessions) -> UUID:
    """A group that is about to go."""
    async with sessions.begin() as session:
        group = await groups.create(session, SYSTEM, "VIP")
        await deletions.group(session, ANA, group.id)
    return group.id


async def makes(sessions: Sessions, _: Path) -> None:
    async with sessions.begin() as session:
        await groups.create(session, SYSTEM, "vip")


async def renames(sessions: Sessions, _: Path) -> None:
    async with sessions.begin() as session:
        other = await groups.create(session, SYSTEM, "Other")
        await groups.rename(session, SYSTEM, other.id, "VIP")


async def imports_into(sessions: Sessions, folder: Path) -> None:
    await import_file(sessions, folder, group="VIP")


async def ensures(sessions: Sessions, _: Path) -> None:
    async with sessions.begin() as session:
        await groups.ensure(session, "VIP")


async def fills(sessions: Sessions, _: Path) -> None:
    async with sessions.begin() as session:
        campaign_id = await draft_of(session, CampaignType.CONTACTS)
        await factories.people(session, 2)
        everybody = DraftChange(audience=Audience(everyone=True))
        await drafts.change(session, campaign_id, SYSTEM, everybody, None)
        await launch.launch(session, campaign_id, SYSTEM, factories.NOW)
        await freezing.freeze(session, campaign_id)
        await recipients.put_into_group(session, campaign_id, RecipientFilter(), SYSTEM, "VIP")


@pytest.mark.parametrize(
    "way", [makes, renames, imports_into, ensures, fills], ids=lambda w: w.__name__
)
async def test_whoever_uses_the_name_of_a_group_that_goes_means_another(
    sessions: Sessions, tmp_path: Path, vip: UUID, way: Way
) -> None:
    await way(sessions, tmp_path)
    await go(sessions)
    (stays,) = await column(sessions, "id FROM groups WHERE lower(name) = 'vip'")
    assert stays != vip
    members = await column(sessions, f"contact_id FROM group_members WHERE group_id = '{stays}'")
    assert bool(members) is (way in (imports_into, fills))
    assert await column(sessions, "entity_id FROM journal WHERE kind = 'group.deleted'") == [
        str(vip)
    ]


async def test_a_group_that_goes_is_none_for_whoever_knows_it_by_its_id(
    sessions: Sessions, vip: UUID
) -> None:
    contact = await person(sessions)
    for act in (
        lambda session: groups.get(session, vip),
        lambda session: groups.rename(session, SYSTEM, vip, "Better"),
        lambda session: groups.delete(session, SYSTEM, vip),
        lambda session: groups.require_all(session, [vip], "group_ids"),
        lambda session: write.update(session, ANA, contact, ContactChange(group_ids=[vip])),
    ):
        with pytest.raises(DomainError):
            async with sessions.begin() as session:
                await act(session)


async def test_members_of_a_group_that_goes_are_its_members_when_it_comes_back(
    sessions: Sessions,
) -> None:
    contact = await person(sessions)
    async with sessions.begin() as session:
        group = await groups.create(session, SYSTEM, "VIP")
        await write.update(session, ANA, contact, ContactChange(group_ids=[group.id]))
        deletion = await deletions.group(session, ANA, group.id)
    async with sessions.begin() as session:
        assert (await search.get(session, contact)).groups == ()
        await write.update(session, ANA, contact, ContactChange(group_ids=[]))
    await undo(sessions, deletion)
    async with sessions.begin() as session:
        assert [found.name for found in (await search.get(session, contact)).groups] == ["VIP"]


async def test_a_draft_that_goes_is_none_for_whoever_still_has_it_open(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await draft_of(session, CampaignType.CONTACTS)
        deletion = await deletions.campaign(session, ANA, made)
    for act in (
        lambda session: drafts.change(session, made, ANA, DraftChange(name="Late"), None),
        lambda session: drafts.delete(session, made, ANA),
        lambda session: launch.launch(session, made, ANA, factories.NOW),
    ):
        with pytest.raises(NotFound):
            async with sessions.begin() as session:
                await act(session)
    await undo(sessions, deletion, campaign=True)
    async with sessions.begin() as session:
        named = await drafts.change(session, made, ANA, DraftChange(name="In time"), None)
    assert named.name == "In time"


@pytest.mark.parametrize("imported_field", [True, False])
async def test_whoever_uses_the_name_of_a_field_that_goes_means_another(
    sessions: Sessions, tmp_path: Path, *, imported_field: bool
) -> None:
    contact = await person(sessions)
    async with sessions.begin() as session:
        field = await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
        await write.update(session, ANA, contact, ContactChange(fields={"city": "Old"}))
        deletion = await deletions.field(session, ANA, field.key)
    if imported_field:
        async with sessions.begin() as session:
            await fields.ensure(session, field)
    else:
        async with sessions.begin() as session:
            await fields.create(session, SYSTEM, label="city", kind=FieldType.DATE)
    with pytest.raises(Conflict):
        await undo(sessions, deletion)
    await go(sessions)
    assert len(await column(sessions, "key FROM custom_fields")) == 1
    assert await column(sessions, "fields FROM contacts") == [{}]
