"""The block list of a number: only people who wrote in the last 24 hours can be added."""

from typing import Any

from starlette.responses import Response

from simulator.drafts import OF_EVERY_CALL
from simulator.errors import TABLE, GraphError
from simulator.graph.call import Call, reply
from simulator.graph.numbers import number_of
from simulator.graph.paging import asked_page, paging
from simulator.identifiers import number_of_user
from simulator.phone_numbers import recipient_digits
from simulator.readings import text_of
from simulator.shapes import an_object, objects, only
from simulator.world import Number

AT_ONCE = 1_000
MOST = 64_000
_WRONG_USER, _SELF, _NOT_WRITTEN, _FULL = 131009, 131021, 131047, 139101
_DETAILS = {
    _WRONG_USER: "The user is not a phone number of WhatsApp.",
    _SELF: "A business cannot block itself.",
    _NOT_WRITTEN: "Only users who messaged the business in the last 24 hours can be blocked.",
    _FULL: "The block list is full.",
}


async def list_blocked(call: Call) -> Response:
    """`GET /{PHONE}/block_users`, in pages."""
    blocked = sorted(number_of(call).block_list)
    page = asked_page(blocked, blocked, call.query)
    data = [{"messaging_product": "whatsapp", "wa_id": digits} for digits in page.items]
    return reply({"data": data, **paging(call, "block_users", call.query, page)})


async def change_blocked(call: Call) -> Response:
    """`POST` and `DELETE /{PHONE}/block_users`: each user separately, with failures listed next to the rest."""
    number, fields = number_of(call), await call.fields()
    only(fields, OF_EVERY_CALL | {"messaging_product", "block_users"}, "block_users")
    if fields.get("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")
    users = objects(fields.get("block_users"), "block_users")
    if not 1 <= len(users) <= AT_ONCE:
        raise GraphError(100, message="(#100) The parameter block_users has 1 to 1,000 users.")
    adding = call.request.method == "POST"
    changed: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for user in users:
        an_object(user, "block_users[]", ("user", "user_id"))
        raw = text_of(user.get("user")) or text_of(user.get("user_id"))
        _change(call, number, raw, adding, changed, failed)
    return _answer("added_users" if adding else "removed_users", changed, failed)


def _change(
    call: Call,
    number: Number,
    raw: str,
    adding: bool,
    changed: list[dict[str, Any]],
    failed: list[dict[str, Any]],
) -> None:
    digits = recipient_digits(raw) or number_of_user(raw)
    code = _refusal(call, number, digits) if adding else _WRONG_USER * (digits is None)
    named = {"input": raw, **({"wa_id": digits} if digits else {})}
    if code:
        title = TABLE[code][1]
        error = {"message": title, "code": code, "error_data": {"details": _DETAILS[code]}}
        failed.append({**named, "errors": [error]})
        return
    assert digits is not None
    (number.block_list.add if adding else number.block_list.discard)(digits)
    changed.append(named)


def _refusal(call: Call, number: Number, digits: str | None) -> int:
    """Why somebody cannot be blocked, or 0."""
    if digits is None:
        return _WRONG_USER
    if digits == number.digits:
        return _SELF
    people = call.world.people
    customer = people.find(digits)
    if customer is None or not people.window_open(customer, number.index, call.now):
        return _NOT_WRITTEN
    return _FULL if len(number.block_list) >= MOST else 0


def _answer(key: str, changed: list[dict[str, Any]], failed: list[dict[str, Any]]) -> Response:
    users: dict[str, Any] = {key: changed}
    body: dict[str, Any] = {"messaging_product": "whatsapp", "block_users": users}
    if not failed:
        return reply(body)
    users["failed_users"] = failed
    error = GraphError(139100, "Failed to block some users, see the block_users response list.")
    return reply({**body, "error": error.shape()}, error.status)
