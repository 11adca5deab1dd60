"""Headers of many languages find their place; mappings are checked."""

import pytest

from domain.columns import looks_like_header
from domain.contacts import CustomField, FieldType
from domain.errors import Invalid
from domain.imports import (
    ImportOptions,
    UpdatePolicy,
    check_mapping,
)
from domain.mappings import detect_mapping

CITY = CustomField("city", "Cidade", FieldType.TEXT)


@pytest.mark.parametrize(
    ("headers", "mapping"),
    [
        (["Name", "Phone Number", "City"], ["name", "phone", "field:city"]),
        (["Nome", "Celular", "Cidade"], ["name", "phone", "field:city"]),
        (["Nombre", "Apellidos", "Teléfono"], ["first_name", "last_name", "phone"]),
        (["Vorname", "Nachname", "Handynummer"], ["first_name", "last_name", "phone"]),
        (["Prénom", "Nom", "Téléphone"], ["first_name", "last_name", "phone"]),
        (["ФИО", "Телефон"], ["name", "phone"]),
        (["الاسم", "هاتف"], ["name", "phone"]),
        (["姓名", "手机"], ["name", "phone"]),
        (["FULL_NAME", "WhatsApp", "opt-in"], ["name", "phone", "consent"]),
        (["Phone", "Mobile"], ["phone", ""]),
    ],
)
def test_headers_are_recognised(headers: list[str], mapping: list[str]) -> None:
    assert detect_mapping(headers, [], [CITY]) == mapping


@pytest.mark.fault("8B3")
@pytest.mark.parametrize(
    ("headers", "names", "mapping"),
    [
        (["Name", "First name"], [("Ana Ruiz", "Ana"), ("Bia Lima", "Bia")], ["name", ""]),
        (["Nombre", "Apellidos"], [("Ana Ruiz Gil", "Ruiz Gil"), ("Bia", "")], ["name", ""]),
        (["Name", "Vorname"], [("Ruiz", "Ana"), ("Bia", "Bia")], ["last_name", "first_name"]),
        (["Name", "First name"], [("", "Ana")], ["last_name", "first_name"]),
    ],
)
def test_a_name_that_holds_both_halves_is_the_whole(
    headers: list[str], names: list[tuple[str, str]], mapping: list[str]
) -> None:
    assert detect_mapping(headers, names, []) == mapping


def test_without_a_known_header_the_column_of_numbers_is_the_phone() -> None:
    samples = [["Ana", "+55 11 98765-4321", "12"], ["Bia", "(11) 98765-4322", "13"]]
    assert detect_mapping(["a", "b", "c"], samples, []) == ["", "phone", ""]


def test_a_first_row_with_a_number_is_no_header() -> None:
    assert looks_like_header(["Name", "Phone"])
    assert not looks_like_header(["Ana", "+5511987654321"])


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (["name", ""], "mapping_phone"),
        (["phone", "phone"], "mapping_twice"),
        (["phone"], "mapping_width"),
        (["phone", "field:gone"], "mapping_target"),
        (["phone", "new:enum"], "mapping_target"),
        (["phone", "password"], "mapping_target"),
    ],
)
def test_mappings_are_checked(mapping: list[str], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_mapping(mapping, 2, frozenset({"city"}))
    assert refusal.value.code == code


def test_several_new_fields_are_fine() -> None:
    check_mapping(["phone", "new:text", "new:text", "", "", "field:city"], 6, frozenset({"city"}))


def test_options_survive_storage() -> None:
    options = ImportOptions(headers=["a"], policy=UpdatePolicy.SKIP, new_group="VIP")
    assert ImportOptions.from_json({**options.to_json(), "of_a_later_release": 1}) == options
