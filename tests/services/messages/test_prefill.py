"""Guessing a template's values from a contact."""

from datetime import UTC, datetime
from typing import Any

from domain.contacts import Contact
from domain.ids import new_id
from domain.template_slots import Slot
from services.messages.prefill import prefill
from tests.words import plain

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def person(**fields: Any) -> Contact:
    """Ana with custom fields."""
    return Contact(
        id=new_id(), phone="+34600000001", name="Ana Ruiz", language="es", timezone=None,
        fields=fields, source="manual", marketing_opt_out_at=None, blocked_at=None, created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip


def test_named_variables_take_the_field_of_their_name() -> None:
    slots = [
        Slot("body.city", plain("City"), "", "text"),
        Slot("header.name", plain("Name"), "", "text"),
    ]
    assert prefill(slots, person(City="Vigo")) == {"body.city": "Vigo", "header.name": "Ana Ruiz"}


def test_the_first_variable_is_taken_for_a_greeting_and_the_rest_stays_empty() -> None:
    slots = [Slot("body.1", plain("Body"), "", "text"), Slot("body.2", plain("Body"), "", "text")]
    assert prefill(slots, person()) == {"body.1": "Ana", "body.2": ""}


def test_files_and_links_are_never_guessed() -> None:
    slots = [
        Slot("header.image", plain("Header"), "", "media"),
        Slot("button.0.phone", plain(""), "", "url"),
    ]
    assert prefill(slots, person(image="x")) == {"header.image": "", "button.0.phone": ""}
