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
    """An action and the contacts it is about.

    A group by its id, or by the name of one that is made when it is missing; ``expected`` is the
    number of contacts that somebody agreed to delete.
    """

    action: BulkAction
    selection: Selection
    group_id: UUID | None = None
    new_group: str = ""
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """How many contacts it changed, and by which id a deletion is taken back."""

    changed: int
    deletion: UUID | None = None


async def apply(session: AsyncSession, actor: Actor, wanted: Bulk) -> int:
    """Do it; how many contacts it changed. Whom it deletes is gone at once."""
    if wanted.action is BulkAction.DELETE:
        return await write.delete_many(session, actor, wanted.selection, _agreed(wanted))
    return await _change(session, actor, wanted)


async def apply_undoable(session: AsyncSession, actor: Actor, wanted: Bulk) -> Done:
    """Do it; whom it deletes is out of sight at once, and can be taken back for a while."""
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
        raise Invalid("group_missing", "Choose a group.", {"group_id": "Choose a group."})
    return wanted.group_id


def _agreed(wanted: Bulk) -> int:
    if wanted.expected is None:
        message = "Say how many contacts you expect to delete."
        raise Invalid("expected_missing", message, {"expected": message})
    return wanted.expected
