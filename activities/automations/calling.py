"""Call another system for a run, with the node's own retries."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.automations.deciding import StepRef
from activities.dependencies import Dependencies
from activities.heartbeat import beating
from domain.automations.decisions import Decision
from domain.automations.nodes import HttpRequest
from domain.automations.states import Done
from services.automations import deciding
from services.automations.calling import nodes
from services.automations.calling.failures import CallFailed
from services.automations.calling.requests import Call
from services.automations.versions import Versions

LONGEST_PAUSE = timedelta(minutes=1)


class Calling:
    """The activity of HTTP requests."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._dependencies, self._versions = dependencies, versions

    @activity.defn(name="automations.http_request")
    async def http_request(self, request: StepRef) -> Decision:
        """Call, and save what was wanted from the answer; no transaction is open meanwhile."""
        try:
            found = await self._request(request)
        except CallFailed as error:
            return await self._finish(request, nodes.failed(request.step, error))
        if isinstance(found, Decision):
            return found
        call, data = found
        local, attempt = self._dependencies.calls_local, activity.info().attempt
        try:
            async with beating():
                done = await nodes.call(call, data, request.step, allow_local=local)
        except CallFailed as error:
            if error.again and attempt <= data.retries:
                raise _again(attempt, error) from None
            done = nodes.failed(request.step, error)
        return await self._finish(request, done)

    async def _request(self, request: StepRef) -> Decision | tuple[Call, HttpRequest]:
        needs = self._dependencies
        async with needs.sessions.begin() as session:
            moving = await deciding.effect_at_work(
                session, self._versions, request.run_id, request.step
            )
            if isinstance(moving, Decision):
                return moving
            assert moving.effect is not None
            data = moving.effect.data
            assert isinstance(data, HttpRequest)
            key = f"{request.run_id}:{request.step}"
            return await nodes.prepare(session, needs.vault, data, key), data

    async def _finish(self, request: StepRef, done: Done) -> Decision:
        async with self._dependencies.sessions.begin() as session:
            return await deciding.finish(session, self._versions, request.run_id, done)


def _again(attempt: int, error: CallFailed) -> ApplicationError:
    pause = min(timedelta(seconds=2 ** (attempt - 1)), LONGEST_PAUSE)
    return ApplicationError(
        error.reason.value, next_retry_delay=pause, category=ApplicationErrorCategory.BENIGN
    )
