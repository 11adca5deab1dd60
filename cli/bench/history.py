"""How much a campaign's workflow uses Temporal: its runs, their histories, which workers did the work."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from workflows import ids

SEND = "campaigns.send_batch"


@dataclass(frozen=True, slots=True)
class Histories:
    """The runs of a campaign's workflow, newest first: continue-as-new makes several."""

    runs: Sequence[Sequence[HistoryEvent]]

    @property
    def longest(self) -> int:
        """Events in the longest run."""
        return max((len(events) for events in self.runs), default=0)

    def spans_by_worker(self, workers: Mapping[str, int]) -> dict[str, int]:
        """How many spans each worker process sent, by component name."""
        names = {str(pid): name for name, pid in workers.items()}
        done: Counter[str] = Counter()
        for events in self.runs:
            done.update(names.get(pid, pid) for pid in _senders(events))
        return dict(sorted(done.items()))


def _senders(events: Iterable[HistoryEvent]) -> list[str]:
    """Process ids of the workers that started a span, one per span."""
    scheduled: set[int] = set()
    pids: list[str] = []
    for event in events:
        if event.activity_task_scheduled_event_attributes.activity_type.name == SEND:
            scheduled.add(event.event_id)
        started = event.activity_task_started_event_attributes
        if started.scheduled_event_id in scheduled:
            pids.append(started.identity.partition("@")[0])
    return pids


async def read(client: Client, campaign_id: UUID) -> Histories:
    """Every run, going back from the newest."""
    runs: list[list[HistoryEvent]] = []
    run_id: str | None = None
    while True:
        handle = client.get_workflow_handle(ids.campaign(campaign_id), run_id=run_id)
        events = [event async for event in handle.fetch_history_events()]
        runs.append(events)
        started = events[0].workflow_execution_started_event_attributes
        run_id = started.continued_execution_run_id
        if not run_id:
            return Histories(runs)
