"""Bans, flags and removals of an account, in whatever order Meta reports them."""

from itertools import permutations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.channels import show
from store.channels import ChannelRow
from tests import factories
from tests.services.channels.events import NOW, later, news, outcome
from tests.services.consents import envelope, take
from tests.words import words_of


@pytest.mark.fault("A6")
@pytest.mark.parametrize(
    "event",
    ["PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED", "ACCOUNT_OFFBOARDED", "ACCOUNT_DELETED"],
)
async def test_a_removed_account_disconnects_its_numbers(
    session: AsyncSession, row: ChannelRow, event: str
) -> None:
    # Account events carry the portfolio's id where others have the account's.
    body = envelope(
        "account_update", time=NOW, event=event, waba_info={"waba_id": factories.WABA_ID}
    ).replace(b'"id":"' + factories.WABA_ID.encode(), b'"id":"777000111')
    await take(session, body)
    assert (row.status, row.blocked_reason) == ("disconnected", "removed")
    assert await outcome(session, row, template="UTILITY", window=True) == "channel_removed"
    assert "removed" in words_of((await show.one(session, row.id, now=NOW)).condition.sentence)
    await news(session, "PARTNER_ADDED", later(hours=-1))  # late: it was added before
    assert row.blocked_reason == "removed"
    await news(session, "ACCOUNT_RECONNECTED", later(seconds=1))
    assert (row.status, row.blocked_reason) == ("disconnected", "reconnected")
    shown = await show.one(session, row.id, now=NOW)
    assert words_of(shown.condition.next_step) == "Check the connection."


@pytest.mark.fault("A6")
async def test_a_reinstated_account_that_was_removed_stays_disconnected(
    session: AsyncSession, row: ChannelRow
) -> None:
    await news(session, "DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"})
    await news(session, "PARTNER_REMOVED")
    await news(session, "DISABLED_UPDATE", ban_info={"waba_ban_state": "REINSTATE"})
    assert (row.status, row.blocked_reason) == ("disconnected", "removed")


@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_ban_and_its_end_are_ordered_by_their_times(
    session: AsyncSession, row: ChannelRow, order: tuple[int, int]
) -> None:
    told = [("DISABLE", later(hours=-2)), ("REINSTATE", later(hours=-1))]
    for place in order:
        state, at = told[place]
        await news(session, "DISABLED_UPDATE", at, ban_info={"waba_ban_state": state})
    assert (row.status, row.blocked_reason) == ("connected", None)


@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_plan_of_a_ban_ends_no_ban_in_any_order(
    session: AsyncSession, row: ChannelRow, order: tuple[int, ...]
) -> None:
    told = [("REINSTATE", -3), ("DISABLE", -2), ("SCHEDULE_FOR_DISABLE", -1)]
    for place in order:
        state, hours = told[place]
        await news(
            session, "DISABLED_UPDATE", later(hours=hours), ban_info={"waba_ban_state": state}
        )
    assert (row.status, row.blocked_reason) == ("blocked", "policy")
    assert row.news["notices"] == {"ban": "SCHEDULE_FOR_DISABLE"}


@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_flag_and_its_end_are_ordered_by_their_times(
    session: AsyncSession, row: ChannelRow, order: tuple[int, int]
) -> None:
    told = [("FLAGGED", later(hours=-2)), ("UNFLAGGED", later(hours=-1))]
    for place in order:
        event, at = told[place]
        number = {"display_phone_number": "34611555010", "event": event}
        await take(session, envelope("phone_number_quality_update", time=at, **number))
    assert row.quality == "YELLOW"


@pytest.mark.fault("A6")
async def test_violations_and_planned_bans_are_shown(
    session: AsyncSession, row: ChannelRow
) -> None:
    await news(session, "ACCOUNT_VIOLATION", violation_info={"violation_type": "SPAM"})
    ban = {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "April 17, 2027"}
    await news(session, "DISABLED_UPDATE", ban_info=ban)
    told = " ".join(map(words_of, (await show.one(session, row.id, now=NOW)).notices))
    assert "Spam" in told
    assert "April 17, 2027" in told
    assert row.status == "connected"
