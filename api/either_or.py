"""Which parts a message needs for its type and recipient, for the OpenAPI description."""

from pydantic.config import JsonDict, JsonValue

MEDIA: list[JsonValue] = ["image", "video", "audio", "document", "sticker"]


def _with(kinds: list[JsonValue], part: str) -> JsonDict:
    """A message of one of these types has that part; the default type is text."""
    needed: list[JsonValue] = [part] if part == "text" else ["type", part]
    return {
        "properties": {"type": {"enum": kinds}, part: {"type": "object"}},
        "required": needed,
    }


EITHER_OR: JsonDict = {
    "allOf": [
        {
            "anyOf": [
                _with(["text"], "text"),
                _with(["template"], "template"),
                _with(MEDIA, "media"),
            ]
        },
        {
            "anyOf": [
                {
                    "properties": {"contact_id": {"type": "string"}, "to": {"maxLength": 0}},
                    "required": ["contact_id"],
                },
                {
                    "properties": {"contact_id": {"type": "null"}, "to": {"minLength": 1}},
                    "required": ["to"],
                },
            ]
        },
    ]
}
"""The checks of ``MessageIn``, for the OpenAPI description."""
