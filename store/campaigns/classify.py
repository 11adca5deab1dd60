"""Who a campaign reaches, as one SQL expression, counted before launch and written at launch.

The same CTE serves contacts of an audience, entries of a file, and people added by a program.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.campaigns import Audience
from domain.contacts import FIRST_NAME, LAST_NAME
from domain.entries import DUPLICATE
from domain.slot_values import Shape
from store import gate, searches
from store.campaigns import retries, spoken
from store.campaigns.persons import ENTRIES
from store.gate import rule
from store.leaving import staying

ENTRY_NAME = """nullif(concat_ws(' ', nullif(trim(e.values ->> CAST(:name_column AS text)), ''),
    nullif(trim(e.values ->> CAST(:surname_column AS text)), '')), '')"""
_NAME = f"coalesce(nullif(c.name, ''), {ENTRY_NAME})"


def _built_in(name: str, phone: str) -> dict[str, str]:
    first = f"split_part(trim({name}), ' ', 1)"
    return {
        "name": name,
        FIRST_NAME: first,
        LAST_NAME: f"substr(trim({name}), length({first}) + 1)",
        "phone": phone,
        "language": "c.language",
    }


_BUILT_IN = _built_in("c.name", "c.phone")
_ENTRY_BUILT_IN = _built_in(_NAME, "coalesce(c.phone, e.phone)")
GIVEN = """SELECT g.*, false AS again FROM jsonb_to_recordset(CAST(:given AS jsonb))
    AS g(row int, phone text, phone_key text, values jsonb)"""
MARKETING = "CAST(:marketing AS boolean)"
_NOBODY_ASKED = (
    "c.marketing_opt_out_at IS NULL AND c.marketing_agreed_at IS NULL AND c.blocked_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Value:
    """Where a variable gets its text: the entry, else the contact, else the default.

    ``shape`` is what the text must look like.
    """

    entry: str = ""
    field: str = ""
    default: str = ""
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Contacts of an audience or, with ``entries_of``, the entries of that campaign.

    ``agreed_only`` excludes people from marketing who were never asked; ``says_consent``: the file has a consent
    column.
    """

    audience: Audience | None = None
    entries_of: UUID | None = None
    name_column: str = ""
    surname_column: str = ""
    agreed_only: bool = False
    says_consent: bool = False


_MEMBERS = "SELECT contact_id FROM group_members WHERE group_id = ANY(:groups)"


def counted(audience: Audience, parameters: dict[str, Any]) -> str:
    """SELECT counting the people an audience names; members are counted without reading contacts."""
    if audience.retry_of is not None:
        return retries.counted(audience, parameters)
    if audience.everyone or audience.search or audience.excluded_group_ids:
        return f"SELECT count(*) FROM ({candidates(audience, parameters)}) c"
    parameters["groups"] = audience.group_ids
    what = "*" if len(audience.group_ids) == 1 else "DISTINCT contact_id"
    return f"SELECT count({what}) FROM ({_MEMBERS}) m WHERE {staying('m.contact_id')}"


def candidates(audience: Audience, parameters: dict[str, Any]) -> str:
    """SELECT of everybody the audience names; ix_group_members_contact_id serves the groups."""
    conditions = [staying("c.id")]
    if not audience.everyone:
        conditions.append(f"c.id IN ({_MEMBERS})")
        parameters["groups"] = audience.group_ids
    if audience.excluded_group_ids:
        conditions.append(
            "NOT EXISTS (SELECT 1 FROM group_members m"
            " WHERE m.contact_id = c.id AND m.group_id = ANY(:without))"
        )
        parameters["without"] = audience.excluded_group_ids
    if found := searches.people(audience.search, parameters):
        conditions.append(found)
    where = " AND ".join(conditions)
    return f"SELECT c.* FROM contacts c WHERE {where}"


@dataclass(frozen=True, slots=True)
class _Sources:
    """SQL: the array of a recipient's values, and the conditions for a missing or wrong one."""

    array: str
    missing: str
    wrong: str


def never_asked(people: People, parameters: dict[str, Any]) -> str:
    """SELECT counting the people who may get marketing but were never asked."""
    if people.entries_of is None:
        everybody = candidates(people.audience or Audience(), parameters)
        return f"SELECT count(*) FROM ({everybody}) c WHERE {_NOBODY_ASKED} AND c.phone IS NOT NULL"
    said = "e.consent IS NULL AND" if people.says_consent else ""
    return f"""SELECT count(*) FROM ({ENTRIES}) e WHERE {said} NOT e.again AND NOT EXISTS (
        SELECT FROM contacts c WHERE c.phone_key = e.phone_key AND NOT ({_NOBODY_ASKED}))"""


