"""Automations that act in a scene, and the runs inside them."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from cli.bench.scene import Scene
from domain.actors import SYSTEM
from domain.automations.graphs import Graph
from services.automations import documents, drafts, publishing
from services.automations.publishing import Inside

_INSIDE = text("""
SELECT coalesce(waits, '') AS waits, count(*) AS runs FROM automation_runs
WHERE automation_id = :automation_id AND ended_at IS NULL GROUP BY 1
""")
_ALL = text("SELECT count(*) FROM automation_runs WHERE automation_id = :automation_id")
_SOME = text("""
SELECT id FROM automation_runs WHERE automation_id = :automation_id AND ended_at IS NULL ORDER BY id LIMIT :some
""")


async def publish(scene: Scene, name: str, graph: Graph) -> UUID:
    """Draw an automation and let it act, like the builder does."""
    async with scene.sessions.begin() as session:
        made = await drafts.create(session, SYSTEM, name, document=documents.write(graph))
        await publishing.publish(session, SYSTEM, made.item.id, made.revision, Inside.FINISH)
    return made.item.id


async def inside(scene: Scene, automation_id: UUID) -> Mapping[str, int]:
    """Active runs by what they wait for."""
    async with scene.sessions() as session:
        rows = await session.execute(_INSIDE, {"automation_id": automation_id})
        return {row.waits: row.runs for row in rows}


async def runs(scene: Scene, automation_id: UUID) -> int:
    """Every run there ever was."""
    async with scene.sessions() as session:
        return int(await session.scalar(_ALL, {"automation_id": automation_id}) or 0)


async def some(scene: Scene, automation_id: UUID, most: int) -> list[UUID]:
    """A few of the active runs."""
    about = {"automation_id": automation_id, "some": most}
    async with scene.sessions() as session:
        return list(await session.scalars(_SOME, about))


async def executions(scene: Scene) -> int:
    """Runs that have a workflow at work, as Temporal counts them."""
    client = await scene.workflows.client()
    found = await client.count_workflows("WorkflowType = 'run' AND ExecutionStatus = 'Running'")
    return found.count
