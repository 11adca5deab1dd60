"""A new draft of a program that brings its first people along."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import CampaignType
from domain.entries import Pushed
from services.campaigns import push
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.push import Given
from services.campaigns.views import CampaignView


async def create(
    session: AsyncSession,
    actor: Actor,
    name: str,
    kind: CampaignType,
    wanted: DraftChange,
    people: Sequence[Given],
) -> tuple[CampaignView, list[Pushed] | None]:
    """A new draft, and the answers for the first people of it, where there are any."""
    made = await write.create(session, actor, name, kind, wanted)
    return made, await push.push(session, made.id, actor, people) if people else None
