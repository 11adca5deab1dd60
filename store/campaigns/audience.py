"""The audience of a campaign as one SQL statement: counted before launch, frozen at launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import Audience, Variable
from store.campaigns import retries

BUILT_IN = {"name": "c.name", "phone": "c.phone", "language": "c.language"}


@dataclass(frozen=True, slots=True)
class Preflight:
    """Who would get the message and who would not: ``excluded`` counts people by reason."""

    total: int
    excluded: dict[str, int]


def _candidates(audience: Audience, parameters: dict[str, Any]) -> str:
    """SELECT of everybody the audience names; ix_group_members_contact_id serves the groups."""
    conditions = []
    if not audience.everyone:
        conditions.append(
            "c.id IN (SELECT contact_id FROM group_members WHERE group_id = ANY(:groups))"
        )
        parameters["groups"] = audience.group_ids
    if audience.excluded_group_ids:
        conditions.append(
            "c.id NOT IN (SELECT contact_id FROM group_members WHERE group_id = ANY(:without))"
        )
        parameters["without"] = audience.excluded_group_ids
    if audience.search:
        conditions.append("(c.name ILIKE :search OR c.phone LIKE :search)")
        parameters["search"] = f"%{audience.search}%"
    where = " AND ".join(conditions) or "true"
    return f"SELECT c.* FROM contacts c WHERE {where}"


def _values(variables: Sequence[Variable], parameters: dict[str, Any]) -> tuple[str, str]:
    """The array of a recipient's values, and the condition that one of them is missing."""
    values = []
    for index, variable in enumerate(variables):
        parameters[f"default_{index}"] = variable.default
        if not variable.field:
            values.append(f"CAST(:default_{index} AS text)")
            continue
        source = BUILT_IN.get(variable.field)
        if source is None:
            parameters[f"field_{index}"] = variable.field
            source = f"c.fields ->> CAST(:field_{index} AS text)"
        values.append(f"coalesce(nullif(trim({source}), ''), CAST(:default_{index} AS text))")
    array = f"ARRAY[{', '.join(values)}]::text[]"
    missing = " OR ".join(f"({value}) = ''" for value in values) or "false"
    return array, missing


def _classified(
    audience: Audience, variables: Sequence[Variable], *, marketing: bool
) -> tuple[str, dict[str, Any]]:
    """CTE ``classified(id, phone, variables, reason)`` and its parameters."""
    if audience.retry_of is not None:
        return retries.classified(audience, marketing=marketing)
    parameters: dict[str, Any] = {"marketing": marketing}
    candidates = _candidates(audience, parameters)
    array, missing = _values(variables, parameters)
    return (
        f"""classified AS (
    SELECT c.id, c.phone, {array} AS variables,
        CASE
            WHEN c.phone IS NULL THEN 'no_phone'
            WHEN c.blocked_at IS NOT NULL THEN 'contact_blocked'
            WHEN CAST(:marketing AS boolean) AND c.marketing_opt_out_at IS NOT NULL THEN 'opted_out'
            WHEN {missing} THEN 'missing_variable'
        END AS reason
    FROM ({candidates}) c
)""",
        parameters,
    )


async def preflight(
    session: AsyncSession, audience: Audience, variables: Sequence[Variable], *, marketing: bool
) -> Preflight:
    """Count who would get the message and who would not, by the statement that freezes."""
    classified, parameters = _classified(audience, variables, marketing=marketing)
    statement = (
        f"WITH {classified} SELECT reason, count(*) AS people FROM classified GROUP BY reason"
    )
    rows = (await session.execute(text(statement), parameters)).all()
    by_reason: Mapping[str | None, int] = {row.reason: row.people for row in rows}
    excluded = {reason: people for reason, people in by_reason.items() if reason is not None}
    return Preflight(by_reason.get(None, 0), excluded)


async def freeze(
    session: AsyncSession,
    campaign_id: UUID,
    audience: Audience,
    variables: Sequence[Variable],
    *,
    marketing: bool,
) -> int:
    """Write the audience with its values, the exclusions and the counters; the number of recipients.

    Running it again after it committed changes nothing.
    """
    classified, parameters = _classified(audience, variables, marketing=marketing)
    statement = f"""
WITH once AS (
    INSERT INTO campaign_counters (campaign_id) VALUES (:campaign_id)
    ON CONFLICT DO NOTHING RETURNING campaign_id
),
{classified},
excluded AS (
    INSERT INTO campaign_exclusions (campaign_id, contact_id, reason)
    SELECT once.campaign_id, id, reason FROM classified, once WHERE reason IS NOT NULL
    RETURNING 1
),
included AS (
    INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
    SELECT once.campaign_id, row_number() OVER (ORDER BY id), id, phone, variables
    FROM classified, once WHERE reason IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM included) AS included, (SELECT count(*) FROM excluded) AS excluded"""
    row = (await session.execute(text(statement), parameters | {"campaign_id": campaign_id})).one()
    # The counters row was made by the same statement, which cannot also update it.
    total = await session.execute(
        text("""
UPDATE campaign_counters SET total = total + :included, excluded = excluded + :excluded
WHERE campaign_id = :campaign_id RETURNING total"""),
        {"campaign_id": campaign_id, "included": row.included, "excluded": row.excluded},
    )
    return int(total.scalar_one())


async def examples(
    session: AsyncSession, audience: Audience, variables: Sequence[Variable], limit: int
) -> list[tuple[str, str, list[str]]]:
    """Name, phone and values of the first people of an audience, for the preview."""
    classified, parameters = _classified(audience, variables, marketing=False)
    statement = f"""
WITH {classified}
SELECT c.name, k.phone, k.variables FROM classified k JOIN contacts c USING (id)
WHERE k.phone IS NOT NULL ORDER BY k.id LIMIT :limit"""
    rows = (await session.execute(text(statement), parameters | {"limit": limit})).all()
    return [(row.name, row.phone, row.variables) for row in rows]


async def missing_values(
    session: AsyncSession,
    audience: Audience,
    variables: Sequence[Variable],
    limit: int,
    *,
    marketing: bool,
) -> list[tuple[UUID, str, str]]:
    """People who would be left out because a variable has no value: id, name, phone."""
    classified, parameters = _classified(audience, variables, marketing=marketing)
    statement = f"""
WITH {classified}
SELECT c.id, c.name, c.phone FROM classified k JOIN contacts c USING (id)
WHERE k.reason = 'missing_variable' ORDER BY k.id LIMIT :limit"""
    rows = (await session.execute(text(statement), parameters | {"limit": limit})).all()
    return [(row.id, row.name, row.phone) for row in rows]
