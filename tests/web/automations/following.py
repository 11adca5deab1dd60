"""A conversation in which an automation acts, led from step to step without workflows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.conditions import Condition, Conditions, Group, Subject
from domain.automations.graphs import Graph
from domain.automations.nodes import (
    FAILED,
    Branch,
    Duration,
    Goal,
    KeywordCase,
    KeywordCatch,
    Unit,
    UserReply,
)
from domain.automations.states import Done
from services.automations import deciding
from services.automations.versions import Versions
from services.vault import Vault
from tests import runs, threads
from tests.graphs import ask, graph, offer, say
from tests.runs import Cast
from tests.threads import Thread

VERSIONS = Versions()

SHOP = graph(
    {
        "hello": say("Hello!"),
        "which": offer("Which color?", "Red", "Blue", timeout=Duration(amount=2, unit=Unit.DAYS), save_as="color"),
        "why": UserReply(ask=ask("Why?").ask, save_as="why"),
        "word": KeywordCatch(cases=(KeywordCase(id="refund", words=("refund", "money back")),)),
        "vip": Branch(when=Conditions(groups=(Group(conditions=(Condition(subject=Subject.ANSWER, name="color", value="blue"),)),))),
        "won": Goal(name="Sold"),
    },
    "hello > which", "which.choice:red > why", "which.choice:blue > won", "why.answered > word", "why.next > word",
    "word.choice:refund > vip", "word.other > vip", "vip.no > won",
)  # fmt: skip
"""Says hello, offers two colors, asks why, catches a word, and asks a condition."""


@dataclass(slots=True)
class Follow:
    """A run and whose it is."""

    session: AsyncSession
    who: Cast
    automation_id: UUID
    run_id: UUID

    @property
    def thread(self) -> Thread:
        """Its conversation."""
        return Thread(self.who.conversation_id, self.who.channel_id, self.who.contact_id)

    @property
    def page(self) -> str:
        """The address of its page."""
        return f"/automations/runs/{self.run_id}"

    async def decide(self) -> Any:
        """What it does next."""
        return await deciding.decide(self.session, VERSIONS, self.run_id)

    async def sent(self, step: int, body: str, state: str = "delivered", **columns: Any) -> UUID:
        """A step sent this, and went on."""
        client_id = f"run:{self.run_id}:{step}:0"
        message_id = await threads.sent(
            self.session, self.thread, state, body=body, client_id=client_id, origin="automation", **columns
        )  # fmt: skip
        await deciding.finish(self.session, VERSIONS, self.run_id, Done(step=step))
        return message_id

    async def failed(self, step: int, reason: str) -> None:
        """A step failed."""
        done = Done(step=step, branch=FAILED, failure=reason)
        await deciding.finish(self.session, VERSIONS, self.run_id, done)

    async def write(self, said: str, **payload: Any) -> UUID:
        """The customer writes, and the run reads it."""
        message_id = await runs.wrote(self.session, self.run_id, self.who, said, **payload)
        await self.decide()
        return message_id

    async def tap(self, title: str) -> None:
        """The customer taps a button."""
        reply = {"type": "button_reply", "button_reply": {"id": title.lower(), "title": title}}
        await self.write(title, type="interactive", interactive=reply)


async def begun(
    session: AsyncSession, vault: Vault, drawn: Graph = SHOP, name: str = "Shop"
) -> Follow:
    """Somebody has entered the automation."""
    who = await runs.cast(session, vault)
    automation_id = await runs.live(session, drawn, name)
    run_id = await runs.started(session, automation_id, who)
    follow = Follow(session, who, automation_id, run_id)
    await follow.decide()
    return follow


async def at_question(session: AsyncSession, vault: Vault) -> Follow:
    """The run has said hello, and waits for a color; committed."""
    follow = await begun(session, vault)
    await follow.sent(1, "Hello!", "read")
    await follow.sent(2, "Which color?")
    await session.commit()
    return follow
