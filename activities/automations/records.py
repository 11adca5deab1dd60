"""Effects in our own records: one transaction does one, and writes down that it is done."""

from temporalio import activity

from activities.automations.deciding import StepRef
from activities.dependencies import Dependencies
from domain.automations.decisions import Decision
from domain.automations.nodes import StartAutomation
from services.automations import children, deciding
from services.automations.deciding import actor_of
from services.automations.effects import records
from services.automations.versions import Versions


class Records:
    """One activity per type of node, so that a history can be read."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._sessions, self._versions = dependencies.sessions, versions

    @activity.defn(name="automations.set_field")
    async def set_field(self, request: StepRef) -> Decision:
        """Set a field of the contact."""
        return await self._apply(request)

    @activity.defn(name="automations.set_label")
    async def set_label(self, request: StepRef) -> Decision:
        """Put a label on the conversation, or take it off."""
        return await self._apply(request)

    @activity.defn(name="automations.set_group")
    async def set_group(self, request: StepRef) -> Decision:
        """Put the contact into a group, or take it out."""
        return await self._apply(request)

    @activity.defn(name="automations.consent")
    async def consent(self, request: StepRef) -> Decision:
        """Write down that the customer allowed or stopped marketing."""
        return await self._apply(request)

    @activity.defn(name="automations.assign")
    async def assign(self, request: StepRef) -> Decision:
        """Assign the conversation."""
        return await self._apply(request)

    @activity.defn(name="automations.note")
    async def note(self, request: StepRef) -> Decision:
        """Write a note for the team."""
        return await self._apply(request)

    @activity.defn(name="automations.hand_over")
    async def hand_over(self, request: StepRef) -> Decision:
        """Leave the conversation to the team."""
        return await self._apply(request)

    @activity.defn(name="automations.start_automation")
    async def start_automation(self, request: StepRef) -> Decision:
        """Start another automation for the contact."""
        async with self._sessions.begin() as session:
            moving = await deciding.effect_at_work(
                session, self._versions, request.run_id, request.step
            )
            if isinstance(moving, Decision):
                return moving
            assert moving.effect is not None
            data = moving.effect.data
            assert isinstance(data, StartAutomation)
            done = await children.begin(
                session, actor_of(moving.run), moving.run, request.step, data
            )
            return await deciding.settle(session, moving, done)

    async def _apply(self, request: StepRef) -> Decision:
        async with self._sessions.begin() as session:
            moving = await deciding.effect_at_work(
                session, self._versions, request.run_id, request.step
            )
            if isinstance(moving, Decision):
                return moving
            return await deciding.settle(session, moving, await records.apply(session, moving))
