"""What an automation names and somebody deletes while it acts: a problem at its node, and a run that fails with a reason."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.decisions import Decision
from domain.automations.nodes import (
    Assign,
    Data,
    End,
    Goal,
    SendTemplate,
    SetField,
    SetGroup,
    SetLabel,
)
from domain.automations.states import Done
from domain.contacts import FieldType
from domain.ids import new_id
from services.automations import deciding, documents, drafts, listing, publishing, sending
from services.automations.effects import records
from services.automations.publishing import Inside
from services.automations.sending import Sender, Sent, Standing
from services.automations.versions import Versions
from services.channels import write as channels
from services.contacts import fields, groups
from services.conversations import labels
from services.vault import Vault, new_key
from tests import factories, runs
from tests.graphs import graph, say
from tests.runs import Cast

VAULT = Vault([new_key()])
SENDER = Sender(VAULT, "test", news_wait=False)
NOTHING = Standing({}, frozenset())


async def published(session: AsyncSession, data: Data) -> UUID:
    """An automation with one node that was sound when it was published."""
    document = documents.write(graph({"it": data, "over": End()}, "it > over"))
    made = await drafts.create(session, SYSTEM, "Names things", document=document)
    assert [one for one in made.draft.problems if one.blocks] == []
    await publishing.publish(session, SYSTEM, made.item.id, 1, Inside.FINISH)
    return made.item.id


async def ends(session: AsyncSession, automation_id: UUID, who: Cast) -> tuple[str, str]:
    """How a run ends, and why."""
    versions = Versions()
    run_id = await runs.started(session, automation_id, who)
    decided = await deciding.decide(session, versions, run_id)
    moving = await deciding.effect_at_work(session, versions, run_id, decided.step)
    assert not isinstance(moving, Decision)
    if moving.effect is not None and isinstance(moving.effect.data, SendTemplate):
        sent = await sending.claim(session, SENDER, moving, 0, NOTHING)
        assert isinstance(sent, Sent)
        done = Done(step=decided.step, branch="failed", failure=sent.failure)
    else:
        done = await records.apply(session, moving)
    await deciding.settle(session, moving, done)
    query = text("SELECT ending, reason FROM automation_runs WHERE id = :id")
    row = (await session.execute(query, {"id": run_id})).one()
    return row.ending, row.reason


async def problems(session: AsyncSession, automation_id: UUID) -> set[str]:
    """Where the draft has errors now."""
    found = (await listing.draft(session, automation_id)).problems
    return {one.at for one in found if one.blocks}


async def test_a_group(session: AsyncSession) -> None:
    who = await runs.cast(session, VAULT)
    group = await groups.create(session, SYSTEM, "VIP")
    made = await published(session, SetGroup(group=str(group.id)))
    await groups.delete(session, SYSTEM, group.id)
    assert await problems(session, made) == {"it"}
    assert await ends(session, made, who) == ("failed", "gone")


async def test_a_label(session: AsyncSession) -> None:
    who = await runs.cast(session, VAULT)
    label = await labels.create(session, SYSTEM, "Hot", "")
    made = await published(session, SetLabel(label=str(label.id)))
    await labels.delete(session, SYSTEM, label.id)
    assert await problems(session, made) == {"it"}
    assert await ends(session, made, who) == ("failed", "gone")


@pytest.mark.parametrize("gone", [SetLabel(label=str(new_id())), SetGroup(group=str(new_id()))])
async def test_a_run_goes_on_by_the_failed_branch(session: AsyncSession, gone: Data) -> None:
    who = await runs.cast(session, VAULT)
    drawn = graph({"it": gone, "over": End(), "else": Goal()}, "it > over", "it.failed > else")
    assert await ends(session, await runs.live(session, drawn), who) == ("goal", "")


async def test_a_field(session: AsyncSession) -> None:
    who = await runs.cast(session, VAULT)
    await fields.create(session, SYSTEM, label="Plan", kind=FieldType.TEXT)
    made = await published(session, SetField(field="plan", value="gold"))
    await fields.delete(session, SYSTEM, "plan")
    assert await problems(session, made) == {"it"}
    assert await ends(session, made, who) == ("failed", "gone")


async def test_a_person(session: AsyncSession) -> None:
    who, user_id = await runs.cast(session, VAULT), new_id()
    added = "INSERT INTO users (id, email, name, role, password_hash) VALUES (:id, 'a@example.com', 'Ana', 'agent', '')"
    await session.execute(text(added), {"id": user_id})
    made = await published(session, Assign(users=(str(user_id),)))
    await session.execute(text("UPDATE users SET is_active = false"))
    assert await problems(session, made) == {"it"}
    assert await ends(session, made, who) == ("failed", "gone")


async def test_a_template(session: AsyncSession) -> None:
    who = await runs.cast(session, VAULT)
    await factories.template(session, name="restock")
    made = await published(session, SendTemplate(template="restock", values={"body.1": "A"}))
    await session.execute(text("UPDATE templates SET deleted_at = now()"))
    assert await problems(session, made) == {"it"}
    assert await ends(session, made, who) == ("failed", "gone")


async def test_a_number(session: AsyncSession) -> None:
    who = await runs.cast(session, VAULT)
    made = await runs.live(session, graph({"it": say("Hi")}))
    versions = Versions()
    run_id = await runs.started(session, made, who)
    decided = await deciding.decide(session, versions, run_id)
    await channels.remove(session, who.channel_id, actor=SYSTEM, now=datetime.now(UTC))
    moving = await deciding.effect_at_work(session, versions, run_id, decided.step)
    assert not isinstance(moving, Decision)

    sent = await sending.claim(session, SENDER, moving, 0, NOTHING)
    assert isinstance(sent, Sent)
    assert sent.failure
