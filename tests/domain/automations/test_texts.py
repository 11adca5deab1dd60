import json

import pytest

from domain.automations import texts
from domain.automations.contents import (
    Button,
    Buttons,
    Card,
    Limits,
    Link,
    List,
    Location,
    Media,
    Row,
    Text,
)
from domain.automations.states import Value
from tests.graphs import MADRID, facts

VALUES = {"contact.name": "Ana", "answer.size": "large", "answer.odd": 'a "b" \\ c'}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {{contact.name}}!", "Hi Ana!"),
        ("Hi {{ contact.name }}, {{answer.size|none}}", "Hi Ana, large"),
        ("Hi {{contact.first_name|there}}", "Hi there"),
        ("Hi {{contact.first_name}}", "Hi "),
        ("{{contact.unknown | some one }}", "some one"),
        ("{{secret.KEY}}", ""),
        ("{{something.else}} {{ }} {{contact.name", "{{something.else}} {{ }} {{contact.name"),
        ("{{{{contact.name}}}}", "{{Ana}}"),
    ],
)
def test_variables_are_filled_in(text: str, filled: str) -> None:
    assert texts.fill(text, VALUES) == filled


def test_what_somebody_wrote_is_never_expanded() -> None:
    values = {"answer.a": "{{answer.b}} {{secret.KEY}}", "answer.b": "{{answer.a}}"}

    assert texts.fill("{{answer.a}}", values) == "{{answer.b}} {{secret.KEY}}"
    assert texts.fill("{{answer.none|x}}{{answer.b}}", values) == "x{{answer.a}}"


def test_a_half_variable_of_the_author_does_not_join_with_a_value() -> None:
    assert texts.fill("{{contact{{answer.a}}", {"answer.a": ".name}}"}) == "{{contact.name}}"


def test_names_are_listed_with_their_defaults() -> None:
    found = texts.names("{{contact.name|x}} and {{answer.a}}")

    assert [(one.whole, one.default) for one in found] == [
        ("contact.name", "x"),
        ("answer.a", None),
    ]


def test_values_hold_halves_of_the_name_and_what_the_contact_has() -> None:
    now = facts(fields={"name": "Ana Maria Silva", "vip": True}, zone=MADRID, language="pt_BR")

    found = texts.values(now, {"n": "5", "ok": False})

    assert found["contact.first_name"] == "Ana"
    assert found["contact.last_name"] == "Maria Silva"
    assert found["contact.vip"] == "true"
    assert found["contact.language"] == "pt_BR"
    assert found["contact.timezone"] == "Europe/Madrid"
    assert (found["answer.n"], found["answer.ok"]) == ("5", "false")


def test_characters_that_no_message_may_hold_are_left_out() -> None:
    found = texts.values(facts(), {"a": "x\x00y\x1b\ud800z\n👍"})

    assert found["answer.a"] == "xyz\n👍"


def test_a_secret_is_revealed_only_where_the_author_named_it() -> None:
    values = {"answer.a": "{{secret.KEY}}\x00KEY\x00"}
    filled = texts.fill_header(
        "Bearer {{secret.KEY}} {{answer.a}}", texts.values(facts(), {"a": values["answer.a"]})
    )

    assert texts.secrets(filled) == {"KEY"}
    assert texts.reveal(filled, {"KEY": "s3"}) == "Bearer s3 {{secret.KEY}}KEY"
    assert texts.reveal(filled, {}) == "Bearer  {{secret.KEY}}KEY"


def test_a_value_adds_no_line_to_a_header() -> None:
    assert texts.fill_header("a {{answer.a}}", {"answer.a": "x\r\nCookie: y"}) == "a x Cookie: y"


def test_a_value_stays_one_part_of_an_address() -> None:
    url = texts.fill_url(
        " https://a.test/{{answer.a}}?q={{answer.a}} ", {"answer.a": "x/../y&z=1#é"}
    )

    assert url == "https://a.test/x%2F..%2Fy%26z%3D1%23%C3%A9?q=x%2F..%2Fy%26z%3D1%23%C3%A9"


