"""Typed custom fields."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contacts import CustomField, FieldType
from domain.errors import Invalid
from domain.fields import (
    DateOrder,
    FieldValue,
    checked_options,
    free_key,
    infer_type,
    key_from,
    parse_date,
    parse_number,
    parse_value,
)

PLAN = CustomField("plan", "Plan", FieldType.ENUM, ("Gold", "Silver"))


def _field(kind: FieldType) -> CustomField:
    return CustomField("f", "Field", kind)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("12,5", 12.5),
        ("1,234", 1234),
        ("1.234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("1 234 567", 1234567),
        ("-3", -3),
        ("1.000.000", 1000000),
        ("abc", None),
        ("nan", None),
        ("1e9", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-11-23", DateOrder.DAY_FIRST, date(2026, 11, 23)),
        ("2026-11-23 10:00:00", DateOrder.DAY_FIRST, None),
        ("2026-11-23 00:00:00", DateOrder.DAY_FIRST, date(2026, 11, 23)),
        ("03/04/2026", DateOrder.DAY_FIRST, date(2026, 4, 3)),
        ("03/04/2026", DateOrder.MONTH_FIRST, date(2026, 3, 4)),
        ("23/11/2026", DateOrder.MONTH_FIRST, date(2026, 11, 23)),
        ("11/23/2026", DateOrder.DAY_FIRST, date(2026, 11, 23)),
        ("1.2.2026", DateOrder.DAY_FIRST, date(2026, 2, 1)),
        ("31/02/2026", DateOrder.DAY_FIRST, None),
        ("03/04/26", DateOrder.DAY_FIRST, None),
        ("soon", DateOrder.DAY_FIRST, None),
    ],
)
def test_dates(text: str, order: DateOrder, day: date | None) -> None:
    assert parse_date(text, order) == day


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (PLAN, " gold ", "Gold"),
        (_field(FieldType.BOOL), "Sim", True),
        (_field(FieldType.BOOL), "não", False),
        (_field(FieldType.DATE), "23/11/2026", "2026-11-23"),
        (_field(FieldType.TEXT), " a  b ", "a b"),
        (_field(FieldType.NUMBER), "", None),
    ],
)
def test_values(field: CustomField, text: str, value: FieldValue | None) -> None:
    assert parse_value(field, text) == value


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (PLAN, "field_enum"),
        (_field(FieldType.BOOL), "field_bool"),
        (_field(FieldType.DATE), "field_date"),
        (_field(FieldType.NUMBER), "field_number"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(field: CustomField, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_value(field, "perhaps")
    assert refusal.value.code == code
    assert refusal.value.fields == {field.key: refusal.value.message}


@given(st.text(max_size=40), st.sampled_from(FieldType))
def test_any_text_is_a_value_or_a_refusal(text: str, kind: FieldType) -> None:
    field = CustomField("f", "F", kind, ("a",))
    try:
        value = parse_value(field, text)
    except Invalid:
        return
    assert value is None or isinstance(value, (str, int, float, bool))


@given(st.text(max_size=60))
def test_keys_are_plain_and_free(label: str) -> None:
    key = key_from(label)
    assert key.isascii()
    assert key.isidentifier()
    assert free_key(label, {key}) != key


def test_keys_avoid_built_in_names() -> None:
    assert key_from("Name") == "name_field"
    assert key_from("Data de nascimento") == "data_de_nascimento"


def test_enums_need_choices() -> None:
    with pytest.raises(Invalid):
        checked_options(FieldType.ENUM, [" ", ""])
    assert checked_options(FieldType.ENUM, ["a", "a", " b"]) == ("a", "b")
    assert checked_options(FieldType.TEXT, ["a"]) == ()


@pytest.mark.parametrize(
    ("samples", "kind"),
    [
        (["1", "2,5", ""], FieldType.NUMBER),
        (["007", "12"], FieldType.TEXT),
        (["2026-01-01", "23/11/2026"], FieldType.DATE),
        (["yes", "no"], FieldType.BOOL),
        (["São Paulo"], FieldType.TEXT),
        ([], FieldType.TEXT),
    ],
)
def test_types_are_inferred(samples: list[str], kind: FieldType) -> None:
    assert infer_type(samples) is kind
