"""Names of columns and variables: what is guessed, what a program may say, what a new file changes."""

import pytest

from domain.campaigns import Variable
from domain.contacts import FIRST_NAME, LAST_NAME
from domain.entries import (
    FileSource,
    by_column,
    column_of,
    in_columns,
    remapped,
    slot_names,
    unique_names,
)
from domain.template_slots import Slot
from tests.words import plain


def slot(key: str) -> Slot:
    return Slot(key, plain(key.title()), "", "text")


def test_repeated_column_names_are_told_apart() -> None:
    assert unique_names(["A", "A", "A (2)", "A", "B"]) == ["A", "A (2)", "A (2) (2)", "A (3)", "B"]


def test_a_variable_takes_the_column_of_its_name() -> None:
    slots = [slot("body.first_name"), slot("body.2"), slot("header.City")]
    assert by_column(slots, ["First name", "CITY", "First-Name"]) == {
        "body.first_name": Variable("column:First name"),
        "header.City": Variable("column:CITY"),
    }


def test_a_variable_goes_by_its_key_and_by_its_name_where_that_is_clear() -> None:
    names = slot_names([slot("header.1"), slot("body.1"), slot("body.2")])
    assert names == {
        "header.1": "header.1", "body.1": "body.1", "body.2": "body.2", "2": "body.2",
    }  # fmt: skip


def test_a_new_file_keeps_what_still_fits() -> None:
    stored = {
        "body.1": {"field": "column:Name", "default": "friend"},
        "body.2": {"field": "column:Gone", "default": "it"},
        "body.3": {"field": "", "default": "fixed"},
        "body.4": {"field": "", "default": ""},
        "body.5": {"field": "city", "default": ""},
    }
    guessed = {f"body.{n}": Variable(f"column:{n}") for n in range(1, 7)}
    assert remapped(stored, guessed, ["Name"]) == stored | {
        "body.2": {"field": "column:2", "default": "it"},
        "body.4": {"field": "column:4", "default": ""},
        "body.6": {"field": "column:6", "default": ""},
    }


def test_a_stored_file_is_read_back() -> None:
    source = FileSource(file_name="a.csv", columns=["Phone"], phone_column="Phone", rows=3)
    assert FileSource.from_json(source.to_json() | {"of_another_release": 1}) == source
    assert FileSource.from_json({}) is None
    assert column_of(Variable("name")) is None


@pytest.mark.fault("B6")
def test_names_come_from_the_columns_of_the_file() -> None:
    guessed = {
        "body.1": Variable(FIRST_NAME),
        "body.2": Variable(LAST_NAME),
        "body.3": Variable("city"),
    }
    found = in_columns(guessed, ["Nachname", "Vorname", "Phone"])
    assert [found[key].field for key in guessed] == ["column:Vorname", "column:Nachname", "city"]
    assert in_columns(guessed, ["Phone", "Code"]) == guessed