@pytest.mark.parametrize(
    "value", ['a "b" \\ c', "5", "true", "", "{{answer.x}}", "1e5", '1, "x": 2', "007", "é\n"]
)
def test_a_value_stays_one_value_of_a_json_body(value: str) -> None:
    body = texts.fill_body(
        '{"a": "<{{answer.a}}>", "b": {{answer.a}}, "c": "\\"{{answer.a}}"}', {"answer.a": value}
    )

    found = json.loads(body)
    assert set(found) == {"a", "b", "c"}
    assert found["a"] == f"<{value.strip()}>"
    assert found["c"] == f'"{value.strip()}'
    assert found["b"] == {"5": 5, "true": True, "": None}.get(value, value.strip())


def test_other_bodies_are_plain_text() -> None:
    assert texts.fill_body("{{answer.odd}}", VALUES) == 'a "b" \\ c'
    assert texts.fill_body("a={{answer.odd}}", VALUES) == 'a=a "b" \\ c'


def test_messages_are_cut_to_what_whatsapp_takes() -> None:
    long = {"answer.a": "x" * 5000}
    text = texts.fill_content(Text(text="{{answer.a}}"), long)
    buttons = texts.fill_content(
        Buttons(
            text="{{answer.a}}",
            header="{{answer.a}}",
            footer="{{answer.a}}",
            buttons=(Button(id="a", title="{{answer.a}}"),),
        ),
        long,
    )

    assert isinstance(text, Text)
    assert isinstance(buttons, Buttons)
    assert text.text == "x" * (Limits.TEXT - 1) + "…"
    assert len(buttons.text) == Limits.INTERACTIVE_TEXT
    assert len(buttons.header) == len(buttons.footer) == 60
    assert len(buttons.buttons[0].title) == Limits.BUTTON_TITLE
    assert buttons.buttons[0].id == "a"


def test_every_kind_of_message_is_filled() -> None:
    name = "{{contact.name}}"
    kinds = (
        Text(text=name),
        Media(kind="document", link="https://a.test/{{contact.name}}", caption=name, filename=name),
        List(
            text=name, button=name, rows=(Row(id="{{contact.name}}", title=name, description=name),)
        ),
        Link(text=name, label=name, url="https://a.test/{{contact.name}}"),
        Location(latitude="1", longitude="2", name=name, address=name),
        Card(name=name, phone=name, organization=name),
    )

    filled = [texts.fill_content(one, VALUES) for one in kinds]

    assert [type(one) for one in filled] == [type(one) for one in kinds]
    assert [one.kind for one in filled] == [one.kind for one in kinds]
    rows = next(one.rows for one in filled if isinstance(one, List))
    assert rows == (Row(id="{{contact.name}}", title="Ana", description="Ana"),)
    assert "{{contact" not in str([one for one in filled if not isinstance(one, List)])


@pytest.mark.parametrize(
    ("content", "empty"),
    [
        (Text(text=" \n"), True),
        (Text(text="a"), False),
        (Buttons(text=""), True),
        (Media(), True),
        (Media(link="https://example.com/a.jpg"), False),
        (Location(latitude="1"), True),
        (Location(latitude="1", longitude="2"), False),
        (Card(name="a"), True),
        (Card(name="a", email="b"), False),
    ],
)
def test_a_message_can_say_nothing(content: Text, empty: bool) -> None:
    assert texts.says_nothing(content) is empty


def test_days_in_answers_are_said_in_words_and_programs_get_them_as_stored() -> None:
    now = facts(day=lambda day: f"the {day[8:]}th")
    answers: dict[str, Value] = {
        "day": "2026-12-24",
        "odd": "2026-13-45",
        "vip": True,
        "code": "12026-12-24",
    }

    said, stored = texts.spoken(now, answers), texts.values(now, answers)

    text = texts.fill("{{answer.day}} {{answer.odd}} {{answer.vip}} {{answer.code}}", said)
    assert text == "the 24th 2026-13-45 true 12026-12-24"
    link = Link(text="{{answer.day}}", label="Book", url="https://a.test/?on={{answer.day}}")
    filled = texts.fill_content(link, said, stored)
    assert filled == Link(text="the 24th", label="Book", url="https://a.test/?on=2026-12-24")


def test_coordinates_are_numbers_also_where_decimals_have_a_comma() -> None:
    said, stored = {"contact.lat": "40,4", "contact.n": "A"}, {"contact.lat": "40.4"}
    place = Location(latitude="{{contact.lat}}", longitude="{{contact.lat}}", name="{{contact.n}}")

    assert texts.fill_content(place, said, stored) == Location(
        latitude="40.4", longitude="40.4", name="A"
    )
