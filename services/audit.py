"""The audit log: who did what to which thing, before and after, without secrets."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.audit import AuditEntry, AuditFilter
from domain.ids import parse_id
from domain.journal.team import AuditExported
from services import journal, users
from store import audit as entries
from store import fields
from store.audit import FormerName

NAMED = entries.NAMED
"""Kinds of things that have a name."""

REFERENCES = {
    "assignee_id": "user", "replies_to_id": "user", "person": "user", "group_id": "group",
    "group_ids": "group", "excluded_group_ids": "group", "group": "group", "groups": "group",
    "of": "campaign", "parent": "campaign", "campaign": "campaign", "channel_id": "channel",
    "template_id": "template", "automation_id": "automation", "copied": "automation", "channels": "channel", "users": "user",
}  # fmt: skip
"""Stored values that are ids, with the kind of thing."""

Names = Mapping[str, str]


async def page(session: AsyncSession, wanted: AuditFilter) -> list[AuditEntry]:
    """Entries that match, newest first."""
    return await entries.page(session, wanted)


async def export(
    session: AsyncSession, actor: Actor, wanted: AuditFilter, about: Mapping[str, object]
) -> list[AuditEntry]:
    """The same to take away, which is on record; NotFound for a person who is none."""
    if wanted.user_id is not None:
        await users.get(session, wanted.user_id)
    found = await entries.page(session, wanted)
    await journal.note(session, actor, AuditExported(rows=len(found), after=dict(about)))
    return found


async def names(session: AsyncSession, found: Sequence[AuditEntry]) -> Names:
    """The names of the things in some entries; deleted ones are omitted.

    Keyed by id; fields as ``field:<key>``, acting tokens as ``token:<prefix>``, deleted groups as ``deleted:<id>``,
    and what a group was called at the time of an entry, if not what it is called now, as ``<entry>:<id>``.
    """
    wanted: dict[str, set[UUID]] = {}
    for entry in found:
        for kind, held in _mentioned(entry):
            if (one := parse_id(held)) is not None:
                wanted.setdefault(kind, set()).add(one)
    known = await entries.names(session, wanted)
    if lost := wanted.get("contact", set()) - known.keys():
        known |= await entries.moved(session, lost)
    former = await entries.group_names(session, wanted.get("group", ()))
    programs = {entry.actor.removeprefix("token:") for entry in found}
    return (
        {str(key): name for key, name in known.items()}
        | {f"deleted:{one.group_id}": one.name for one in former if one.deleted}
        | _then(found, former)
        | {f"field:{field.key}": field.label for field in await fields.every(session)}
        | {
            f"token:{key}": name
            for key, name in (await entries.token_names(session, programs)).items()
        }
    )


def _then(found: Sequence[AuditEntry], former: Sequence[FormerName]) -> dict[str, str]:
    """What groups were called at the time of each entry: the name that the next renaming or deletion ended."""
    by_group: dict[str, list[FormerName]] = {}
    for one in reversed(former):
        by_group.setdefault(one.group_id, []).append(one)
    return {
        f"{entry.id}:{held}": one.name
        for entry in found
        for _kind, held in _mentioned(entry)
        for one in by_group.get(held, ())
        if one.id > entry.id
    }


def about(entry: AuditEntry) -> tuple[str, str]:
    """The kind and id of the thing an entry is about; for an undone deletion of one thing, that thing."""
    held = entry.after or {}
    if entry.entity == "deletion" and "thing" in held:
        return str(held["thing"]), str(held["thing_id"])
    return entry.entity, entry.entity_id


def _mentioned(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    """Everything whose id an entry contains: (kind, id)."""
    by, _colon, program = entry.actor.partition(":")
    if by == "automation":
        yield by, program
    thing, thing_id = about(entry)
    if thing in entries.NAMED:
        yield thing, thing_id
    for held in (entry.before or {}, entry.after or {}):
        for key in held.keys() & REFERENCES.keys():
            ids = held[key] if isinstance(held[key], list) else [held[key]]
            for one in ids:
                yield REFERENCES[key], str(one)
