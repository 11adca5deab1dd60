"""Lists of recipients: every filter, page by page, is what the same condition in Python picks."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.causes import Members
from domain.messages import MessageState
from domain.recipients import RecipientLine
from store import groups
from store.campaigns import recipients
from store.campaigns.recipients import RecipientQuery
from tests.store.ledgers import Ledger, ledger

STATES = [state.value for state in MessageState if state is not MessageState.RECEIVED]
CODES = (None, 131026, 131049)
REASONS = (None, "opted_out", "no_answer")
CASES = list(product(STATES, CODES, REASONS, (False, True)))

QUERIES = [
    RecipientQuery(),
    RecipientQuery(states=[]),
    RecipientQuery(states=["failed", "rejected"]),
    RecipientQuery(states=["queued"]),
    RecipientQuery(states=["queued", "sent"]),
    RecipientQuery(replied=True),
    RecipientQuery(states=["read"], replied=True),
    RecipientQuery(states=["failed"], cause=Members((131026,), ())),
    RecipientQuery(states=["failed", "refused"], cause=Members((131026, 131049), ("opted_out",))),
    RecipientQuery(cause=Members((), ("no_answer",))),
    RecipientQuery(states=["failed"], cause=Members((131049,), ("no_answer",), unexplained=True)),
    RecipientQuery(states=["unknown"], cause=Members((), (), unexplained=True)),
]


def _picks(wanted: RecipientQuery, line: RecipientLine) -> bool:
    """The same in Python."""
    cause = wanted.cause
    return (
        (wanted.states is None or line.state in wanted.states)
        and (not wanted.replied or line.replied_at is not None)
        and (cause is None or _is_of(cause, line))
    )


def _is_of(cause: Members, line: RecipientLine) -> bool:
    if cause.unexplained:
        return line.error_code is None and line.error_detail not in cause.reasons
    by_code = line.error_code in cause.codes if line.error_code is not None else False
    return by_code or (line.error_code is None and line.error_detail in cause.reasons)


async def _campaign(session: AsyncSession) -> Ledger:
    """A message of every state, code and reason, and ten people behind them without one."""
    made = await ledger(session, len(CASES) + 10)
    await made.put([*(case[0] for case in CASES), *["queued"] * 10])
    await made.run("DELETE FROM messages WHERE id = ANY(:ids)", ids=made.ids[len(CASES) :])
    await made.run(
        """UPDATE messages m SET error_code = i.code, error_detail = i.reason,
            replied_at = CASE WHEN i.replied THEN now() END
        FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS int[]), CAST(:reasons AS text[]),
            CAST(:replied AS boolean[])) AS i(id, code, reason, replied) WHERE m.id = i.id""",
        ids=made.ids[: len(CASES)], codes=[case[1] for case in CASES],
        reasons=[case[2] for case in CASES], replied=[case[3] for case in CASES],
    )  # fmt: skip
    return made


async def _all(made: Ledger, wanted: RecipientQuery, limit: int) -> list[RecipientLine]:
    """Page by page."""
    found: list[RecipientLine] = []
    while True:
        after = found[-1].seq if found else 0
        page = await recipients.page(
            made.session, made.campaign.id, wanted, after=after, limit=limit
        )
        assert len(page) <= limit
        found += page
        if len(page) < limit:
            return found


async def test_every_filter_picks_counts_and_groups_the_same_people(session: AsyncSession) -> None:
    made = await _campaign(session)
    everybody = await _all(made, RecipientQuery(), 1000)
    assert [line.seq for line in everybody] == list(range(1, made.campaign.total + 1))
    for n, wanted in enumerate(QUERIES):
        expected = [line for line in everybody if _picks(wanted, line)]
        assert await _all(made, wanted, 37) == expected, wanted
        assert await recipients.count(session, made.campaign.id, wanted) == len(expected)
        group = await groups.ensure(session, f"Picked {n}")
        put = [
            await recipients.put_into(session, made.campaign.id, wanted, group.id) for _ in range(2)
        ]
        assert put == [len(expected), 0]


async def test_a_person_is_found_by_name_number_and_what_a_file_said_of_them(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 3)
    await made.run("UPDATE contacts SET name = 'Zoë Ångström' WHERE phone = '+34600000001'")
    await made.run(
        "UPDATE campaign_recipients SET variables = ARRAY['Table 9', 'Ørsted'] WHERE seq = 3"
    )
    found: dict[str, list[int]] = {}
    for typed in ("zoe", "600000001", "orsted", "table 9", "9 zoe", "nobody"):
        lines = await _all(made, RecipientQuery(search=typed), 10)
        found[typed] = [line.seq for line in lines]
        assert await recipients.count(
            session, made.campaign.id, RecipientQuery(search=typed)
        ) == len(lines)
    zoe = next(
        line.seq for line in await _all(made, RecipientQuery(), 9) if line.name == "Zoë Ångström"
    )
    assert found == {
        "zoe": [zoe], "600000001": [zoe], "orsted": [3], "table 9": [3], "9 zoe": [3] if zoe == 3 else [],
        "nobody": [],
    }  # fmt: skip


async def test_a_deleted_person_stays_in_the_list_and_is_put_into_no_group(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 2)
    await made.run("DELETE FROM contacts WHERE id = :id", id=(await made.row())["contact_id"])
    lines = await _all(made, RecipientQuery(), 10)
    assert [line.name is None for line in lines] == [True, False]
    group = await groups.ensure(session, "Those there")
    assert await recipients.put_into(session, made.campaign.id, RecipientQuery(), group.id) == 1


@pytest.mark.parametrize("gone", [0, 1, 2])
async def test_the_preview_shows_the_first_who_is_still_there(
    session: AsyncSession, gone: int
) -> None:
    made = await ledger(session, 2)
    await made.run("UPDATE campaign_recipients SET phone = '' WHERE seq <= :gone", gone=gone)
    first: Any = await recipients.first(session, made.campaign.id)
    expected = await made.read(
        "SELECT phone FROM campaign_recipients WHERE seq > :n ORDER BY seq", n=gone
    )
    assert (first is None) if gone == 2 else (first.phone == expected[0][0])
