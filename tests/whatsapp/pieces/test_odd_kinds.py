"""A message with an unreadable type is what its part says; no text is lost with a wrapper."""

from typing import Any

import pytest

from services.receiving.wishes import asks
from tests.deliveries import MESSAGES, as_bytes, envelope, message, value
from whatsapp.pieces import parse
from whatsapp.webhooks import Inbound

pytestmark = pytest.mark.fault("A2")

SAID = {"text": {"body": "STOP"}}
TAPPED = {"button": {"payload": "STOP:41", "text": "Nein danke"}}
CHOSEN = {
    "interactive": {"type": "button_reply", "button_reply": {"id": "STOP:41", "title": "Enough"}}
}


def read(item: dict[str, Any]) -> Inbound:
    [found] = parse(as_bytes(envelope(("messages", value(messages=[item]))))).inbound
    return found


def bare(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = message("text", 1)
    del found["text"], found["type"]
    return found | part | more


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    ("item", "kind", "body"),
    [
        (bare(SAID), "text", "STOP"),
        (bare(SAID, type=None), "text", "STOP"),
        (bare(SAID, type="TEXT"), "text", "STOP"),
        (bare(SAID, type=["text"]), "text", "STOP"),
        (bare(SAID, type={"a": 1}), "text", "STOP"),
        (bare(SAID, type="unknown"), "text", "STOP"),
        (bare(SAID, type="image"), "text", "STOP"),
        (bare(SAID, type="x" * 5000), "text", "STOP"),
        (bare({"text": [SAID["text"]]}, type="text"), "text", "STOP"),
        (bare({"text": "STOP"}, type="text"), "text", "STOP"),
        (bare({"button": "Stop promotions"}, type="button"), "button", "Stop promotions"),
        (bare({"button": [TAPPED["button"]]}), "button", "Nein danke"),
        (bare(TAPPED, type=7), "button", "Nein danke"),
        (bare(CHOSEN, type=""), "interactive", "Enough"),
        (
            bare({"interactive": {"button_reply": {"id": "STOP:4", "title": "No"}}}),
            "interactive",
            "No",
        ),
        (
            bare({"interactive": {"type": "button", "list_reply": {"title": "Unsubscribe"}}}),
            "interactive",
            "Unsubscribe",
        ),
    ],
)
def test_words_and_wishes_are_read_whatever_stands_around_them(
    item: dict[str, Any], kind: str, body: str
) -> None:
    found = read(item)
    assert (found.kind, found.body) == (kind, body)
    assert asks(found) is not None


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in {"flow", "unsupported"}])
def test_every_documented_part_tells_its_kind(name: str) -> None:
    whole = message(name, 1)
    less = {key: part for key, part in whole.items() if key != "type"}
    found = read(less)
    assert found.kind == (name if name != "hologram" else "unknown")
    if name != "hologram":
        assert (found.body, found.claim) == (read(whole).body, read(whole).claim)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (bare({"hologram": {"z": 1}}, type="hologram"), "hologram"),
        (bare(SAID | {"hologram": {"z": 1}}, type="hologram"), "hologram"),
        (bare(SAID | TAPPED), "unknown"),
        (bare(SAID, type="unsupported"), "unsupported"),
        (bare({}, type="text"), "text"),
        (bare({}), "unknown"),
        (bare(SAID | {"image": {"id": "7"}}, type="image"), "image"),
    ],
)
def test_what_is_not_certain_stays_as_it_was_told(item: dict[str, Any], kind: str) -> None:
    assert read(item).kind == kind
