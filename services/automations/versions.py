"""Published versions as graphs: each is read once per process, as it never changes."""

from collections import OrderedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.graphs import Graph
from services.automations.documents.reading import read
from store.automations import runs

KEPT = 200


class Versions:
    """The graphs used last; share one per process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, int], Graph] = OrderedDict()

    async def get(self, session: AsyncSession, automation_id: UUID, version: int) -> Graph:
        """The graph of a version; an empty one if it is gone."""
        key = (automation_id, version)
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known
        document = await runs.graph(session, automation_id, version)
        if document is None:
            return Graph()
        graph = self._kept[key] = read(document).graph
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return graph
