"""What runs send: every kind of message and template, and why one may not be sent."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.automations.deciding import StepRef
from activities.dependencies import Dependencies
from domain.automations.contents import (
    Button,
    Buttons,
    Card,
    Link,
    List,
    Location,
    Media,
    Row,
    Text,
)
from domain.automations.decisions import Next
from domain.automations.nodes import CustomReply, SendTemplate
from tests import factories
from tests.activities.automations.playing import TWO, play
from tests.activities.conftest import Phone
from tests.graphs import ask, graph


async def test_our_own_gate_says_why(needs: Dependencies, phone: Phone) -> None:
    run = await play(needs, phone, TWO, window=timedelta(hours=-1))
    assert (await run.send(1)).state == "failed"
    assert await run.reason(1) == "window_closed"
    assert await run.said() == []


async def test_every_kind_of_message_is_accepted(needs: Dependencies, phone: Phone) -> None:
    link = "https://example.org/a"
    contents = (
        Text(text="Hi {{contact.first_name}}"),
        Media(kind="image", link=f"{link}.png", caption="A"),
        Media(kind="document", link=f"{link}.pdf", filename="a.pdf"),
        Buttons(text="Sure?", header="H", footer="F", buttons=(Button(id="y", title="Yes"),)),
        List(text="Which?", button="Choose", rows=(Row(id="s", title="Small", description="x"),)),
        Link(text="See", label="Open", url=link),
        Location(latitude="37.4", longitude="-122.1", name="Shop", address="1 Elm St"),
        Card(name="Mara Voss", phone="+49 30 5550100", email="mara@example.org"),
    )
    run = await play(needs, phone, graph({"a": CustomReply(messages=contents)}))
    assert (await run.send(1)).state == "completed"
    assert {state for _, state in await run.said()} == {"accepted"}
    assert len(await phone.accepted()) == len(contents)


async def test_a_template_goes_in_the_language_of_its_contact(
    needs: Dependencies, phone: Phone
) -> None:
    async with needs.sessions.begin() as session:
        template_id = await factories.template(session)
        await session.execute(
            text("""INSERT INTO templates (id, waba_id, meta_id, name, language, category, status, components, synced_at)
            SELECT gen_random_uuid(), waba_id, '1', name, 'de', category, status,
                replace(components::text, 'your order is ready', 'es ist da')::jsonb, synced_at FROM templates""")
        )
    node = SendTemplate(template=str(template_id), values={"body.1": "{{contact.first_name}}"})
    run = await play(needs, phone, graph({"a": node, "b": node}, "a > b"))
    versions_of_it = [ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 1))]
    assert (await versions_of_it[0]).step == 2
    await run.change("contacts SET language = 'de_AT'")
    await ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 2))
    assert [said for said, _ in await run.said()] == [
        "Hi Person, your order is ready.", "Hi Person, es ist da.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("templates SET deleted_at = now()", "gone"),
        ("templates SET status = 'PAUSED'", "template_paused"),
        ("contacts SET blocked_at = now()", "contact_blocked"),
    ],
)
async def test_a_template_that_may_not_be_sent_fails_with_its_reason(
    needs: Dependencies, phone: Phone, change: str, reason: str
) -> None:
    async with needs.sessions.begin() as session:
        template_id = await factories.template(session)
    node = SendTemplate(template=str(template_id), values={"body.1": "x"})
    run = await play(needs, phone, graph({"a": node}))
    await run.change(change)
    await ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 1))
    assert await run.reason(1) == reason


async def test_a_question_waits_for_its_answer_once_it_was_asked(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, graph({"a": ask("How many?")}))
    found = await ActivityEnvironment().run(run.sending.user_reply, StepRef(run.run_id, 1))
    assert (found.next, found.state) == (Next.WAIT, "reply")
    assert await run.said() == [("How many?", "accepted")]
