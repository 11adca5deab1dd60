"""One thing done to many contacts at once."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Selection
from domain.errors import Invalid
from services import deletions
from services.contacts import groups, write


class BulkAction(StrEnum):
    """What can be done to many contacts at once."""

    ADD_TO_GROUP = "add_to_group"
    REMOVE_FROM_GROUP = "remove_from_group"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Bulk:
    """An action and the contacts it applies to.

    A group by id, or by name, created if missing; ``expected`` is the number of contacts that a person agreed to
    delete.
    """

    action: BulkAction
    selection: Selection
    group_id: UUID | None = None
    new_group: str = ""
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """How many contacts it changed, and the id for undoing a deletion."""

    changed: int
    deletion: UUID | None = None


async def apply(session: AsyncSession, actor: Actor, wanted: Bulk) -> int:
    """Do it; returns how many contacts changed. Deletions are immediate."""
    if wanted.action is BulkAction.DELETE:
        return await write.delete_many(session, actor, wanted.selection, _agreed(wanted))
    return await _change(session, actor, wanted)


async def apply_undoable(session: AsyncSession, actor: Actor, wanted: Bulk) -> Done:
    """Do it; deleted contacts are hidden immediately, and can be restored for a while."""
    if wanted.action is BulkAction.DELETE:
        deletion, changed = await deletions.many(session, actor, wanted.selection, _agreed(wanted))
        return Done(changed, deletion)
    return Done(await _change(session, actor, wanted))


async def _change(session: AsyncSession, actor: Actor, wanted: Bulk) -> int:
    match wanted.action:
        case BulkAction.ADD_TO_GROUP:
            group_id = await _group(session, actor, wanted)
            return await write.add_to_group(session, actor, wanted.selection, group_id)
        case BulkAction.REMOVE_FROM_GROUP:
            group_id = _chosen(wanted)
            return await write.remove_from_group(session, actor, wanted.selection, group_id)
        case _:
            stops = wanted.action is BulkAction.OPT_OUT
            return await write.set_opt_out(session, actor, wanted.selection, opted_out=stops)


async def _group(session: AsyncSession, actor: Actor, wanted: Bulk) -> UUID:
    if wanted.new_group:
        return (await groups.named(session, actor, wanted.new_group))[0].id
    return _chosen(wanted)


def _chosen(wanted: Bulk) -> UUID:
    if wanted.group_id is None:
        raise Invalid("group_missing", field="group_id")
    return wanted.group_id


def _agreed(wanted: Bulk) -> int:
    if wanted.expected is None:
        raise Invalid("expected_missing", field="expected")
    return wanted.expected
