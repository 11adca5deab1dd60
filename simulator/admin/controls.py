"""Knobs, webhook checks, template states and the account data for the phone page."""

from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from simulator.account import NumberState, change_number, entry_of
from simulator.account import change_account as change_state
from simulator.admin.answers import body_of, json_answer
from simulator.catalog import STATES
from simulator.engine import engine_of
from simulator.graph.templates import set_status
from simulator.personas import BY_ENDING
from simulator.readings import text_of


async def get_knobs(request: Request) -> Response:
    """`GET /_sim/knobs`."""
    return json_answer(engine_of(request).world.knobs.model_dump(mode="json"))


async def change_knobs(request: Request) -> Response:
    """`PATCH /_sim/knobs`: only the knobs named change."""
    world = engine_of(request).world
    try:
        world.apply(world.knobs.patched(await body_of(request)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HTTPException(422, f"{where}: {first['msg']}") from None
    return json_answer(world.knobs.model_dump(mode="json"))


async def verify(request: Request) -> Response:
    """`POST /_sim/verify`: the GET handshake with the app's callback."""
    engine = engine_of(request)
    verified = await engine.verify()
    return json_answer(
        {
            "verified": verified,
            "callback_url": engine.world.callback_url,
            "error": None if verified else engine.pump.last_error,
        }
    )


async def ping_webhook(request: Request) -> Response:
    """`POST /_sim/ping_webhook`: one signed, empty webhook and the receiver's answer."""
    return json_answer(await engine_of(request).ping())


async def change_template_state(request: Request) -> Response:
    """`POST /_sim/templates/{id}/status` with `{"status", "reason"?}`, webhook included."""
    engine = engine_of(request)
    body = await body_of(request)
    template = engine.world.catalog.by_id.get(request.path_params["template"])
    if template is None:
        raise HTTPException(404, "No such template.")
    status = text_of(body.get("status")).upper()
    if status not in STATES:
        raise HTTPException(422, f"status must be one of {', '.join(sorted(STATES))}.")
    set_status(engine, template, status, text_of(body.get("reason", "NONE")))
    return json_answer(template.node())


async def change_account(request: Request) -> Response:
    """`PATCH /_sim/account`: Meta's view of the account or a number; sends webhooks."""
    engine = engine_of(request)
    world = engine.world
    changes = await body_of(request)
    identifier = text_of(changes.pop("number", "")) or world.numbers[0].id
    number = world.numbers_by_id.get(identifier)
    if number is None:
        raise HTTPException(404, "No such number.")
    own = {key: changes.pop(key) for key in list(changes) if key in NumberState.model_fields}
    try:
        told = change_number(number, own, world.clock.now())
        told += change_state(world, changes)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HTTPException(422, f"{where}: {first['msg']}") from None
    world.write_account()
    for field, value in told:
        engine.pump.tell(field, value, entry_of(world, field, value))
    return await get_account(request)


async def tell(request: Request) -> Response:
    """`POST /_sim/webhooks` with `{"field", "value"}`: any webhook about the account, as Meta would send it."""
    engine = engine_of(request)
    body = await body_of(request)
    field, value = body.get("field"), body.get("value")
    if not isinstance(field, str) or not field.isidentifier() or not isinstance(value, dict):
        raise HTTPException(422, "field must be the name of a webhook field, value an object.")
    engine.pump.tell(field, value, entry_of(engine.world, field, value))
    engine.turn_now()
    return json_answer({"success": True})


async def get_account(request: Request) -> Response:
    """`GET /_sim/account`: ids and names without secrets, and the personas by number ending."""
    world = engine_of(request).world
    config = world.config
    numbers: list[dict[str, Any]] = [
        {
            "id": number.id,
            "digits": number.digits,
            "display_number": number.config.display_number,
            "name": number.config.verified_name,
            **number.state.model_dump(mode="json"),
        }
        for number in world.numbers
    ]
    return json_answer(
        {
            "app_id": config.app_id,
            "waba_id": config.waba_id,
            "waba_name": config.waba_name,
            "state": world.account.model_dump(mode="json"),
            "numbers": numbers,
            "personas": {ending: persona.value for ending, persona in BY_ENDING.items()},
        }
    )
