"""Being a customer over HTTP: list, thread, write, tap, read, stop marketing."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from simulator.admin.answers import body_of, digits_in, digits_of, integer, json_answer
from simulator.bubbles import preview, thread
from simulator.engine import Engine, engine_of
from simulator.identifiers import number_of_user
from simulator.kinds import MEDIA_TYPES, MOVES, Wrong, beside, whole
from simulator.ledger import INBOUND_CODE
from simulator.people import HELD_BY_PERSON
from simulator.phone_numbers import pretty
from simulator.readings import text_of
from simulator.statuses import STATUS_NAMES
from simulator.wheel import READ
from simulator.world import World

SEARCHED = 2_000


def card(world: World, customer: int) -> dict[str, Any]:
    """A customer as the phone page lists them."""
    people, ledger = world.people, world.ledger
    digits, row = people.numbers[customer], people.last[customer]
    number = ledger.numbers[row] if row >= 0 else 0
    shown: dict[str, Any] = {
        "phone": digits,
        "display": pretty(digits),
        "name": people.name(customer),
        "user_id": people.profile(customer).user_id,
        "persona": people.persona(customer).value,
        "marketing_stopped": people.marketing_stopped(customer),
        "window_until": people.windows.get(customer << 8 | number, 0) + 86_400,
        "last": None,
    }
    if row >= 0:
        inbound = ledger.codes[row] == INBOUND_CODE
        shown["last"] = {
            "text": preview(world, row),
            "time": ledger.moments[row],
            "from": "customer" if inbound else "business",
            "state": STATUS_NAMES[ledger.states[row]],
            "unread": not inbound and ledger.states[row] < READ,
        }
    return shown


async def list_customers(request: Request) -> Response:
    """`GET /_sim/customers?query=&limit=`, the most recently active first."""
    world, names = engine_of(request).world, engine_of(request).names
    limit = integer(request, "limit", 50, 500)
    query = request.query_params.get("query", "")
    await names.learn(world.people.search("", SEARCHED) if query else [])
    found = world.people.search(query, limit)
    await names.learn(found)
    return json_answer(
        {"customers": [card(world, customer) for customer in found], "version": world.watch.version}
    )


async def save_customer(request: Request) -> Response:
    """`PUT /_sim/customers/{phone}` with `{"name"?}`: starts or renames a customer played by a person."""
    engine = engine_of(request)
    people = engine.world.people
    customer = people.obtain(digits_in(request))
    name = text_of((await body_of(request)).get("name")).strip()[:100]
    if name:
        people.names[customer] = name
    people.flags[customer] |= HELD_BY_PERSON
    people.touch(customer)
    await engine.names.learn([customer])
    engine.customers.journal_person(customer)
    engine.world.watch.version += 1
    return json_answer(card(engine.world, customer))


async def get_thread(request: Request) -> Response:
    """`GET /_sim/customers/{phone}/thread?limit=`."""
    world = engine_of(request).world
    customer = world.people.find(digits_in(request))
    if customer is None:
        raise HTTPException(404, "Nobody with this number has talked to the business yet.")
    await engine_of(request).names.learn([customer])
    typing = world.typing.get(customer, 0.0) > world.clock.now()
    return json_answer(
        {
            "customer": card(world, customer),
            "messages": thread(world, customer, integer(request, "limit", 60, 1_000)),
            "typing": typing,
            "version": world.watch.version,
        }
    )


async def write_message(request: Request) -> Response:
    """`POST /_sim/customers/{phone}/messages`: `{"type", <type>: {...}}` and what goes with it.

    With it: `quoted`, `forwarded`, `referral`, `group`; and the `number` and `name` of who writes to whom.
    """
    engine = engine_of(request)
    digits, body = digits_in(request), await body_of(request)
    number = _number(engine, body)
    given = text_of(body.get("type", "text"))
    try:
        kind, value = whole(given, body.get(given))
        if kind in MEDIA_TYPES:
            value = _media_value(engine, kind, value)
        if kind == "system" and value["type"] in MOVES:
            value = {**value, "phone": _where_to(value, digits)}
        extra = beside(kind, body, number.digits)
    except Wrong as wrong:
        raise HTTPException(422, str(wrong)) from None
    customer = engine.world.people.obtain(digits)
    if name := text_of(body.get("name")).strip():
        engine.world.people.names[customer] = name[:100]
        engine.customers.journal_person(customer)
    await engine.names.learn([customer])
    if kind == "system":
        wamid = engine.customers.notify(digits, number, value)
    else:
        wamid = engine.customers.write(digits, number, kind, value, extra)
    engine.turn_now()
    return json_answer({"id": wamid})


def _where_to(notice: dict[str, Any], now: str) -> str:
    """The number somebody moves to, even if only their new user id is reported."""
    named = (text_of(notice.get(name)) for name in ("phone", "wa_id", "new_wa_id"))
    behind = number_of_user(text_of(notice.get("user_id")))
    digits = digits_of(next(filter(None, named), "") or behind or "")
    if digits == now:
        raise Wrong("This is the number that the customer has already.")
    return digits


def _number(engine: Engine, body: dict[str, Any]) -> Any:
    given = body.get("number")
    try:
        return engine.number(None if given in (None, "") else text_of(given) or "none")
    except KeyError:
        raise HTTPException(422, "number is not one of the business's number ids.") from None


_BESIDE_A_FILE = {
    "image": ("caption",),
    "video": ("caption",),
    "document": ("caption", "filename"),
    "audio": ("voice",),
    "sticker": (),
}


def _media_value(engine: Engine, kind: str, value: Any) -> Any:
    known = _BESIDE_A_FILE[kind]
    if value.get("caption") and "caption" not in known:
        raise Wrong(f"A message of type {kind} has no caption.")
    extra = {name: value[name] for name in known if value.get(name)}
    if not isinstance(extra.get("voice", True), bool):
        raise Wrong("voice must be true or false.")
    if not all(isinstance(extra.get(name, ""), str) for name in ("caption", "filename")):
        raise Wrong("caption and filename are texts.")
    return engine.customers.media_value(text_of(value.get("id")), kind, extra)


async def read_messages(request: Request) -> Response:
    """`POST /_sim/customers/{phone}/read`: the customer opens the chat."""
    engine = engine_of(request)
    count = engine.customers.read_all(digits_in(request))
    if count:
        engine.turn_now()
    return json_answer({"read": count})


async def set_marketing(request: Request) -> Response:
    """`POST /_sim/customers/{phone}/marketing` with `{"stopped": true}` or false."""
    engine = engine_of(request)
    digits = digits_in(request)
    stopped = (await body_of(request)).get("stopped")
    if not isinstance(stopped, bool):
        raise HTTPException(422, "stopped must be true or false.")
    engine.customers.set_marketing(digits, stopped=stopped)
    engine.turn_now()
    return json_answer({"marketing_stopped": stopped})
