"""Suggests pages whose address ends like an unknown one, as typed without its beginning."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.errors import JSON_PATHS
from api.security import Principal, guard_of

MOST = 3


def pages_ending(app: FastAPI, path: str, principal: Principal) -> list[str]:
    """Addresses of pages that this person may open and that end in ``path``."""
    wanted = path.rstrip("/")
    if not wanted.strip("/"):
        return []
    found = []
    for route in iter_route_contexts(app.routes):
        address = route.path or ""
        guard = guard_of(route)
        if (
            address.endswith(wanted)
            and "{" not in address
            and "GET" in (route.methods or ())
            and not address.startswith(JSON_PATHS)
            and guard is not None
            and principal.may(guard)
        ):
            found.append(address)
    return found[:MOST]
