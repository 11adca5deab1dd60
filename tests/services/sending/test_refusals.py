"""Every refusal of the gate in both lanes, before a launch, and when a message is composed (law 6).

A refusal without a case fails here: adding one means saying what it does to a campaign.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from domain import causes
from domain.actors import Actor
from domain.errors import DomainError
from domain.messages import Origin
from domain.refusals import Refusal
from services.campaigns.launching import preflight
from services.messages import reasons
from services.messages.compose import compose
from services.messages.content import Content, TemplateContent, TextContent
from store import merging
from store.receiving import identities
from tests.factories import LaunchedCampaign
from tests.services.sending.conftest import Lanes
from tests.words import words_of


class Fate(Enum):
    """What happens to a campaign."""

    REFUSES = "whoever it concerns is refused, the others go"
    PAUSES = "it stops until a person has seen to it"
    WAITS = "it continues by itself later"
    GOES = "it is none of a campaign's business"


@dataclass(frozen=True, slots=True)
class Case:
    """What makes a refusal true, of everybody and the only number.

    ``composed`` is the code with which composing the message is refused, None where that is only seen at the claim;
    ``launched`` where a check of the campaign finds it: a reason for which people are left out, or a field.
    """

    given: str
    campaign: Fate
    category: str = "UTILITY"
    free_form: bool = False
    composed: str | None = ""
    launched: str | None = None


def _number(reason: str | None, status: str = "blocked") -> Case:
    blocked = f"'{reason}'" if reason else "NULL"
    given = f"UPDATE channels SET status = '{status}', blocked_reason = {blocked}"
    return Case(given, Fate.PAUSES, launched="channel")


def _restriction(kind: str, campaign: Fate, **more: Any) -> Case:
    given = f"UPDATE channels SET restrictions = jsonb_build_object('{kind}', 'infinity')"
    return Case(f"{given}; {_WINDOW}" if more else given, campaign, **more)


_WINDOW = """INSERT INTO conversations (id, channel_id, contact_id, window_opened_at, window_expires_at)
    SELECT gen_random_uuid(), ch.id, c.id, now(), now() + interval '1 hour' FROM channels ch, contacts c"""

CASES = {
    Refusal.CONTACT_DELETED: Case(
        "DELETE FROM contacts", Fate.REFUSES, composed="contact_not_found", launched="audience"
    ),
    Refusal.CONTACT_BLOCKED: Case(
        "UPDATE contacts SET blocked_at = now()", Fate.REFUSES, launched="contact_blocked"
    ),
    Refusal.OPTED_OUT: Case(
        "UPDATE contacts SET marketing_opt_out_at = now()", Fate.REFUSES, "MARKETING",
        launched="opted_out",
    ),
    Refusal.US_MARKETING: Case(
        "UPDATE contacts SET phone_key = '1212' || right(phone_key, 7)", Fate.REFUSES, "MARKETING",
        launched="us_marketing",
    ),
    Refusal.WINDOW_CLOSED: Case("SELECT 1", Fate.GOES, free_form=True),
    Refusal.CHANNEL_DISCONNECTED: _number(None, "disconnected"),
    Refusal.CHANNEL_REMOVED: _number("removed", "disconnected"),
    Refusal.CHANNEL_RECONNECTED: _number("reconnected", "disconnected"),
    Refusal.CHANNEL_TOKEN: _number("token"),
    Refusal.CHANNEL_PAYMENT: _number("payment"),
    Refusal.CHANNEL_POLICY: _number("policy"),
    Refusal.CHANNEL_SPAM_LIMIT: _number("spam_limit"),
    Refusal.CHANNEL_NOT_REGISTERED: _number("not_registered"),
    Refusal.CHANNEL_DISPLAY_NAME: _number("display_name"),
    Refusal.TEMPLATE: Case(
        "UPDATE templates SET status = 'PAUSED'", Fate.PAUSES, composed="template_paused",
        launched="template",
    ),
    Refusal.RESTRICTED_REPLIES: _restriction(
        "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", Fate.GOES, free_form=True
    ),
    Refusal.RESTRICTED_UTILITY: _restriction("RESTRICTED_UTILITY_TEMPLATES", Fate.WAITS),
    Refusal.RESTRICTED: _restriction("RESTRICTED_BIZ_INITIATED_MESSAGING", Fate.WAITS),
    Refusal.BUDGET_SPENT: Case(
        "UPDATE portfolios SET messaging_limit = 0", Fate.WAITS, composed=None
    ),
    Refusal.SAME_PERSON: Case("SELECT 1", Fate.REFUSES, composed=None),
}  # fmt: skip


async def _make(lanes: Lanes, refusal: Refusal) -> Case:
    """Make it true."""
    case = CASES[refusal]
    await lanes.run(*case.given.split("; "))
    if refusal is Refusal.SAME_PERSON:
        async with lanes.transactions.begin() as session:
            await identities.lock(session)
            kept, gone = await session.scalars(text("SELECT id FROM contacts ORDER BY phone_key"))
            await merging.merge(session, [(gone, kept)])
    return case


@pytest.mark.parametrize("refusal", Refusal)
async def test_every_refusal_is_obeyed_in_both_lanes_and_said_before_where_it_is_known(
    lanes: Lanes, refusal: Refusal
) -> None:
    campaign = await lanes.campaign(category=CASES[refusal].category)
    [(contact_id,)] = await lanes.read("SELECT id FROM contacts ORDER BY phone_key LIMIT 1")
    case = await _make(lanes, refusal)
    composed = await _composed(lanes, campaign.channel_id, contact_id, case)
    assert composed == (refusal if case.composed == "" else case.composed)
    await _assert_checked(lanes, campaign, case, refusal)
    await _assert_fate(lanes, campaign, case, refusal)
    became = await lanes.send(await lanes.keep(free_form=case.free_form, contact_id=contact_id))
    # Only a campaign can hold one person twice.
    wanted = ("sending", None) if refusal is Refusal.SAME_PERSON else ("refused", refusal)
    assert became == wanted


async def _assert_fate(
    lanes: Lanes, campaign: LaunchedCampaign, case: Case, refusal: Refusal
) -> None:
    """The claim of a campaign does what the case says."""
    taken = await lanes.claim(campaign)
    refused = await lanes.read("SELECT DISTINCT error_detail FROM messages WHERE state = 'refused'")
    [row] = await lanes.read("SELECT status, pause_reason FROM campaigns")
    running, cause = ("running", None), causes.cause_of(None, refusal).key
    assert (bool(taken.items), refused, row, taken.spent) == {
        Fate.REFUSES: (refusal is Refusal.SAME_PERSON, [(refusal,)], running, False),
        Fate.PAUSES: (False, [], ("paused", cause), False),
        Fate.WAITS: (False, [], running, True),
        Fate.GOES: (True, [], running, False),
    }[case.campaign]


async def _assert_checked(
    lanes: Lanes, campaign: LaunchedCampaign, case: Case, refusal: Refusal
) -> None:
    """A check before the launch finds what the case says."""
    async with lanes.transactions() as session:
        check = await preflight.check(session, campaign.id, datetime.now(UTC))
    expected = {case.launched} if case.launched else set()
    if case.campaign is Fate.REFUSES and case.launched:
        expected |= {"audience"}  # nobody is left
    assert {*check.problems, *check.preflight.excluded} == expected
    if case.launched == "channel":
        assert check.problems["channel"] == reasons.refusal(refusal)


async def _composed(lanes: Lanes, channel_id: UUID, contact_id: UUID, case: Case) -> str | None:
    """The code a message is refused with when somebody writes it."""
    [(template_id,)] = await lanes.read("SELECT id FROM templates")
    content: Content = TemplateContent(template_id, values=["Ana"])
    async with lanes.transactions() as session:
        try:
            await compose(
                session, Actor("user"), channel_id=channel_id, contact_id=contact_id,
                content=TextContent("Hello") if case.free_form else content, client_id=None,
                origin=Origin.INBOX,
            )  # fmt: skip
        except DomainError as error:
            return error.code
        return None


async def test_a_template_that_whatsapp_calls_marketing_now_is_marketing_in_both_lanes(
    lanes: Lanes,
) -> None:
    campaign = await lanes.campaign()
    await lanes.run(
        "UPDATE templates SET category = 'MARKETING'",
        "UPDATE contacts SET marketing_opt_out_at = now()",
    )
    taken = await lanes.claim(campaign)
    assert taken.items == []
    assert taken.pulse is not None
    assert taken.pulse.marketing
    [(refused,)] = await lanes.read("SELECT DISTINCT error_detail FROM messages")
    assert refused == Refusal.OPTED_OUT
    assert await lanes.send(await lanes.keep()) == ("refused", Refusal.OPTED_OUT)


async def test_a_template_that_is_not_ours_is_whatsapps_to_judge(lanes: Lanes) -> None:
    await lanes.campaign()
    message = await lanes.keep()
    await lanes.run("UPDATE templates SET name = 'another', status = 'PAUSED'")
    assert await lanes.send(message) == ("sending", None)


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_a_sentence_and_a_cause_of_its_own(refusal: Refusal) -> None:
    cause = causes.cause_of(None, refusal)
    assert cause.key != "other"
    sentence = words_of(reasons.refusal(refusal))
    assert sentence.endswith(".")
    assert [words_of(reasons.refusal(one)) for one in Refusal].count(sentence) == 1
