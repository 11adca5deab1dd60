"""HEAD wherever GET is: the same answer without its body, as monitors and proxies ask for it."""

from starlette.types import Message, Scope, Send


def as_get(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """The request as routes know it, and where their answer goes: only its head leaves.

    A copy, because the server goes by the method in its own scope. Its ``receive`` says that nobody
    is there any more once the answer has ended, so a download stops being made. The transaction is
    rolled back (``deps.discard``): whoever only asks for the head has exported and read nothing.
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
