"""The figures that page, CSV and API share: whatever happens, they sum to the audience."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.counters import COUNTED, NOTHING
from domain.messages import MessageState
from domain.recipients import EXCLUSIVE, FUNNEL, Bucket
from services.campaigns import report
from services.campaigns.outcomes import figures, recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from services.vault import Vault, new_key
from store.campaigns.progress import FailureGroup
from tests import factories

VAULT = Vault([new_key()])

counts = st.fixed_dictionaries({state: st.integers(0, 10_000) for state in COUNTED})


@given(counts, st.integers(0, 10_000))
def test_terms_and_buckets_sum_to_the_audience(states: dict[str, int], queued: int) -> None:
    total = sum(states.values()) + queued
    progress = replace(NOTHING, total=total, **states)
    assert sum(term.people for term in figures.reconciliation(progress)) == total
    assert sum(figures.people_in(progress, bucket) for bucket in EXCLUSIVE) == total
    people = [figure.people for figure in figures.funnel(progress)][:-1]
    assert people == sorted(people, reverse=True)
    assert people[0] <= total


def test_an_empty_campaign_has_no_terms() -> None:
    assert figures.reconciliation(NOTHING) == []
    assert [figure.bucket for figure in figures.funnel(NOTHING)] == list(FUNNEL)


def test_causes_join_codes_that_mean_the_same() -> None:
    groups = [
        FailureGroup("failed", 131026, "Undeliverable", 5),
        FailureGroup("rejected", 131026, "Undeliverable", 2),
        FailureGroup("unknown", None, "sender_died", 3),
        FailureGroup("unknown", 131000, "Something went wrong", 1),
        FailureGroup("refused", None, "opted_out", 4),
        FailureGroup("failed", 131050, "User stopped", 1),
    ]
    found = {(item.cause.key, item.bucket): item for item in figures.causes(groups)}
    assert found["unreachable", Bucket.FAILED].people == 7
    assert found["no_answer", Bucket.UNKNOWN].people == 4
    assert found["no_answer", Bucket.UNKNOWN].codes == (131000,)
    assert found["opted_out", Bucket.REFUSED].people == 4
    assert found["opted_out", Bucket.FAILED].people == 1
    assert [item.people for item in figures.causes(groups)] == [7, 4, 4, 1]


states = st.lists(
    st.tuples(
        st.sampled_from([s for s in MessageState if s != MessageState.RECEIVED]),
        st.sampled_from([None, 131026, 131050, 190, 4711]),
        st.sampled_from([None, "no_answer", "opted_out", "something new"]),
    ),
    max_size=8,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(states)
async def test_every_number_opens_as_many_people(
    session: AsyncSession, found: list[tuple[MessageState, int | None, str | None]]
) -> None:
    """Lists behind counters and causes hold exactly as many people as the number says."""
    async with session.begin_nested() as savepoint:
        campaign = await factories.campaign(session, VAULT, 8)
        for seq, (state, code, reason) in enumerate(found, 1):
            await _message(session, campaign, seq, state, code, reason)
        view = await report.one(session, campaign.id)
        for bucket in (*EXCLUSIVE, *FUNNEL):
            page = await recipients.page(session, campaign.id, RecipientFilter(bucket))
            assert len(page.items) == figures.people_in(view.progress, bucket), bucket
        for failure in figures.causes((await report.report(session, campaign.id)).failures):
            wanted = RecipientFilter(failure.bucket, failure.cause.key)
            page = await recipients.page(session, campaign.id, wanted)
            assert len(page.items) == failure.people, failure
        await savepoint.rollback()


async def test_the_csv_holds_everybody_once_with_the_words_of_the_page(
    session: AsyncSession,
) -> None:
    campaign = await factories.campaign(session, VAULT, 5)
    await _message(session, campaign, 1, MessageState.READ, None, None)
    await _message(session, campaign, 2, MessageState.FAILED, 131026, "Undeliverable")
    parts = recipients.export(session, campaign.id, RecipientFilter(), say)
    lines = "".join([part async for part in parts]).removeprefix("\ufeff").splitlines()
    assert lines[0].startswith("number,phone,name,state")
    assert len(lines) == 6
    assert ",read," in lines[1]
    assert "Not reachable on WhatsApp" in lines[2]
    assert all(re.match(r"\d+,\+\d+,", line) for line in lines[1:])
    only = recipients.export(session, campaign.id, RecipientFilter(Bucket.FAILED), say)
    assert len("".join([part async for part in only]).splitlines()) == 2


async def test_search_finds_by_name_and_by_digits(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 5)
    everybody = (await recipients.page(session, campaign.id, RecipientFilter())).items
    someone = everybody[2]
    by_phone = RecipientFilter(search=someone.phone[-6:])
    found = (await recipients.page(session, campaign.id, by_phone)).items
    assert someone.seq in [line.seq for line in found]
    nobody = await recipients.page(session, campaign.id, RecipientFilter(search="100%_\\"))
    assert nobody.items == []


async def test_pages_walk_everybody_once(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 5)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = await recipients.page(session, campaign.id, RecipientFilter(), after=after, limit=2)
        seen += [line.seq for line in page.items]
        after = page.next_after
    assert seen == [1, 2, 3, 4, 5]


async def _message(
    session: AsyncSession,
    campaign: factories.LaunchedCampaign,
    seq: int,
    state: MessageState,
    code: int | None,
    reason: str | None,
) -> None:
    """A message in a state, counted as the sender and the webhooks count it."""
    if state is MessageState.QUEUED:
        return
    await session.execute(
        text("""
WITH added AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id,
        seq, attempt, error_code, error_detail, replied_at)
    SELECT gen_random_uuid(), :channel, contact_id, 'out', 'campaign', 'template', CAST(:state AS text),
        campaign_id, seq, 1, :code, :reason, CASE WHEN CAST(:state AS text) = 'read' THEN now() END
    FROM campaign_recipients WHERE campaign_id = :campaign AND seq = :seq
    RETURNING replied_at
)
UPDATE campaign_counters SET replied = replied + (SELECT count(replied_at) FROM added)
WHERE campaign_id = :campaign"""),
        {
            "channel": campaign.channel_id, "campaign": campaign.id, "seq": seq,
            "state": state.value, "code": code, "reason": reason,
        },
    )  # fmt: skip
    column = state.value
    assert column in COUNTED
    await session.execute(
        text(f"UPDATE campaign_counters SET {column} = {column} + 1 WHERE campaign_id = :id"),
        {"id": campaign.id},
    )


async def test_a_long_csv_comes_in_parts_without_a_gap(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "EXPORT_PAGE", 2)
    campaign = await factories.campaign(session, VAULT, 5)
    found = [part async for part in recipients.export(session, campaign.id, RecipientFilter(), say)]
    assert [part.count("\n") for part in found] == [1, 2, 2, 1]
    phones = re.findall(r"\+\d+", "".join(found))
    assert len(set(phones)) == 5


async def test_whoever_is_in_the_group_already_is_not_put_into_it_again(
    session: AsyncSession,
) -> None:
    campaign = await factories.campaign(session, VAULT, 3)
    wanted = RecipientFilter()
    group, added = await recipients.put_into_group(session, campaign.id, wanted, SYSTEM, "Reached")
    assert added == 3
    again = await recipients.put_into_group(session, campaign.id, wanted, SYSTEM, "Reached")
    assert (again[0].id, again[1]) == (group.id, 0)
    filled = text("SELECT count(*) FROM journal WHERE kind = 'group.filled'")
    assert await session.scalar(filled) == 1
