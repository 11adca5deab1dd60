"""Query parameters: those a route declares, and the refusal of any other.

One that is ignored widens the answer: a misspelt filter would return everything. Pages leave it out and say
so (``web.ignored``); programs and files get an error naming it. Public routes accept any: a callback address may have
its own query, and Meta's deliveries to it must not be lost.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext
from pydantic import BaseModel
from starlette.types import Scope

from api.security import permissions_of
from domain.errors import Invalid
from domain.permissions import Permission
from domain.sentences import Sentence

PROGRAMS = "/api/"
FILES = ".csv"
LONGEST = 60
"""Most characters that are quoted of a parameter nobody knows."""


def require_known(scope: Scope, route: RouteContext) -> None:
    """Invalid, naming each query parameter that a route of the API, or of a file, does not declare."""
    path: str = scope["path"]
    dependant: Dependant | None = getattr(route, "dependant", None)
    if dependant is None or not (path.startswith(PROGRAMS) or path.endswith(FILES)):
        return
    query = scope.get("query_string", b"").decode("latin-1")
    sent = {name for name, _value in parse_qsl(query, keep_blank_values=True)}
    if not sent or Permission.PUBLIC in permissions_of(route):
        return
    if unknown := sent - {name for field in fields_of(dependant) for name in names_of(field)}:
        said = Sentence("value_unknown.parameter")
        raise Invalid("invalid", fields={name[:LONGEST]: said for name in sorted(unknown)})


def fields_of(dependant: Dependant) -> Iterator[Any]:
    """Every query parameter of a route, including its dependencies'."""
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from fields_of(inner)


def names_of(field: Any) -> Iterator[str]:
    """A parameter's names in an address; for a model, all of its fields'."""
    kind = field.field_info.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, inner in kind.model_fields.items():
            yield inner.alias or name
    else:
        yield field.alias
