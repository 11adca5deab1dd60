"""The call log, and counters for tests and benchmarks to compare with their own."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from simulator.admin.answers import integer, json_answer
from simulator.engine import Engine, engine_of
from simulator.ledger import CATEGORY_NAMES, INBOUND_CODE, SERVICE, UNANSWERED
from simulator.statuses import STATUS_NAMES
from simulator.world import World


def call_record(world: World, row: int) -> dict[str, Any]:
    """One call; `seq` counts from 1 and is the cursor."""
    ledger = world.ledger
    code, customer = ledger.codes[row], ledger.customers[row]
    callback = ledger.callbacks[row]
    to = world.people.numbers[customer] if customer >= 0 else ledger.recipients.get(row, "")
    record: dict[str, Any] = {
        "seq": row + 1,
        "time": ledger.moments[row],
        "monotonic": world.clock.monotonic(ledger.moments[row]),
        "phone_id": world.numbers[ledger.numbers[row]].id,
        "to": to,
        "biz_opaque_callback_data": orjson.loads(callback) if callback else None,
        "outcome": "accepted" if code == 0 else "rejected",
        "code": code,
        "wamid": world.ids.encode(row) if code == 0 else None,
    }
    if code == 0:
        record["state"] = STATUS_NAMES[ledger.states[row]]
        record["category"] = CATEGORY_NAMES[ledger.categories[row]]
        record["failure_code"] = ledger.failures.get(row)
        record["answered"] = not ledger.flags[row] & UNANSWERED
    return record


async def list_calls(request: Request) -> Response:
    """`GET /_sim/calls?after=&limit=&outcome=`: calls in order; page on `next`."""
    world = engine_of(request).world
    after = integer(request, "after", 0, 2**31)
    limit = integer(request, "limit", 1_000, 10_000)
    outcome = request.query_params.get("outcome")
    calls: list[dict[str, Any]] = []
    row = after
    while row < len(world.ledger) and len(calls) < limit:
        code = world.ledger.codes[row]
        row += 1
        if code == INBOUND_CODE or (outcome and (code == 0) != (outcome == "accepted")):
            continue
        calls.append(call_record(world, row - 1))
    more = row < len(world.ledger)
    return json_answer({"calls": calls, "next": row if more else None})


async def list_accepted(request: Request) -> Response:
    """`GET /_sim/accepted?after=&limit=&templates=`: `[phone, moment, unanswered]`, to count by; `end` is where it stops."""
    world = engine_of(request).world
    ledger, numbers = world.ledger, world.people.numbers
    after = integer(request, "after", 0, 2**31)
    end = min(len(ledger), after + integer(request, "limit", 10_000, 100_000))
    templates = request.query_params.get("templates") == "true"
    rows = [
        (numbers[ledger.customers[row]], ledger.moments[row], bool(ledger.flags[row] & UNANSWERED))
        for row in range(after, end)
        if ledger.codes[row] == 0 and not (templates and ledger.categories[row] == SERVICE)
    ]
    more = end < len(ledger)
    return json_answer({"accepted": rows, "next": end if more else None, "end": end})


async def list_inbound(request: Request) -> Response:
    """`GET /_sim/inbound?after=&limit=`: `[phone, moment, told]` of customers' messages.

    `told` is when a webhook with it was answered 200, null before.
    """
    world = engine_of(request).world
    ledger, numbers = world.ledger, world.people.numbers
    after = integer(request, "after", 0, 2**31)
    end = min(len(ledger), after + integer(request, "limit", 10_000, 100_000))
    rows = [
        (numbers[ledger.customers[row]], ledger.moments[row], ledger.told.get(row))
        for row in range(after, end)
        if ledger.codes[row] == INBOUND_CODE
    ]
    more = end < len(ledger)
    return json_answer({"inbound": rows, "next": end if more else None, "end": end})


def statistics(engine: Engine) -> dict[str, Any]:
    """Every counter; `doubles_*` count people or callback ids that were accepted more than once."""
    world, pump, ledger = engine.world, engine.pump, engine.world.ledger
    rejected = sum(ledger.rejected.values())
    return {
        "calls": ledger.accepted + rejected,
        "accepted": ledger.accepted,
        "unanswered": ledger.unanswered,
        "rejected": rejected,
        "rejected_by_code": {str(code): count for code, count in ledger.rejected.items()},
        "unique_recipients": world.people.unique,
        "doubles_by_recipient": world.people.doubles,
        "doubles_by_callback": ledger.doubles_by_callback,
        "inbound": len(ledger) - ledger.accepted - rejected,
        "max_in_any_second": {
            number.id: ledger.peaks.get(number.index, 0) for number in world.numbers
        },
        "first_accepted_at": ledger.first_accepted,
        "last_accepted_at": ledger.last_accepted,
        "failures": len(ledger.failures),
        "statuses": {
            "generated": engine.turn.generated,
            "delivered": pump.delivered_statuses,
            "scheduled": engine.turn.pending,
            "undelivered": pump.pending_statuses,
            "pending": engine.turn.pending + pump.pending_statuses,
        },
        "webhooks": {
            "callback_url": world.callback_url,
            "verified": pump.verified,
            "posts": pump.posts,
            "refused": pump.refused_posts,
            "other_updates_delivered": pump.delivered_updates,
            "dropped": pump.dropped,
            "last_success_at": pump.last_success,
            "last_error": pump.last_error,
        },
        "now": world.clock.now(),
    }


async def get_stats(request: Request) -> Response:
    """`GET /_sim/stats`."""
    return json_answer(statistics(engine_of(request)))


async def reset(request: Request) -> Response:
    """`POST /_sim/reset`: forgets calls and people; templates, media and knobs stay."""
    engine_of(request).reset()
    return json_answer({"success": True})
