"""Every combination of what the gate looks at, against the rule in Python: which refusal comes first, in each lane."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channels import Restriction
from domain.ids import new_id
from domain.refusals import Refusal
from domain.templates import SENDABLE
from store import gate

STAYS, LEAVES, GONE = "stays", "leaves", "gone"
MARKETING, UTILITY, UNKNOWN, FREE = "MARKETING", "UTILITY", "", None
SPAIN, USA, CANADA = "34611555010", "12125550100", "14165550100"


@dataclass(frozen=True, slots=True)
class Case:
    """What is so of one message at one moment."""

    contact: str
    blocked: bool
    opted_out: bool
    phone_key: str
    window: str | None
    channel: str
    reason: str | None
    removed: bool
    template: str | None
    category: str | None
    restriction: str


CHANNELS = (
    ("connected", None, False), ("unverified", None, False), ("blocked", "token", False),
    ("disconnected", None, False), ("disconnected", "removed", False), ("connected", None, True),
)  # fmt: skip

CASES = [
    Case(contact, blocked, opted_out, key, window, *channel, template, category, restriction)
    for contact, blocked, opted_out, key, window, channel, template, category, restriction in product(
        (STAYS, LEAVES, GONE), (False, True), (False, True), (SPAIN, USA, CANADA),
        (None, "-1 second", "1 hour"), CHANNELS, (None, *SENDABLE, "PAUSED", "gone"),
        (MARKETING, UTILITY, UNKNOWN, FREE), ("", *Restriction),
    )
]  # fmt: skip

Rule = tuple[str, Callable[[Case], bool]]

PERSON: tuple[Rule, ...] = (
    (Refusal.CONTACT_DELETED, lambda case: case.contact == GONE),
    (gate.LEAVING, lambda case: case.contact == LEAVES),
    (Refusal.CONTACT_BLOCKED, lambda case: case.contact != GONE and case.blocked),
    (Refusal.OPTED_OUT, lambda case: case.category == MARKETING and case.opted_out),
    (Refusal.US_MARKETING, lambda case: case.category == MARKETING and case.phone_key == USA),
)
WINDOW: Rule = (Refusal.WINDOW_CLOSED, lambda case: case.category is FREE and not _open(case))
SENDER: tuple[Rule, ...] = (
    (Refusal.CHANNEL_DISCONNECTED, lambda case: case.removed),
    (Refusal.CHANNEL_TOKEN, lambda case: case.reason == "token"),
    (Refusal.CHANNEL_REMOVED, lambda case: case.reason == "removed"),
    (Refusal.CHANNEL_DISCONNECTED, lambda case: case.channel == "disconnected"),
    (Refusal.TEMPLATE, lambda case: case.template in ("PAUSED", "gone")),
)
RESTRICTED: tuple[Rule, ...] = (
    (Refusal.RESTRICTED_REPLIES, lambda case: case.category is FREE and _holds(case, Restriction.REPLIES)),
    (Refusal.RESTRICTED_UTILITY, lambda case: case.category == UTILITY and _holds(case, Restriction.UTILITY)),
    (Refusal.RESTRICTED, lambda case: (
        case.category is not FREE and not _open(case) and _holds(case, Restriction.BUSINESS_INITIATED))),
)  # fmt: skip


def _open(case: Case) -> bool:
    return case.window == "1 hour"


def _holds(case: Case, kind: Restriction) -> bool:
    return case.restriction == kind


def _first(case: Case, *rules: Rule) -> str | None:
    return next((name for name, holds in rules if holds(case)), None)


_QUERY = f"""
SELECT {gate.refusal("i.category")} AS single, {gate.first(gate.person("i.category = 'MARKETING' AND true"))} AS claimed,
    {gate.first(gate.sender())} AS halts,
    {gate.first(gate.people("ct", "ct.phone_key", "coalesce(i.category = 'MARKETING', false)"))} AS people
FROM json_to_recordset(CAST(:cases AS json)) AS i(contact text, blocked boolean,
    opted_out boolean, phone_key text, "window" text, channel text, reason text, removed boolean,
    template text, category text, restriction text, n int)
LEFT JOIN LATERAL (
    SELECT CASE i.contact WHEN 'leaves' THEN CAST(:leaves AS uuid) ELSE CAST(:stays AS uuid) END AS id,
        i.phone_key, CASE WHEN i.blocked THEN now() END AS blocked_at,
        CASE WHEN i.opted_out THEN now() END AS marketing_opt_out_at) ct ON i.contact <> 'gone'
LEFT JOIN LATERAL (
    SELECT clock_timestamp() + CAST(i."window" AS interval) AS window_expires_at) cv ON i."window" IS NOT NULL
CROSS JOIN LATERAL (
    SELECT i.channel AS status, i.reason AS blocked_reason, CASE WHEN i.removed THEN now() END AS deleted_at,
        jsonb_build_object(i.restriction, 'infinity') AS restrictions) ch
LEFT JOIN LATERAL (
    SELECT CASE i.template WHEN 'gone' THEN 'APPROVED' ELSE i.template END AS status,
        CASE i.template WHEN 'gone' THEN now() END AS deleted_at) t ON i.template IS NOT NULL
ORDER BY i.n
"""


async def _people(session: AsyncSession) -> Mapping[str, UUID]:
    """One who stays and one whom somebody has just deleted."""
    ids = {"stays": new_id(), "leaves": new_id()}
    for statement in (
        "INSERT INTO contacts (id) VALUES (:stays), (:leaves)",
        "INSERT INTO deletions (id, actor, ip, due_at) VALUES (:stays, 'user', '', now())",
        "INSERT INTO leaving (contact_id, deletion_id) VALUES (:leaves, :stays)",
    ):
        await session.execute(text(statement), ids)
    return ids


async def test_the_first_rule_that_refuses_is_the_one_that_is_said_in_every_lane(
    session: AsyncSession,
) -> None:
    cases = Random(9).sample(CASES, 8000)
    numbered = [asdict(case) | {"n": n} for n, case in enumerate(cases)]
    given = {"cases": json.dumps(numbered), **await _people(session)}
    found = (await session.execute(text(_QUERY), given)).all()
    said = set()
    for case, row in zip(cases, found, strict=True):
        assert row.single == _first(case, *PERSON, WINDOW, *SENDER, *RESTRICTED), case
        assert row.halts == _first(case, *SENDER), case
        if case.category is not FREE:  # a campaign sends templates only
            assert row.claimed == _first(case, *PERSON), case
        if case.contact != GONE:  # frozen recipients stay, even if deleted later
            assert row.people == _first(case, *PERSON[2:]), case
        said.add(row.single)
    beside = {
        Refusal.BUDGET_SPENT,
        Refusal.SAME_PERSON,
    }  # of no single message, and of none of these
    numbers = {name for name in Refusal if name.startswith("channel_")} - {
        Refusal.CHANNEL_TOKEN, Refusal.CHANNEL_REMOVED, Refusal.CHANNEL_DISCONNECTED,
    }  # fmt: skip
    assert said == {*Refusal, None, gate.LEAVING} - beside - numbers
