"""Whatever any test records must have words for people."""

import json
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.journal.facts import Fact
from domain.journal.rules import RULES
from store import journal
from store.journal import Place
from web.settings.audit.lines import unsaid

_missing: list[str] = []


def watch() -> None:
    """Check every audited fact noted by this process from now on."""
    add = journal.add

    async def looked_at(
        session: AsyncSession, actor: Actor, facts: Sequence[Fact], place: Place | None = None
    ) -> None:
        for fact in facts:
            if RULES[fact.kind].audited:
                before, data = json.loads(json.dumps([fact.before, fact.data()], default=str))
                _missing.extend(unsaid(fact.kind, fact.entity, before, data))
        await add(session, actor, facts, place)

    journal.add = looked_at


def missing() -> list[str]:
    """What was recorded without words since the last call."""
    found = sorted(set(_missing))
    _missing.clear()
    return found
