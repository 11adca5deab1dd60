"""Response targets: how soon customers are to be answered, and when conversations are due."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Invalid
from domain.journal.calendars import TargetsChanged
from domain.sentences import Sentence
from domain.targets import LONGEST, Target, written_minutes
from services import journal
from store import channels, due, labels

__all__ = ["Target"]

TIMES = ("first_reply", "next_reply", "resolution")


async def every(session: AsyncSession) -> list[Target]:
    """Those of all conversations first, then of numbers and labels."""
    found = await due.targets(session)
    return sorted(found, key=lambda one: (one.label_id is not None, one.channel_id is not None))


async def put(session: AsyncSession, actor: Actor, wanted: Sequence[Target]) -> list[Target]:
    """Put these in place of all there are, and count again when conversations are due."""
    await due.take_turn(session)
    before = await every(session)
    kept = [one for one in wanted if not one.is_empty]
    names = await _names(session)
    _check(wanted, names)
    await due.put_targets(session, kept)
    after = await every(session)
    old, new = _told(before, names), _told(after, names)
    if old != new:
        await due.again(session)
        fact = TargetsChanged(scope="all", before={"targets": old}, after={"targets": new})
        await journal.note(session, actor, fact)
    return after


async def _names(session: AsyncSession) -> dict[Any, str]:
    """Labels and numbers by id."""
    named: dict[Any, str] = {one.id: one.name for one in await labels.every(session)}
    return named | {row.id: row.name for row in await channels.list_all(session)}


def _check(wanted: Sequence[Target], names: dict[Any, str]) -> None:
    """Raise Invalid, with a sentence for each field that is wrong."""
    fields: dict[str, Sentence] = {}
    seen: set[Any] = set()
    for place, one in enumerate(wanted):
        if one.scope in seen or None not in one.scope:
            fields[f"targets.{place}.scope"] = Sentence("target_scope.twice")
        elif any(known is not None and known not in names for known in one.scope):
            fields[f"targets.{place}.scope"] = Sentence("target_scope")
        seen.add(one.scope)
        for name in TIMES:
            minutes = getattr(one, name)
            if minutes is not None and not 1 <= minutes <= LONGEST:
                fields[f"targets.{place}.{name}"] = Sentence("target_minutes")
    if fields:
        raise Invalid("targets_wrong", fields=fields)


def _told(targets: Sequence[Target], names: dict[Any, str]) -> list[str]:
    """Targets as the audit log tells them."""
    return [
        " / ".join(
            [names.get(one.label_id or one.channel_id, "*")]
            + [written_minutes(getattr(one, name)) or "-" for name in TIMES]
        )
        for one in targets
    ]
