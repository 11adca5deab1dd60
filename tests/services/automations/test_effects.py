"""Effects in our own records: done once with the step that does them; what a node names may be gone."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.contents import (
    Button,
    Buttons,
    Card,
    Content,
    Link,
    List,
    Location,
    Media,
    Row,
    Text,
)
from domain.automations.decisions import Decision
from domain.automations.nodes import (
    Assign,
    Consent,
    Data,
    HandOver,
    SetField,
    SetGroup,
    SetLabel,
    WriteNote,
)
from domain.ids import new_id
from services.automations import deciding
from services.automations.effects import bodies, records, turns
from services.automations.effects.failures import EffectFailed
from services.automations.versions import Versions
from services.messages.content import MediaContent, PreparedContent, TextContent
from services.vault import Vault, new_key
from simulator.interactive import check_interactive
from store import groups
from tests import runs
from tests.graphs import graph
from tests.runs import Cast

VERSIONS = Versions()
NOWHERE = str(UUID(int=7))


async def cast(session: AsyncSession) -> Cast:
    return await runs.cast(session, Vault([new_key()]))


async def do(
    session: AsyncSession, who: Cast, data: Data, automation_id: UUID | None = None
) -> Any:
    """The row of a run whose one node was done."""
    automation_id = automation_id or await runs.live(session, graph({"node": data}))
    run_id = await runs.started(session, automation_id, who)
    await deciding.decide(session, VERSIONS, run_id)
    moving = await deciding.effect_at_work(session, VERSIONS, run_id, 1)
    assert not isinstance(moving, Decision)
    await deciding.settle(session, moving, await records.apply(session, moving))
    again = await deciding.effect_at_work(session, VERSIONS, run_id, 1)
    assert isinstance(again, Decision), "a step is done once"
    statement = text("SELECT * FROM automation_runs WHERE id = :id")
    return (await session.execute(statement, {"id": run_id})).one()


async def field(session: AsyncSession, key: str, kind: str = "text") -> None:
    await session.execute(
        text("INSERT INTO custom_fields (key, label, type) VALUES (:key, :key, :kind)"),
        {"key": key, "kind": kind},
    )


async def user(session: AsyncSession, name: str, *, active: bool = True) -> UUID:
    user_id = new_id()
    await session.execute(
        text("""INSERT INTO users (id, email, name, password_hash, role, is_active)
        VALUES (:id, :name || '@example.com', :name, 'x', 'agent', :active)"""),
        {"id": user_id, "name": name, "active": active},
    )
    return user_id


async def test_fields_are_set_as_their_type_and_cleared(session: AsyncSession) -> None:
    who = await cast(session)
    await field(session, "size", "number")

    async def value() -> Any:
        return await session.scalar(text("SELECT fields -> 'size' FROM contacts"))

    assert (await do(session, who, SetField(field="size", value="12.50"))).ending == "completed"
    assert await value() == "12.50"
    await do(session, who, SetField(field="size", value=""))
    assert await value() is None
    await do(session, who, SetField(field="name", value="{{contact.name}} II"))
    assert await session.scalar(text("SELECT name FROM contacts")) == "Person 0 II"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SetField(field="size", value="many"), "invalid_value"),
        (SetField(field="lost", value="1"), "gone"),
        (SetField(field="phone", value="1"), "gone"),
        (SetLabel(label=NOWHERE), "gone"),
        (SetLabel(label=""), "gone"),
        (SetGroup(group=NOWHERE), "gone"),
        (SetGroup(group="x", action="remove"), "gone"),
        (Assign(users=(NOWHERE,)), "gone"),
        (Assign(), "gone"),
    ],
    ids=str,
)
async def test_what_cannot_be_done_fails_with_its_reason(
    session: AsyncSession, data: Data, reason: str
) -> None:
    who = await cast(session)
    await field(session, "size", "number")
    row = await do(session, who, data)
    assert (row.ending, row.reason) == ("failed", reason)


async def test_labels_and_groups_are_put_on_and_taken_off(session: AsyncSession) -> None:
    who = await cast(session)
    label_id, group = new_id(), await groups.ensure(session, "Coffee")
    await session.execute(
        text("INSERT INTO labels (id, name) VALUES (:id, 'VIP')"), {"id": label_id}
    )

    async def has() -> tuple[int, int]:
        labels = await session.scalar(text("SELECT count(*) FROM conversation_labels"))
        members = text("SELECT count(*) FROM group_members WHERE group_id = :id")
        return labels or 0, await session.scalar(members, {"id": group.id}) or 0

    for action, expected in (("add", (1, 1)), ("add", (1, 1)), ("remove", (0, 0))):
        label, member = str(label_id), str(group.id)
        await do(session, who, SetLabel(label=label, action=action))  # type: ignore[arg-type]  # one of two
        await do(session, who, SetGroup(group=member, action=action))  # type: ignore[arg-type]  # one of two
        assert await has() == expected


async def test_consent_is_written_down_with_the_automation_and_lifts_their_own_stop(
    session: AsyncSession,
) -> None:
    who = await cast(session)
    await session.execute(
        text("""INSERT INTO consents (contact_id, action, source, keepers, at)
        VALUES (:id, 'stop', 'keyword', '{person}', now() - interval '1 day')"""),
        {"id": who.contact_id},
    )
    await do(session, who, Consent(action="allow"))
    statement = text(
        "SELECT marketing_opt_out_at IS NULL, marketing_agreed_at IS NOT NULL FROM contacts"
    )
    assert tuple((await session.execute(statement)).one()) == (True, True)
    await do(session, who, Consent(action="stop"))
    assert tuple((await session.execute(statement)).one()) == (False, True)
    words = await session.scalars(text("SELECT words FROM consents WHERE source = 'automation'"))
    assert words.all() == ["Welcome", "Welcome"]


async def test_a_stop_in_whatsapp_itself_stays_theirs(session: AsyncSession) -> None:
    who = await cast(session)
    await session.execute(
        text("""INSERT INTO consents (contact_id, action, source, keepers, at)
        VALUES (:id, 'stop', 'whatsapp', '{meta}', now() - interval '1 day')"""),
        {"id": who.contact_id},
    )
    row = await do(session, who, Consent(action="allow"))
    assert (row.ending, row.reason) == ("failed", "consent_theirs")


async def test_notes_name_the_run_that_wrote_them(session: AsyncSession) -> None:
    who = await cast(session)
    row = await do(session, who, WriteNote(text="Wants {{contact.city|nothing}}"))
    await session.execute(text("UPDATE conversations SET status = 'resolved'"))
    over = await do(session, who, HandOver(note="Please call"))
    assert over.ending == "handed_over"
    found = await session.execute(text("SELECT text, run_id, step FROM notes ORDER BY id"))
    assert [tuple(note) for note in found] == [
        ("Wants Madrid", row.id, 1), ("Please call", over.id, 1),
    ]  # fmt: skip
    assert await session.scalar(text("SELECT status FROM conversations")) == "open"


async def test_several_people_are_assigned_in_turn_except_those_who_left(
    session: AsyncSession,
) -> None:
    who = await cast(session)
    ana, bo, gone, di = [
        await user(session, name, active=name != "gone") for name in ("ana", "bo", "gone", "di")
    ]
    names = {ana: "ana", bo: "bo", di: "di"}
    users = tuple(map(str, (ana, bo, gone, di)))
    automation_id = await runs.live(session, graph({"node": Assign(users=users)}))
    assigned = []
    for _ in range(7):
        await do(session, who, Assign(users=users), automation_id)
        assigned.append(names[await session.scalar(text("SELECT assignee_id FROM conversations"))])
    assert assigned == ["ana", "bo", "di", "ana", "bo", "di", "ana"]


def test_turns_begin_after_the_last_one() -> None:
    a, b, c = new_id(), new_id(), new_id()
    assert turns.after([a, b, c], b) == [c, a, b]
    assert turns.after([a, b, c], None) == turns.after([a, b, c], new_id()) == [a, b, c]
    assert turns.after([], a) == []


BUTTONS = Buttons(
    text="Sure?", header="Order", footer="Shop", buttons=(Button(id="y", title="Yes"),)
)
ROWS = (Row(id="s", title="Small", description="10 cm"), Row(id="l", title="Large"))


@pytest.mark.parametrize(
    "content",
    [
        BUTTONS,
        List(text="Which size?", button="Choose", rows=ROWS),
        Link(text="See", label="Open", url="https://example.org/x?y=1"),
    ],
    ids=lambda content: content.kind,
)
def test_what_can_be_tapped_is_as_whatsapp_takes_it(content: Content) -> None:
    made = bodies.body(content)
    assert isinstance(made, PreparedContent)
    check_interactive(made.payload, lambda *_: True)
    assert made.kind == "interactive"
    assert content.text in made.body  # type: ignore[union-attr]  # all of these have one


def test_places_and_cards_are_as_whatsapp_takes_them() -> None:
    place = bodies.body(Location(latitude="37,44", longitude=" -122.16 ", name="Shop"))
    card = bodies.body(Card(name="Mara Voss", phone="+49 30 5550100", organization="Lumen"))
    assert isinstance(place, PreparedContent)
    assert isinstance(card, PreparedContent)
    assert place.payload["location"] == {"latitude": 37.44, "longitude": -122.16, "name": "Shop"}
    assert card.payload["contacts"] == [
        {
            "name": {"formatted_name": "Mara Voss", "first_name": "Mara", "last_name": "Voss"},
            "phones": [{"phone": "+49 30 5550100", "type": "WORK"}],
            "org": {"company": "Lumen"},
        }
    ]


def test_texts_and_files_go_the_way_of_every_message() -> None:
    assert bodies.body(Text(text="Hi", preview=False)) == TextContent("Hi", False)
    found = bodies.body(Media(kind="document", link="https://example.org/a.pdf", filename="a.pdf"))
    assert found == MediaContent("document", "", "https://example.org/a.pdf", "", "a.pdf")


@pytest.mark.parametrize(
    "content",
    [
        Location(latitude="north", longitude="1"),
        Location(latitude="91", longitude="1"),
        Link(text="See", label="Open", url="javascript:alert(1)"),
        Link(text="See", label="", url="https://example.org"),
        Buttons(text="Sure?"),
        List(text="Which?", button="Choose"),
        Card(name=" "),
    ],
    ids=str,
)
def test_what_whatsapp_would_refuse_is_not_sent(content: Content) -> None:
    with pytest.raises(EffectFailed):
        bodies.body(content)


def test_a_card_has_the_parts_that_are_filled_in() -> None:
    card = bodies.body(Card(name="Mara", email="mara@example.org"))
    assert isinstance(card, PreparedContent)
    assert card.payload["contacts"] == [
        {
            "name": {"formatted_name": "Mara", "first_name": "Mara"},
            "emails": [{"email": "mara@example.org", "type": "WORK"}],
        }
    ]


async def test_a_hand_over_without_words_writes_no_note_and_makes_the_conversation(
    session: AsyncSession,
) -> None:
    who = await cast(session)
    await session.execute(text("DELETE FROM conversations"))
    await do(session, who, HandOver())
    assert await session.scalar(text("SELECT count(*) FROM notes")) == 0
    opened = text("SELECT contact_id, status FROM conversations")
    assert (await session.execute(opened)).all() == [(who.contact_id, "open")]
