"""Typed custom fields."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import parse_number
from domain.contacts import CustomField, FieldType
from domain.errors import Invalid
from domain.fields import (
    DateOrder,
    FieldValue,
    checked_options,
    free_key,
    guess_order,
    infer_type,
    key_from,
    parse_date,
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
    assert refusal.value.fields == {field.key: refusal.value.sentence}


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


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    "text",
    [
        "1.2.3",
        "10.0.0.1",
        "192.168.1.1",
        "1.2.26",
        "31.12.25",
        "12 34 56",
        "'01001",
        "1,2,3",
        "1,234,5",
        "1.234.5",
        "2 5",
    ],
)
def test_digits_in_other_groups_than_thousands_are_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    ("text", "number"),
    [("12,34,567.50", "1234567.50"), ("1\u2019234.50", "1234.50"), ("1\u202f234,56", "1234.56"), ("1.234,567", "1234.567"),
     ("R$ -5,00", "-5.00"), ("- 5", "-5"), ("1 234 567,8", "1234567.8")],
)  # fmt: skip
def test_thousands_of_every_country_are_read(text: str, number: str) -> None:
    assert str(parse_number(text)) == number


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    ("heading", "samples", "kind"),
    [
        ("Postal code", ["10115", "80331"], FieldType.TEXT),
        ("PLZ", ["10115"], FieldType.TEXT),
        ("CEP", ["20040002"], FieldType.TEXT),
        ("Customer ID", ["7233456789012"], FieldType.TEXT),
        ("CountryCode", ["34"], FieldType.TEXT),
        ("Phone 2", ["911234567"], FieldType.TEXT),
        ("Home phone", ["911 234 567"], FieldType.TEXT),
        ("Total Orders", ["3"], FieldType.NUMBER),
        ("Points", ["3", "1,5"], FieldType.NUMBER),
        ("Price", ["1.000", "2.500"], FieldType.TEXT),
        ("Price", ["1.000", "2.500,50"], FieldType.NUMBER),
        ("Version", ["1.2.3", "1.10.0"], FieldType.TEXT),
        ("Since", ["31.12.25"], FieldType.TEXT),
    ],
)
def test_what_is_no_amount_becomes_a_text(
    heading: str, samples: list[str], kind: FieldType
) -> None:
    assert infer_type(samples, heading) is kind


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2/13/1990", "5/1/2026 2:30 PM"], DateOrder.MONTH_FIRST),
        (["13/2/1990", "5/1/2026"], DateOrder.DAY_FIRST),
        (["2/13/1990", "13/2/1990"], DateOrder.DAY_FIRST),
        (["1/2/1990", "x", ""], DateOrder.DAY_FIRST),
    ],
)
def test_days_that_can_be_nothing_else_tell_the_order(cells: list[str], order: DateOrder) -> None:
    assert guess_order(cells) is order
