"""Meta's restrictions end by themselves, stop only what they name, and arrive in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain import channel_health
from domain.actors import Actor
from domain.errors import Conflict
from domain.ids import new_id
from domain.messages import Origin
from services.channels import show
from services.messages.compose import compose
from services.messages.content import TemplateContent, TextContent
from services.sending.claim import Cursor
from services.vault import Vault
from store.channels import ChannelRow
from store.sending import claims, effects, plans
from tests import factories, threads
from tests.services.channels.events import (
    FIRST,
    NOW,
    REPLIES,
    UTILITY,
    later,
    news,
    outcome,
    restrict,
)
from tests.services.consents import envelope, take
from tests.words import words_of

AGENT = Actor("user")


@pytest.mark.fault("A6")
@pytest.mark.parametrize(
    ("held", "template", "window", "becomes"),
    [
        ([FIRST], "", True, "sent"),
        ([FIRST], "MARKETING", False, "restricted"),
        ([FIRST], "UTILITY", False, "restricted"),
        ([FIRST], "UTILITY", True, "sent"),
        ([REPLIES], "", True, "restricted_replies"),
        ([REPLIES], "UTILITY", False, "sent"),
        ([UTILITY], "UTILITY", True, "restricted_utility"),
        ([UTILITY], "MARKETING", False, "sent"),
        ([UTILITY], "", True, "sent"),
        ([FIRST, REPLIES], "", True, "restricted_replies"),
        ([FIRST, UTILITY], "MARKETING", False, "restricted"),
        (["RESTRICTED_ADD_PHONE_NUMBER_ACTION", "SOMETHING_NEW"], "MARKETING", False, "sent"),
    ],
)
async def test_a_restriction_stops_what_it_names(
    session: AsyncSession,
    row: ChannelRow,
    held: list[str],
    template: str,
    window: bool,
    becomes: str,
) -> None:
    await restrict(session, *[(kind, later(days=3)) for kind in held])
    assert (row.status, row.blocked_reason) == ("connected", None)
    assert await outcome(session, row, template=template, window=window) == becomes


@pytest.mark.fault("A6")
async def test_it_ends_with_its_time_without_a_word(session: AsyncSession, row: ChannelRow) -> None:
    await restrict(session, (FIRST, later(hours=1)), (REPLIES, None))
    assert await outcome(session, row, template="MARKETING", window=False) == "restricted"
    shown = await show.one(session, row.id, now=NOW)
    assert words_of(shown.condition.label) == "Restricted"
    assert "UTC" in words_of(shown.condition.sentence)
    assert "until further notice" in words_of(shown.condition.sentence)
    ended = {FIRST: later(seconds=-1).isoformat(), REPLIES: later(days=-1).isoformat()}
    row.restrictions = ended
    await session.flush()
    assert await outcome(session, row, template="MARKETING", window=False) == "sent"
    assert channel_health.restricted(ended, NOW) == []


@pytest.mark.fault("A6")
@pytest.mark.parametrize("unit", [1, 1000, "text"])
async def test_an_end_in_milliseconds_is_an_end(
    session: AsyncSession, row: ChannelRow, unit: Any
) -> None:
    end = int(later(hours=1).timestamp())
    told = str(end * 1000) if unit == "text" else end * unit
    held = [{"restriction_type": FIRST, "expiration": told}]
    await news(session, "ACCOUNT_RESTRICTION", restriction_info=held)
    assert row.restrictions == {FIRST: later(hours=1).isoformat()}
    over = [{"restriction_type": FIRST, "expiration": int(later(hours=-1).timestamp()) * 1000}]
    await news(session, "ACCOUNT_RESTRICTION", restriction_info=over)
    assert row.restrictions == {}


@pytest.mark.fault("A6")
@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_late_news_of_restrictions_change_nothing(
    session: AsyncSession, row: ChannelRow, order: tuple[int, ...]
) -> None:
    told: list[tuple[datetime, list[tuple[str, datetime | None]]]] = [
        (later(hours=-3), [(FIRST, later(days=9)), (UTILITY, later(days=9))]),
        (later(hours=-2), []),
        (later(hours=-1), [(FIRST, later(days=1))]),
    ]
    for place in order:
        at, held = told[place]
        await restrict(session, *held, at=at)
    assert row.restrictions == {FIRST: later(days=1).isoformat()}


@pytest.mark.fault("A6")
async def test_answers_go_and_templates_wait_where_people_write(
    session: AsyncSession, row: ChannelRow
) -> None:
    await restrict(session, (FIRST, later(days=3)))
    thread = await threads.thread(session, row.id)
    closed = await threads.thread(session, row.id, window=None)
    offer = await factories.template(session, name="offer", category="MARKETING")
    ours: Any = {"client_id": None, "origin": Origin.INBOX}
    ours |= {"content": TextContent("Hi")}
    await compose(session, AGENT, **(thread.ends | ours))
    ours |= {"content": TemplateContent(offer, values=["Ana"])}
    with pytest.raises(Conflict) as refused:
        await compose(session, AGENT, **(closed.ends | ours))
    assert refused.value.code == "restricted"


@pytest.mark.fault("A6")
@pytest.mark.parametrize(
    ("category", "kind", "waits"),
    [
        ("MARKETING", FIRST, True),
        ("UTILITY", FIRST, True),
        ("UTILITY", UTILITY, True),
        ("MARKETING", UTILITY, False),
        ("MARKETING", REPLIES, False),
    ],
)
async def test_a_campaign_waits_and_goes_on_by_itself(
    session: AsyncSession, vault: Vault, category: str, kind: str, waits: bool
) -> None:
    running = await factories.campaign(session, vault, 3, category=category)
    await restrict(session, (kind, datetime.now(UTC) + timedelta(minutes=5)))
    taken = await _claim(session, running.id)
    assert len(taken.items) == (0 if waits else 3)
    assert taken.spent is waits
    [held] = (await session.scalars(text("SELECT restrictions FROM channels"))).all()
    assert bool(channel_health.campaign_waits(held, category, datetime.now(UTC))) is waits
    if not waits:
        return
    assert taken.pulse is not None
    assert taken.pulse.halt is None  # nothing for a person to do
    assert taken.pulse.rest is not None
    assert timedelta(minutes=3) < taken.pulse.rest <= timedelta(minutes=5)
    await _end(session)
    assert len((await _claim(session, running.id)).items) == 3


@pytest.mark.fault("A6")
def test_a_campaign_says_why_it_waits() -> None:
    held = {FIRST: later(days=1).isoformat(), UTILITY: "infinity", REPLIES: "infinity"}
    assert len(channel_health.campaign_waits(held, "UTILITY", NOW)) == 2
    (said,) = channel_health.campaign_waits(held, "MARKETING", NOW)
    assert "until" in words_of(said)
    assert channel_health.campaign_waits({}, "UTILITY", NOW) == []


async def _end(session: AsyncSession) -> None:
    await session.execute(
        text("""UPDATE channels SET restrictions = (SELECT jsonb_object_agg(key, now() - interval '1 s')
            FROM jsonb_each(restrictions))""")
    )


async def _claim(session: AsyncSession, campaign_id: UUID) -> claims.Taken:
    plan = await plans.plan(session, campaign_id)
    assert plan is not None
    cursor = Cursor.at(plan, claims.Span(campaign_id, plan.channel_id, 1, 3))
    ids = [new_id() for _ in range(3)]
    return await claims.claim_fresh(session, cursor.span, 0, ids, f"{new_id().hex}/1")


@pytest.mark.fault("A6")
async def test_a_policy_refusal_under_a_restriction_blocks_nothing_else(
    session: AsyncSession, row: ChannelRow
) -> None:
    await effects.block_channel(session, row.id, "policy")
    await session.refresh(row)
    assert row.status == "blocked"
    await restrict(session, (FIRST, later(days=1)))  # what the refusal was about
    assert (row.status, row.blocked_reason) == ("connected", None)
    await effects.block_channel(session, row.id, "policy")
    await session.refresh(row)
    assert row.status == "connected"
    await effects.block_channel(session, row.id, "token")
    await session.refresh(row)
    assert row.blocked_reason == "token"


@pytest.mark.parametrize("named", [["777"], {"id": "777"}, True, ""])
async def test_an_account_that_is_named_by_no_id_is_the_one_of_the_envelope(
    session: AsyncSession, row: ChannelRow, named: object
) -> None:
    info = {"waba_id": named}
    await take(
        session, envelope("account_update", time=NOW, event="PARTNER_REMOVED", waba_info=info)
    )
    assert (row.status, row.blocked_reason) == ("disconnected", "removed")


@pytest.mark.fault("A6")
async def test_news_of_one_number_are_for_that_number(
    session: AsyncSession, row: ChannelRow
) -> None:
    held = [{"restriction_type": FIRST, "expiration": int(later(days=1).timestamp())}]
    stranger: Any = {"restriction_info": held, "phone_number": "+1 555 000"}
    await news(session, "ACCOUNT_RESTRICTION", **stranger)
    assert row.restrictions == {}
    own: Any = {"restriction_info": held, "phone_number": "34611555010"}
    await news(session, "ACCOUNT_RESTRICTION", **own)
    assert list(row.restrictions) == [FIRST]


@pytest.mark.fault("A6")
@pytest.mark.parametrize(
    "told",
    ["?", [1, None, "x"], [{"restriction_type": None}], [{"restriction_type": ["x"]}],
     [{"restriction_type": FIRST, "expiration": "9" * 40}], [{"restriction_type": FIRST, "expiration": -1}],
     [{"restriction_type": FIRST, "expiration": {}}], {"a": 1}, None],
)  # fmt: skip
async def test_odd_restrictions_hurt_nothing(
    session: AsyncSession, row: ChannelRow, told: object
) -> None:
    await news(session, "ACCOUNT_RESTRICTION", restriction_info=told)
    assert await outcome(session, row, template="", window=True) == "sent"
    assert words_of((await show.one(session, row.id, now=NOW)).condition.sentence)


# Templates.
