"""HEAD for every GET route: the same response without a body, for monitors and proxies."""

from starlette.types import Message, Scope, Send


def as_get(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """The request as GET for routes, and a ``send`` that passes on only the head.

    A copy, because the server relies on the method in its own scope. ``receive`` reports a disconnect once the response
    has ended, so that a download stops being generated. The transaction is rolled back (``deps.discard``): asking for
    the head exports and reads nothing.
    """
    ended = False

    async def head_only(message: Message) -> None:
        nonlocal ended
        if message["type"] == "http.response.start":
            await send(message)
        elif not ended:
            ended = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    state = {**scope.get("state", {}), "discarded": True}
    return {**scope, "method": "GET", "state": state}, head_only
