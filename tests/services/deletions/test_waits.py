"""While a deletion is pending, the person gets no messages, and their own are not lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.conversations import ConversationFilter
from domain.errors import NotFound
from domain.ids import new_id
from domain.messages import Origin
from services.conversations import browse, change
from services.messages.compose import compose
from services.messages.content import TextContent
from services.receiving import people as receiving_people
from services.receiving.intake import Intake
from services.receiving.taking import Taker
from services.sending import single
from services.sending.single import DeletionWaits
from services.vault import Vault, new_key
from store import conversations, freeing
from store.receiving import deliveries
from store.sending import claims
from store.sending.claims import Taken
from tests import factories
from tests.deliveries import SENDER, USER, as_bytes, envelope, value
from tests.factories import LaunchedCampaign
from tests.services.contacts import test_identity as identity
from tests.services.deletions.conftest import (
    ANA,
    Sessions,
    column,
    delete,
    go,
    over,
    person,
    undo,
)
from tests.services.receiving.conftest import other, receive, said

pytestmark = pytest.mark.fault("8B6")

VAULT = Vault([new_key()])
PHONE = f"+{SENDER}"


def delivery(*items: dict[str, Any]) -> bytes:
    return as_bytes(envelope(("messages", value(messages=list(items)))))


# Campaigns


@pytest.fixture
async def launched(sessions: Sessions) -> LaunchedCampaign:
    """A running campaign with six people."""
    async with sessions.begin() as session:
        await session.execute(text("DELETE FROM channels"))
        return await factories.campaign(session, VAULT, 6)


async def claim(
    sessions: Sessions, campaign: LaunchedCampaign, *, again: bool, limited: bool = False
) -> Taken:
    async with sessions.begin() as session:
        if again:
            await session.execute(text("UPDATE messages SET next_try_at = now() - interval '1 s' "
                                       "WHERE state = 'queued' AND next_try_at IS NOT NULL"))  # fmt: skip
            return await claims.claim_again(session, campaign.span, 9, "me/2", limited=limited)
        ids = [new_id() for _ in range(6)]
        return await claims.claim_fresh(session, campaign.span, 0, ids, "me/1", limited=limited)


async def recipients(sessions: Sessions, low: int, high: int) -> list[UUID]:
    found = f"contact_id FROM campaign_recipients WHERE seq BETWEEN {low} AND {high} ORDER BY seq"
    return [UUID(str(one)) for one in await column(sessions, found)]


async def states(sessions: Sessions) -> list[tuple[Any, ...]]:
    async with sessions() as session:
        found = "SELECT state, attempt, error_detail FROM messages ORDER BY seq"
        return [tuple(row) for row in await session.execute(text(found))]


@pytest.mark.parametrize("limited", [False, True])
async def test_a_campaign_waits_for_whoever_is_about_to_go(
    sessions: Sessions, launched: LaunchedCampaign, *, limited: bool
) -> None:
    if limited:
        async with sessions.begin() as session:
            await session.execute(text("UPDATE portfolios SET messaging_limit = 4"))
    back = await delete(sessions, *await recipients(sessions, 1, 2))
    await delete(sessions, *await recipients(sessions, 5, 6))
    taken = await claim(sessions, launched, again=False, limited=limited)
    assert (len(taken.items), taken.spent) == (2, False)
    waiting, sending = ("queued", 0, None), ("sending", 1, None)
    assert await states(sessions) == [waiting, waiting, sending, sending, waiting, waiting]
    async with sessions() as session:
        later = await claims.next_try(session, launched.span)
    assert later is not None
    assert later < claims.SOON  # the sender itself waits for it
    assert (await claim(sessions, launched, again=True, limited=limited)).items == []
    assert await states(sessions) == [waiting, waiting, sending, sending, waiting, waiting]
    await undo(sessions, back)
    await go(sessions)
    taken = await claim(sessions, launched, again=True, limited=limited)
    assert [item.attempt for item in taken.items] == [1, 1]
    gone = ("refused", 1, "contact_deleted")
    assert await states(sessions) == [sending, sending, sending, sending, gone, gone]
    counted = await column(sessions, "ARRAY[total, sending, refused] FROM campaign_counters")
    assert counted == [[6, 4, 2]]


# Single messages and the inbox


async def thread(sessions: Sessions) -> tuple[UUID, UUID, UUID]:
    """The conversation of somebody who wrote, its contact and number."""
    lately = str(int(datetime.now(UTC).timestamp()) - 60)
    await receive(sessions, delivery(said("Hello", timestamp=lately)))
    async with sessions() as session:
        row = (
            await session.execute(text("SELECT id, contact_id, channel_id FROM conversations"))
        ).one()
    return row.id, row.contact_id, row.channel_id


async def test_a_reply_waits_and_leaves_when_the_person_is_back(sessions: Sessions) -> None:
    _, contact_id, channel_id = await thread(sessions)
    async with sessions.begin() as session:
        reply = await compose(
            session, ANA, channel_id=channel_id, contact_id=contact_id, content=TextContent("Yes"),
            client_id=None, origin=Origin.INBOX,
        )  # fmt: skip
    deletion = await delete(sessions, contact_id)
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE channels SET access_token = :t"), {"t": VAULT.encrypt("t")}
        )
        with pytest.raises(DeletionWaits):
            await single.claim(session, VAULT, reply.id, "me")
    await undo(sessions, deletion)
    async with sessions.begin() as session:
        claimed = await single.claim(session, VAULT, reply.id, "me")
    assert isinstance(claimed, single.SingleClaim)


async def test_whoever_is_about_to_go_is_in_no_list_and_no_sum(sessions: Sessions) -> None:
    conversation_id, contact_id, channel_id = await thread(sessions)
    await receive(sessions, delivery(said("Me too", 2, **other(2))))

    async def seen(session: AsyncSession) -> tuple[int, int, int]:
        page = await browse.page(session, ConversationFilter(), cursor=None, limit=9)
        sums = await conversations.counts(session, new_id(), ConversationFilter())
        return len(page.items), sums.everyone, sums.unread

    deletion = await delete(sessions, contact_id)
    async with sessions.begin() as session:
        assert await seen(session) == (1, 1, 1)
    for act in (
        lambda session: browse.one(session, conversation_id),
        lambda session: browse.with_person(session, conversation_id),
        lambda session: change.assign(session, ANA, conversation_id, None),
        lambda session: change.start(session, ANA, channel_id=channel_id, contact_id=contact_id),
        lambda session: compose(
            session, ANA, channel_id=channel_id, contact_id=contact_id, content=TextContent("Yes"),
            client_id=None, origin=Origin.INBOX,
        ),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            async with sessions.begin() as session:
                await act(session)
    assert await undo(sessions, deletion) == 0
    async with sessions.begin() as session:
        assert await seen(session) == (2, 2, 2)


# What they write


@pytest.mark.parametrize("taken_back", [True, False])
async def test_what_somebody_writes_who_is_about_to_go_waits_for_the_decision(
    sessions: Sessions, *, taken_back: bool
) -> None:
    _, before, _ = await thread(sessions)
    deletion = await delete(sessions, before)
    intake, taker = Intake(sessions), Taker(sessions)
    await intake.keep(delivery(said("Still there?", 2), said("Me", 3, **other(3))), None)
    await intake.keep(delivery(said("And me", 4, **other(4))), None)
    await taker.take()  # whatever else came with it is read in the same step
    read = ["And me", "Hello", "Me"]
    assert await column(sessions, "body FROM messages ORDER BY body") == read
    assert not (await taker.take()).taken
    async with sessions() as session:  # nobody else waits for it: marketing goes on
        assert not await deliveries.overdue(session, timedelta(0))
    if taken_back:
        assert await undo(sessions, deletion) == 0
    else:
        await go(sessions)
    while (await taker.take()).taken:
        pass
    assert await column(sessions, "state FROM webhook_events WHERE state <> 'done'") == []
    theirs = f"body FROM messages m JOIN contacts c ON c.id = m.contact_id WHERE phone = '{PHONE}'"
    kept = ["Hello", "Still there?"] if taken_back else ["Still there?"]
    assert sorted(map(str, await column(sessions, theirs))) == kept
    (after,) = await column(sessions, f"id FROM contacts WHERE phone = '{PHONE}'")
    assert (after == before) is taken_back


async def test_the_drain_waits_for_nobody_who_frees_a_number_of_that_deletion(
    sessions: Sessions,
) -> None:
    _, before, _ = await thread(sessions)
    another = await person(sessions, "+34611222999")
    await delete(sessions, before, another)
    await over(sessions)
    await Intake(sessions).keep(delivery(said("Still there?", 2)), None)
    async with sessions.begin() as session:  # an import holds the deletion until its end
        await freeing.numbers(session, ["34611222999"])
        async with asyncio.timeout(3):
            assert (await Taker(sessions).take()).taken == 1
    await go(sessions)
    while (await Taker(sessions).take()).taken:
        pass
    assert await column(sessions, "body FROM messages") == ["Still there?"]


async def test_a_stop_that_waited_holds_for_the_new_contact(sessions: Sessions) -> None:
    _, before, _ = await thread(sessions)
    await delete(sessions, before)
    await Intake(sessions).keep(delivery(said("STOP", 2)), None)
    await Taker(sessions).take()
    await over(sessions)
    while (await Taker(sessions).take()).taken:
        pass
    assert await column(sessions, "phone FROM contacts WHERE marketing_opt_out_at IS NOT NULL") == [
        PHONE
    ]
    await go(sessions)
    assert await column(sessions, "body FROM messages") == ["STOP"]


async def test_what_statuses_tell_of_them_waits_for_nothing(sessions: Sessions) -> None:
    before = await person(sessions, PHONE)
    await delete(sessions, before)
    status = {
        "id": "wamid.OUT", "status": "delivered", "timestamp": "1790417000",
        "recipient_id": SENDER, "recipient_user_id": USER,
    }  # fmt: skip
    await receive(sessions, as_bytes(envelope(("messages", value(statuses=[status])))))
    assert await column(sessions, "id FROM contacts") == [before]


@pytest.mark.parametrize("older", [True, False])
async def test_nobody_goes_up_in_somebody_who_is_about_to_go(
    sessions: Sessions, *, older: bool
) -> None:
    """Whichever of the two is deleted, the other and what they wrote are kept."""
    alone = [identity.said(identity.OLD), identity.said(None, identity.FIRST)]
    first, second = alone if older else alone[::-1]
    await identity.deliver(sessions, identity.body(identity.value(messages=[first])))
    (goes,) = await column(sessions, "contact_id FROM conversations")
    assert isinstance(goes, UUID)
    await identity.deliver(sessions, identity.body(identity.value(messages=[second])))
    await delete(sessions, goes)
    both = identity.said(identity.OLD, identity.FIRST)
    await Intake(sessions).keep(identity.body(identity.value(messages=[both])), None)
    await Taker(sessions).take()
    await go(sessions)
    while (await Taker(sessions).take()).taken:
        pass
    kept = {second["id"], both["id"]}
    assert set(await column(sessions, "wamid FROM messages")) == kept
    assert len(await column(sessions, "id FROM contacts")) == 1


async def test_two_with_one_number_meet_when_it_is_decided(sessions: Sessions) -> None:
    one = await person(sessions, PHONE)
    two = await person(sessions, "+34611222999")
    async with sessions.begin() as session:
        tie = "INSERT INTO contact_identities (kind, value, contact_id) VALUES ('phone', :key, :id)"
        await session.execute(text(tie), {"key": SENDER, "id": two})
    deletion = await delete(sessions, two)
    async with sessions.begin() as session:
        await receiving_people.meet(session)
    assert set(await column(sessions, "id FROM contacts")) == {one, two}
    await undo(sessions, deletion)
    async with sessions.begin() as session:
        await receiving_people.meet(session)
    assert len(await column(sessions, "id FROM contacts")) == 1


async def test_a_message_and_an_undo_at_once_lose_nothing(sessions: Sessions) -> None:
    _, before, _ = await thread(sessions)
    deletion = await delete(sessions, before)
    await over(sessions)
    await Intake(sessions).keep(delivery(said("Still there?", 2)), None)
    clicked, _ = await asyncio.gather(
        undo(sessions, deletion), Taker(sessions).take(), return_exceptions=True
    )
    while (await Taker(sessions).take()).taken:
        pass
    await go(sessions)
    kept = {"Still there?"} if isinstance(clicked, Exception) else {"Hello", "Still there?"}
    assert set(await column(sessions, "body FROM messages")) == kept
