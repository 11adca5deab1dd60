"""Who of a campaign may be tried again: once, by the kind of their error, and past the gate as it is now."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import Audience
from domain.ids import new_id
from domain.messages import MessageState
from domain.retries import CODES, DEFERRED
from store.campaigns import audience, retries, rows
from store.campaigns.classify import People
from tests.store.ledgers import NOW, Ledger, ledger

PASSES, FINAL, LATER = 131000, 131026, 131049
STATES = [state.value for state in MessageState if state is not MessageState.RECEIVED]


async def _failed(session: AsyncSession, count: int = 3, code: int = PASSES) -> Ledger:
    made = await ledger(session, count)
    await made.put(["failed"] * count, error_code=code, failed_at=NOW)
    return made


async def _retry(made: Ledger, *, marketing: bool = False) -> dict[str | None, int]:
    """Who a retry would write to, and who not, by reason; as it counts and as it freezes."""
    people = People(Audience(retry_of=made.campaign.id, retry_codes=CODES))
    found = await audience.preflight(made.session, people, [], marketing=marketing, asking=False)
    child = rows.add(made.session, name="Again", parent_id=made.campaign.id)
    await made.session.flush()
    frozen = await audience.freeze(made.session, child.id, people, [], marketing=marketing)
    assert frozen == found.total
    who: dict[str | None, int] = {None: frozen}
    who.update(found.excluded)
    return who


@pytest.mark.parametrize(
    ("code", "people"), [(PASSES, 1), (LATER, 1), (FINAL, 0), (131050, 0), (None, 0), (999_999, 0)]
)
@pytest.mark.parametrize("state", ["failed", "rejected"])
async def test_the_kind_of_an_error_decides(
    session: AsyncSession, code: int | None, people: int, state: str
) -> None:
    made = await _failed(session, 1)
    await made.run("UPDATE messages SET state = :state, error_code = :code", state=state, code=code)
    assert (await retries.count(session, made.campaign.id, CODES, DEFERRED)).people == people


async def test_only_who_did_not_get_it_is_tried_again(session: AsyncSession) -> None:
    made = await _failed(session, len(STATES))
    await made.put(STATES, error_code=PASSES)
    assert (await retries.count(session, made.campaign.id, CODES, DEFERRED)).people == 2
    assert await _retry(made) == {None: 2}


async def test_whom_meta_holds_back_rests_from_the_last_of_them(session: AsyncSession) -> None:
    made = await _failed(session, 3)
    assert (await retries.count(session, made.campaign.id, CODES, DEFERRED)).last_deferred is None
    for place, hours in ((0, 5), (1, 2)):
        await made.run(
            "UPDATE messages SET error_code = :code, failed_at = :at WHERE id = :id",
            code=LATER, at=NOW - timedelta(hours=hours), id=made.ids[place],
        )  # fmt: skip
    found = await retries.count(session, made.campaign.id, CODES, DEFERRED)
    assert (found.people, found.deferred, found.last_deferred) == (3, 2, NOW - timedelta(hours=2))


async def test_the_gate_of_today_is_asked_and_values_stay_as_they_were(
    session: AsyncSession,
) -> None:
    made = await _failed(session, 5)
    people = [row["contact_id"] for row in await made.rows()]
    for change, person in (
        ("UPDATE contacts SET blocked_at = now()", 0),
        ("UPDATE contacts SET marketing_opt_out_at = now()", 1),
        ("UPDATE contacts SET phone_key = '12125550100'", 2),
        ("DELETE FROM contacts", 3),
    ):
        await made.run(f"{change} WHERE id = :id", id=people[person])
    await made.run(
        "UPDATE campaign_recipients SET variables = ARRAY['as it was'] WHERE campaign_id = :id",
        id=made.campaign.id,
    )
    assert await _retry(made, marketing=True) == {
        None: 1, "contact_blocked": 1, "opted_out": 1, "us_marketing": 1, "contact_deleted": 1,
    }  # fmt: skip
    query = "SELECT contact_id, variables FROM campaign_recipients WHERE campaign_id <> :id"
    assert await made.read(query, id=made.campaign.id) == [(people[4], ["as it was"])]


async def test_nobody_is_tried_again_twice_and_a_merged_person_once(session: AsyncSession) -> None:
    made = await _failed(session, 3)
    [first, second, third] = [row["contact_id"] for row in await made.rows()]
    child = await _child(made)
    await made.run(
        """INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id, seq)
        VALUES (:id, :channel, :contact, 'out', 'campaign', 'template', 'accepted', :child, 1)""",
        id=new_id(), channel=made.campaign.channel_id, contact=first, child=child,
    )  # fmt: skip
    # The second message is somebody else's now: their other place counts.
    await made.run(
        "UPDATE messages SET contact_id = :to WHERE contact_id = :of", to=third, of=second
    )
    assert await _retry(made) == {None: 1}
    children = await retries.children(session, made.campaign.id)
    assert child in {row.id for row in children}
    assert [row.created_at for row in children] == sorted(
        (row.created_at for row in children), reverse=True
    )


async def _child(made: Ledger) -> UUID:
    row = rows.add(made.session, name="Earlier", parent_id=made.campaign.id)
    await made.session.flush()
    created = text(
        "UPDATE campaigns SET created_at = created_at - interval '1 hour' WHERE id = :id"
    )
    await made.session.execute(created, {"id": row.id})
    return row.id
