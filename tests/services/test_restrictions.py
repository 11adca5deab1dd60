"""What Meta forbids ends by itself, stops only what it names, and comes in any order."""

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
from services.channels import show, webhooks
from services.messages.compose import compose
from services.messages.content import TemplateContent, TextContent
from services.sending.claim import Cursor
from services.templates import webhooks as template_webhooks
from services.vault import Vault, new_key
from store import channels, templates
from store.channels import ChannelRow
from store.sending import claims, effects, plans
from store.sending.single import lock
from tests import factories, threads
from tests.services.consents import envelope, take

AGENT = Actor("user")
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = "RESTRICTED_BIZ_INITIATED_MESSAGING"
REPLIES = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"
UTILITY = "RESTRICTED_UTILITY_TEMPLATES"


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
async def row(session: AsyncSession, vault: Vault) -> ChannelRow:
    found = await channels.get(session, await factories.channel(session, vault))
    assert found is not None
    return found


async def news(session: AsyncSession, event: str, at: datetime = NOW, **value: Any) -> None:
    await take(session, envelope("account_update", time=at, event=event, **value))


async def restrict(
    session: AsyncSession, *held: tuple[str, datetime | None], at: datetime = NOW
) -> None:
    told = [
        {"restriction_type": kind} | ({"expiration": int(end.timestamp())} if end else {})
        for kind, end in held
    ]
    await news(session, "ACCOUNT_RESTRICTION", at, restriction_info=told)


async def outcome(session: AsyncSession, row: ChannelRow, *, template: str, window: bool) -> str:
    """What becomes of one message: the gate's reason, or sent."""
    thread = await threads.thread(session, row.id, window=threads.OPEN if window else None)
    if template:
        name = f"t{new_id().hex}"
        await factories.template(session, name=name, category=template)
        payload: dict[str, Any] = {"name": name, "language": {"code": "en_US"}, "components": []}
        kind, payload = "template", {"type": "template", "template": payload}
    else:
        kind, payload = "text", {"type": "text", "text": {"body": "Hi"}}
    message = await threads.message(
        session, thread, direction="out", origin="api", state="queued", kind=kind, payload=payload,
        wamid=None,
    )  # fmt: skip
    locked = await lock(session, message)
    assert locked is not None
    return locked.refusal or "sent"


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
    assert shown.condition.label == "Restricted"
    assert "UTC" in shown.condition.sentence
    assert "until further notice" in shown.condition.sentence
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
    assert "until" in said
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
    assert "removed" in (await show.one(session, row.id, now=NOW)).condition.sentence
    await news(session, "PARTNER_ADDED", later(hours=-1))  # late: it was added before
    assert row.blocked_reason == "removed"
    await news(session, "ACCOUNT_RECONNECTED", later(seconds=1))
    assert (row.status, row.blocked_reason) == ("disconnected", "reconnected")
    shown = await show.one(session, row.id, now=NOW)
    assert shown.condition.next_step == "Check the connection."


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
    told = " ".join((await show.one(session, row.id, now=NOW)).notices)
    assert "Spam" in told
    assert "April 17, 2027" in told
    assert row.status == "connected"


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
    assert (await show.one(session, row.id, now=NOW)).condition.sentence


# Templates.

IDENTITY: dict[str, Any] = {
    "message_template_id": 1689556908129835,
    "message_template_name": "order_ready",
    "message_template_language": "en-US",
}
STATUS = "message_template_status_update"


async def _template(session: AsyncSession, **columns: Any) -> Any:
    found = await templates.get(session, await factories.template(session, name="order_ready"))
    assert found is not None
    for name, value in ({"meta_id": "1689556908129835"} | columns).items():
        setattr(found, name, value)
    await session.flush()
    return found


@pytest.mark.fault("A4")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_late_pause_does_not_beat_a_newer_approval(
    session: AsyncSession, row: ChannelRow, order: tuple[int, ...]
) -> None:
    template = await _template(session)
    told = [("PAUSED", -30), ("FLAGGED", -10), ("APPROVED", -20)]
    for place in order:
        event, minutes = told[place]
        await take(session, envelope(STATUS, time=later(minutes=minutes), event=event, **IDENTITY))
    assert template.status == "APPROVED"
    await take(session, envelope(STATUS, event="PAUSED", **IDENTITY))  # no time: it is new
    assert template.status == "PAUSED"


@pytest.mark.fault("A4")
async def test_news_older_than_the_last_sync_change_nothing(
    session: AsyncSession, row: ChannelRow
) -> None:
    template = await _template(session, synced_at=NOW)
    await take(session, envelope(STATUS, time=later(days=-3), event="PAUSED", **IDENTITY))
    assert template.status == "APPROVED"
    await take(session, envelope(STATUS, time=later(seconds=1), event="PAUSED", **IDENTITY))
    assert template.status == "PAUSED"


@pytest.mark.fault("A6")
async def test_a_template_that_is_new_to_us_starts_a_sync(
    session: AsyncSession, row: ChannelRow
) -> None:
    done = await take(session, envelope(STATUS, time=NOW, event="APPROVED", **IDENTITY))
    assert done.syncs == [row.id]
    gone = await take(session, envelope(STATUS, time=NOW, event="DELETED", **IDENTITY))
    assert gone.syncs == []
    nameless = await take(session, envelope(STATUS, time=NOW, event="APPROVED"))
    assert nameless.syncs == []


def button(kind: str, text: str, **more: str) -> dict[str, str]:
    named = {f"message_template_button_{name}": value for name, value in more.items()}
    return {"message_template_button_type": kind, "message_template_button_text": text, **named}


@pytest.mark.fault("A6")
async def test_changed_buttons_are_taken(session: AsyncSession, row: ChannelRow) -> None:
    link = {
        "type": "URL",
        "text": "Track",
        "url": "https://x.test/{{1}}",
        "example": ["https://x.test/1"],
    }
    buttons = {"type": "BUTTONS", "buttons": [link, {"type": "QUICK_REPLY", "text": "Thanks"}]}
    footer = {"type": "FOOTER", "text": "Lumen"}
    template = await _template(session, components=[*factories.COMPONENTS, buttons, footer])
    field = "message_template_components_update"
    told = [
        button("URL", "Follow", url="https://y.test/{{1}}"),
        button("QUICK_REPLY", "Thank you"),
    ]
    done = await take(session, envelope(field, time=NOW, message_template_buttons=told, **IDENTITY))
    assert [part["type"] for part in template.components] == ["BODY", "BUTTONS", "FOOTER"]
    changed = template.components[1]["buttons"]
    assert changed[0] == link | {"text": "Follow", "url": "https://y.test/{{1}}"}
    assert changed[1]["text"] == "Thank you"
    assert done.syncs == []
    # Another set of buttons: what the webhook lacks is fetched.
    told = [button("PHONE_NUMBER", "Call", phone_number="+34611000222")]
    done = await take(
        session,
        envelope(field, time=later(seconds=1), message_template_buttons=told, **IDENTITY),
    )
    assert template.components[1]["buttons"] == [
        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+34611000222"}
    ]
    assert done.syncs == [row.id]


async def test_the_services_take_news_without_a_time(
    session: AsyncSession, row: ChannelRow
) -> None:
    assert await webhooks.apply(
        session, row.waba_id, "account_update", {"event": "PARTNER_REMOVED"}
    )
    template = await _template(session)
    assert await template_webhooks.apply(
        session, row.waba_id, STATUS, {"event": "PAUSED", **IDENTITY}
    )
    assert template.status == "PAUSED"
