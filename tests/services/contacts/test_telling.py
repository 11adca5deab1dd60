"""The words for an entry on a contact's timeline: who did it, and what it changed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from api.wording import say
from domain.audit import AuditEntry
from services.contacts import telling
from store.timelines import TimelineEntry

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA, BEN, VIP = (UUID(int=number) for number in (1, 2, 3))
NAMES = {"token:shop": "Shop", str(BEN): "Ben", "field:member": "Member", "field:city": "City"}


def told(
    action: str,
    *,
    actor: str = "user",
    who: str = "Ana",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    entity_id: str = "",
    names: Mapping[str, str] = NAMES,
) -> list[str]:
    """What is said of an entry."""
    entry = AuditEntry(
        1, AT, ANA if who else None, who, actor, action, "contact", entity_id, before, after, ""
    )
    found = telling.sentences(TimelineEntry(entry, None, ""), names)
    return [say(sentence) for sentence in found]


@pytest.mark.parametrize(
    ("actor", "who", "said"),
    [
        ("user", "Ana", "Ana added the contact"),
        ("system", "", "WhatsWay added the contact"),
        ("token:shop", "Ana", "Ana (with the API token “Shop”) added the contact"),
        ("token:gone", "Ana", "Ana (with an API token) added the contact"),
        ("token:shop", "", "The API token “Shop” added the contact"),
        ("token:gone", "", "An API token added the contact"),
        ("automation:7", "", "An automation added the contact"),
    ],
)
def test_who_did_it_is_a_person_a_program_or_an_automation(actor: str, who: str, said: str) -> None:
    assert told("contact.created", actor=actor, who=who) == [said]


def test_an_automation_has_the_name_it_has_now() -> None:
    assert told("contact.created", actor="automation:7", who="", names={"7": "Welcome"}) == [
        "The automation “Welcome” added the contact"
    ]


@pytest.mark.parametrize(
    ("assignee", "said"),
    [
        (None, "Ana unassigned the conversation"),
        (ANA, "Ana took the conversation"),
        (BEN, "Ana assigned the conversation to Ben"),
        (VIP, "Ana assigned the conversation to someone on the team"),  # who has left
    ],
)
def test_a_conversation_is_taken_given_or_let_go(assignee: UUID | None, said: str) -> None:
    after = {"assignee_id": str(assignee) if assignee else None}
    assert told("conversation.assigned", after=after) == [said]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({}, "Merged with another contact of the same person"),
        ({"merged_name": "Mara"}, "Merged with Mara, a contact of the same person"),
        (
            {"merged_phone": "34611000101"},
            "Merged with +34 611 00 01 01, a contact of the same person",
        ),
        (
            {"merged_name": "Mara", "merged_phone": "34611000101"},
            "Merged with Mara (+34 611 00 01 01), a contact of the same person",
        ),
        (
            {"merged_name": "Mara", "cause": "new_number"},
            "Merged with Mara: WhatsApp reported a new number",
        ),
    ],
)
def test_a_merged_contact_is_named_by_what_is_known_of_it(after: dict[str, str], said: str) -> None:
    assert told("contact.merged", after=after) == [said]


def test_each_changed_value_is_told_as_people_read_it() -> None:
    said = told(
        "contact.updated",
        before={"name": "Mara", "fields": {"city": "Bonn", "member": False, "old": 1}},
        after={"name": "", "fields": {"city": "Bonn", "member": True, "old": 2.5}},
    )
    assert said == [
        "Ana cleared Name",
        "Ana changed Member from no to yes",
        "Ana changed a deleted field from 1 to 2.5",
    ]


def test_a_group_is_named_as_it_was_then_and_said_to_be_gone() -> None:
    group = {"group_id": str(VIP)}
    assert told("contacts.grouped", after=group) == ["Ana added the contact to a deleted group"]
    assert told("contacts.grouped", after=group, names={f"1:{VIP}": "VIP"}) == [
        "Ana added the contact to “VIP” (deleted)"
    ]
    assert told("contacts.grouped", after=group, names={str(VIP): "VIP"}) == [
        "Ana added the contact to “VIP”"
    ]
    filled = told(
        "group.filled",
        after={"campaign": "9"},
        entity_id=str(VIP),
        names={str(VIP): "VIP", "9": "Spring"},
    )
    assert filled == ["Ana added people of the campaign Spring to “VIP”"]


def test_what_a_later_release_noted_is_told_in_general() -> None:
    assert told("contact.of_next_release") == ["Something recorded by another version of WhatsWay"]
