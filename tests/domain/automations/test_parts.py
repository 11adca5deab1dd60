"""What the parts of steps are called."""

import pytest

from api.wording import SENTENCES, say
from domain.automations import parts


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("messages.0.text", "Text"), ("messages.1.text", "Text of message 2"), ("ask.buttons.0.title", "Button 1"),
        ("messages.2.rows.9.title", "Row 10 of message 3"), ("cases.1.words", "Words of branch 2"), ("label", "Label"),
        ("messages.0.label", "Button"), ("words.3", "Words"), ("title", "Title"), ("messages", "Messages"),
        ("hours.days.mon", "mon"), ("", ""),
    ],
)  # fmt: skip
def test_a_field_is_named_as_on_its_form(path: str, name: str) -> None:
    assert say(parts.named(path)) == name


def test_every_part_has_a_name() -> None:
    assert {f"automation_part.{leaf}" for leaf in parts.NAMED} <= SENTENCES.keys()