def _sources(values: Sequence[Value], parameters: dict[str, Any], *, entries: bool) -> _Sources:
    """An unmapped variable does not count as missing: that is the draft's problem. Nor does one with a default."""
    built_in = _ENTRY_BUILT_IN if entries else _BUILT_IN
    texts = []
    for index, value in enumerate(values):
        parameters[f"default_{index}"] = value.default
        parts = []
        if entries and value.entry:
            parameters[f"entry_{index}"] = value.entry
            parts.append(f"nullif(trim(e.values ->> CAST(:entry_{index} AS text)), '')")
        if value.field in built_in:
            parts.append(f"nullif(trim({built_in[value.field]}), '')")
        elif value.field:
            parameters[f"field_{index}"] = value.field
            parts.append(f"nullif(trim({_field(index, value, parameters)}), '')")
        parts.append(f"CAST(:default_{index} AS text)")
        texts.append(f"coalesce({', '.join(parts)})")
    needed = [
        text
        for text, value in zip(texts, values, strict=True)
        if (value.entry or value.field) and not value.default
    ]
    missing = " OR ".join(f"({text}) = ''" for text in needed) or "false"
    return _Sources(
        f"ARRAY[{', '.join(texts)}]::text[]", missing, _wrong(texts, values, parameters)
    )


def _field(index: int, value: Value, parameters: dict[str, Any]) -> str:
    """A custom field formatted for its reader; a code or the end of a link stays as stored."""
    key = f"CAST(:field_{index} AS text)"
    stored = f"(c.fields ->> {key})"
    if value.shape is not None:
        return stored
    parameters["spoken"] = spoken.formats_json()
    kind = f"(SELECT type FROM custom_fields WHERE key = {key})"  # by primary key, once
    return spoken.said_sql(stored, kind, "c.language")


def _wrong(texts: Sequence[str], values: Sequence[Value], parameters: dict[str, Any]) -> str:
    """The condition that a text is not valid for its variable (domain.slot_values)."""
    conditions = []
    for index, (text, value) in enumerate(zip(texts, values, strict=True)):
        if value.shape is not None:
            parameters |= {
                f"common_{index}": value.shape.common,
                f"pattern_{index}": value.shape.pattern,
                f"limit_{index}": value.shape.limit,
            }
            fits = f"({text} ~ CAST(:common_{index} AS text) OR {text} ~ CAST(:pattern_{index} AS text))"
            conditions.append(
                f"{text} <> '' AND NOT ({fits} AND length(trim({text})) <= :limit_{index})"
            )
    return " OR ".join(f"({condition})" for condition in conditions) or "false"


def _reason(
    key: str, phone: str, sources: _Sources, *, said: str = "NULL::text", again: str = "false"
) -> str:
    """Why somebody is excluded: the gate's rules for people, then those only campaigns have.

    ``said`` is what a file says about the person's consent, ``again`` whether an earlier row names them.
    """
    no_consent = rule(f"{MARKETING} AND {said} IN ('stop', 'unclear')", "file_no_consent")
    never_asked = f"""{MARKETING} AND CAST(:agreed_only AS boolean)
        AND c.marketing_agreed_at IS NULL AND {said} IS DISTINCT FROM 'agree'"""
    return gate.first(
        (
            rule(again, DUPLICATE),
            rule(f"{phone} IS NULL", "no_phone"),
            *gate.people("c", key, MARKETING, said=(no_consent,)),
            rule(never_asked, "never_asked"),
            rule(sources.missing, "missing_variable"),
            rule(sources.wrong, "wrong_variable"),
        )
    )


def classified(
    people: People,
    values: Sequence[Value],
    *,
    marketing: bool,
    given: bool = False,
    counting: bool = False,
) -> tuple[str, dict[str, Any]]:
    """CTE ``classified(row, contact_id, name, phone, phone_key, variables, reason)``, parameters.

    ``given`` reads one call's people from the parameter of that name. ``counting`` joins only the contacts that matter
    for the reason, which makes a million entries quick to count.
    """
    if people.audience is not None and people.audience.retry_of is not None:
        return retries.classified(people.audience, marketing=marketing)
    parameters: dict[str, Any] = {"marketing": marketing, "agreed_only": people.agreed_only}
    entries = given or people.entries_of is not None
    sources = _sources(values, parameters, entries=entries)
    if not entries:
        return _contacts(people.audience or Audience(), sources, parameters), parameters
    parameters["name_column"] = people.name_column
    parameters["surname_column"] = people.surname_column
    if people.entries_of is not None:
        parameters["campaign_id"] = people.entries_of
    narrow = (
        counting
        and not people.agreed_only
        and not any(value.field not in ("", "phone") for value in values)
    )
    contacts = f"(SELECT * FROM contacts WHERE {gate.CONCERNED})" if narrow else "contacts"
    said = "e.consent" if people.says_consent and not given else "NULL::text"
    cte = f"""classified AS (
    SELECT e.row, c.id AS contact_id, {_ENTRY_BUILT_IN["name"]} AS name,
        coalesce(c.phone, e.phone) AS phone, e.phone_key, {sources.array} AS variables,
        {_reason("e.phone_key", "e.phone", sources, said=said, again="e.again")} AS reason
    FROM ({GIVEN if given else ENTRIES}) e LEFT JOIN {contacts} c ON c.phone_key = e.phone_key
)"""
    return cte, parameters


def _contacts(audience: Audience, sources: _Sources, parameters: dict[str, Any]) -> str:
    return f"""classified AS (
    SELECT 0 AS row, c.id AS contact_id, c.name, c.phone, c.phone_key, {sources.array} AS variables,
        {_reason("c.phone_key", "c.phone", sources)} AS reason
    FROM ({candidates(audience, parameters)}) c
)"""
