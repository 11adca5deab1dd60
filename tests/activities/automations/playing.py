"""One run, whose activities a test runs itself."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.automations.deciding import Deciding, RunRef, StepRef
from activities.automations.records import Records
from activities.automations.sending import Sending
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.automations.decisions import Decision
from domain.automations.graphs import Graph
from services.automations import control
from services.automations.versions import Versions
from tests import runs
from tests.activities.conftest import Phone
from tests.graphs import graph, say
from tests.runs import Cast

ONE = graph({"a": say("1"), "b": say("2")}, "a > b")
TWO = graph({"a": say("1", "2"), "b": say("3")}, "a > b")


class Killed(BaseException):
    """The worker died here."""


class Play:
    """One run, whose activities a test runs itself."""

    def __init__(self, needs: Dependencies, who: Cast, run_id: UUID) -> None:
        self.needs, self.who, self.run_id = needs, who, run_id
        versions = Versions()
        self.sending, self.deciding = Sending(needs, versions), Deciding(needs, versions)
        self.records = Records(needs, versions)

    async def decide(self) -> Decision:
        return await ActivityEnvironment().run(self.deciding.decide, RunRef(self.run_id))

    async def send(self, step: int) -> Decision:
        found: Decision = await ActivityEnvironment().run(
            self.sending.custom_reply, StepRef(self.run_id, step)
        )
        return found

    async def retry(self) -> None:
        async with self.needs.sessions.begin() as session:
            await control.retry_run(session, SYSTEM, self.run_id)

    async def said(self) -> list[tuple[str, str]]:
        return await runs.said(self.needs.sessions, self.run_id)

    async def change(self, assignment: str) -> None:
        async with self.needs.sessions.begin() as session:
            await session.execute(text(f"UPDATE {assignment}"))

    async def reason(self, step: int) -> str:
        async with self.needs.sessions() as session:
            statement = text("SELECT reason FROM automation_steps WHERE step = :step")
            return str(await session.scalar(statement, {"step": step}))


async def play(
    needs: Dependencies, phone: Phone, drawn: Graph, *, window: timedelta = runs.OPEN
) -> Play:
    async with needs.sessions.begin() as session:
        who = await runs.cast(session, needs.vault, phone, window=window)
        run_id = await runs.started(session, await runs.live(session, drawn), who)
    made = Play(needs, who, run_id)
    await made.decide()
    return made
