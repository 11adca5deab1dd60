"""Parameters of a call, wherever they are: Graph accepts each in the address, in JSON and in a form."""

from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from simulator.errors import GraphError
from simulator.readings import json_of

_FORMS = (b"application/x-www-form-urlencoded", b"multipart/form-data")


class Parts(NamedTuple):
    """Where parameters can be."""

    body: bytes
    kind: bytes = b""
    query: bytes = b""

    @property
    def plain(self) -> bool:
        """Whether it is JSON and nothing else, and no proof is in it."""
        if self.query or b"appsecret_proof" in self.body:
            return False
        return not self.kind or not self.kind.lower().startswith(_FORMS)


def fields_of(parts: Parts) -> dict[str, Any]:
    """All parameters together; the body's take precedence over the address's."""
    fields = _decoded(parts.query)
    kind = parts.kind.lower()
    if kind.startswith(_FORMS[0]):
        return fields | _decoded(parts.body)
    if kind.startswith(_FORMS[1]):
        return fields | _of_multipart(parts)
    return fields | json_object(parts.body) if parts.body else fields


def json_object(raw: bytes, read: Callable[[bytes], Any] = json_of) -> dict[str, Any]:
    """The JSON object in a request body."""
    try:
        payload = read(raw)
    except ValueError:
        raise GraphError(100, message="(#100) The request body is not valid JSON.") from None
    if not isinstance(payload, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object.")
    return payload


def read_text(value: str) -> Any:
    """A parameter as text: objects and lists are JSON in it."""
    if value[:1] in ("{", "["):
        try:
            return json_of(value)
        except ValueError:
            return value
    return value


def _decoded(pairs: bytes) -> dict[str, Any]:
    texts = parse_qsl(pairs.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: read_text(value) for name, value in texts}


def _of_multipart(parts: Parts) -> dict[str, Any]:
    head = b"Content-Type: " + parts.kind + b"\r\n\r\n"
    try:
        whole: EmailMessage = BytesParser(policy=HTTP).parsebytes(head + parts.body)
    except RecursionError:  # forms within forms within forms
        raise GraphError(100, message="(#100) The form is nested too deeply.") from None
    fields: dict[str, Any] = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(raw, bytes):
            fields[name] = read_text(raw.decode("utf-8", "replace"))
    return fields
