"""Assign conversations in turn: to the next of several people who can be assigned work."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.nodes import Assign
from domain.automations.reasons import Reason
from domain.ids import parse_id
from services import clock
from services.automations.deciding import Moving, actor_of
from services.automations.effects.failures import EffectFailed
from services.conversations import change
from store.automations import turns


async def assign(
    session: AsyncSession, moving: Moving, data: Assign, conversation_id: UUID
) -> None:
    """Assign a conversation to the next person in turn; raises EffectFailed if there is nobody left."""
    assert moving.effect is not None
    run, step = moving.run, moving.effect.step
    wanted = [found for user in data.users if (found := parse_id(user)) is not None]
    last = None
    if len(wanted) > 1:
        await turns.take(session, run.automation_id, moving.effect.node)
        last = await turns.last(session, run.automation_id, moving.effect.node)
        moving.now = clock.now()  # the order of turns is that of the lock
    able = await turns.active(session, wanted)
    chosen = next((user for user in after(wanted, last) if user in able), None)
    if chosen is None:
        raise EffectFailed(Reason.GONE)
    await change.assign(session, actor_of(run), conversation_id, chosen)
    await turns.took(session, run.id, step, chosen)


def after(users: list[UUID], last: UUID | None) -> list[UUID]:
    """Everybody in the order of their turns, beginning after the last one."""
    place = users.index(last) + 1 if last in users else 0
    return users[place:] + users[:place]
