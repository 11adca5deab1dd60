import pytest

from domain.contacts import CustomField, FieldType
from domain.template_slots import slots
from domain.variables import suggest

FIELDS = [
    CustomField("first_name", "First name", FieldType.TEXT),
    CustomField("order_no", "Order no", FieldType.TEXT),
]


def guessed(text: str, parameter_format: str = "POSITIONAL") -> dict[str, str]:
    found = slots([{"type": "BODY", "text": text}], parameter_format)
    return {key: value.field for key, value in suggest(found, FIELDS, text).items()}


def test_names_that_agree_are_mapped() -> None:
    text = "Dear {{first_name}}, order {{order_no}} is at {{place}}."
    assert guessed(text, "NAMED") == {
        "body.first_name": "name:first",
        "body.order_no": "order_no",
        "body.place": "",
    }


def test_a_label_and_a_word_for_the_name_are_recognised() -> None:
    assert guessed("Hello {{customer_name}}!", "NAMED") == {"body.customer_name": "name"}


def test_whoever_is_greeted_is_greeted_by_name() -> None:
    assert guessed("Hi {{1}}, take {{2}} off.") == {"body.1": "name:first", "body.2": ""}
    assert guessed("¡Hola {{1}}!") == {"body.1": "name:first"}


def test_a_number_without_a_greeting_is_nobody_s_name() -> None:
    assert guessed("Order {{1}} is ready.") == {"body.1": ""}


def test_links_and_files_are_never_guessed() -> None:
    parts = [
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Go", "url": "https://x/{{1}}"}]}
    ]
    found = slots(parts, "POSITIONAL")
    assert [value.field for value in suggest(found, FIELDS, "").values()] == [""]


@pytest.mark.fault("B6")
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("first_name", "name:first"),
        ("firstname", "name:first"),
        ("vorname", "name:first"),
        ("last_name", "name:last"),
        ("apellido", "name:last"),
        ("name", "name"),
        ("full_name", "name"),
        ("customer_name", "name"),
        ("phone", "phone"),
        ("language", "language"),
    ],
)
def test_a_person_s_own_name_comes_before_a_field_called_so(name: str, field: str) -> None:
    found = slots([{"type": "BODY", "text": f"Dear {{{{{name}}}}}"}], "NAMED")
    own = [
        CustomField("first_name", "First name", FieldType.TEXT),
        CustomField("x", name, FieldType.TEXT),
    ]
    assert suggest(found, own, "")[f"body.{name}"].field == field
