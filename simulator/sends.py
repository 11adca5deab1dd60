"""Accepts or refuses a send: throttles and faults, the row in the call log, and the answer."""

from typing import Any, NamedTuple

import orjson

from simulator.account import Standing
from simulator.bodies import json_object
from simulator.drafts import CALLBACK_LIMIT, OF_EVERY_CALL, Draft, Reader
from simulator.errors import GraphError
from simulator.identifiers import INBOUND
from simulator.ledger import (
    FREE,
    HELD,
    PHONE_HIDDEN,
    READ_BY_BUSINESS,
    SERVICE,
    TO_USER_ID,
    UNANSWERED,
    Entry,
)
from simulator.outages import ANSWERS, HANG_SECONDS, Broken, Outage, Unserved
from simulator.outlook import Outlook
from simulator.people import PHONE_KNOWN
from simulator.personas import Persona
from simulator.readings import text_of
from simulator.shapes import an_object, only
from simulator.world import Number, World

TYPING_SECONDS = 25
_SUCCESS = b'{"success":true}'
_OF_READING = OF_EVERY_CALL | {"messaging_product", "status", "message_id", "typing_indicator"}
_TYPING = {"type": "text"}


class Outcome(NamedTuple):
    """What the HTTP layer answers: after `delay` seconds, or never when `drop` is set."""

    status: int
    body: bytes
    delay: float = 0.0
    drop: bool = False


class Sender:
    """The `/messages` and `/marketing_messages` endpoints without HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._reader = Reader(world)
        self._outlook = Outlook(world)

    def handle(
        self, number: Number, given: bytes | dict[str, Any], *, marketing_api: bool
    ) -> Outcome:
        """Handles one call, as JSON or parsed; never raises for anything a client can send."""
        payload: Any = None
        now = self._world.clock.now()
        try:
            payload = json_object(given, orjson.loads) if isinstance(given, bytes) else given
            if payload.get("status") is not None:
                return self._mark_read(number, payload, now)
            draft = self._reader.draft(number, payload, marketing_api=marketing_api)
            return self._accept(draft, now)
        except GraphError as error:
            self._record_refusal(number, payload, error.code, now)
            return Outcome(error.status, error.body(), self._latency())
        except Unserved as unserved:
            self._record_refusal(number, payload, unserved.code, now)
            return self._broken(unserved.broken)

    def _latency(self) -> float:
        knobs = self._world.knobs
        jitter = knobs.latency_jitter_ms
        extra = jitter * self._world.random.random() if jitter else 0.0
        return (knobs.latency_ms + extra) / 1_000

    def _broken(self, broken: Broken) -> Outcome:
        delay = HANG_SECONDS if broken.hangs else self._latency()
        return Outcome(broken.status, broken.body, delay, drop=broken.hangs)

    def _outage(self) -> Broken | None:
        """The broken answer to a send that is accepted anyway; raises Unserved if it is not."""
        knobs = self._world.knobs
        broken = ANSWERS.get(knobs.outage)
        if broken is None:
            return None
        if knobs.outage is Outage.HTTP_429:
            raise Unserved(broken, 130429)
        if self._world.random.random() >= knobs.outage_accepted_share:
            raise Unserved(broken, 131000)
        return broken

    def _accept(self, draft: Draft, now: float) -> Outcome:
        world = self._world
        knobs = world.knobs
        if knobs.throughput_limit and not draft.number.bucket.take(now):
            raise GraphError(130429)
        customer = world.people.obtain(draft.digits)
        if knobs.pair_limit and not draft.number.pairs.take(customer, now):
            raise GraphError(131056)
        self._check_initiative(draft, customer, now)
        broken = self._outage() if knobs.outage is not Outage.NONE else None
        code = world.error_roll.draw()
        if code:
            raise GraphError(code)
        breaks = knobs.http_500_share and world.random.random() < knobs.http_500_share
        if breaks and world.random.random() >= knobs.http_500_accepted_share:
            raise GraphError(131000)
        drop = bool(knobs.drop_response_share) and (
            world.random.random() < knobs.drop_response_share
        )
        draft.flags |= UNANSWERED if drop or breaks or broken else 0
        row = self._record(draft, customer, now)
        if broken is not None:
            return self._broken(broken)
        if breaks:
            return Outcome(500, GraphError(131000).body(), self._latency())
        delay = self._latency()
        if knobs.webhook_before_response:
            delay = max(delay, 0.05 + 4 * knobs.batch_window_ms / 1_000)
        return Outcome(200, self._response(draft, row), delay, drop)

    def _check_initiative(self, draft: Draft, customer: int, now: float) -> None:
        """Whether the business initiates it: a template outside an open window."""
        world = self._world
        restricted = world.account.standing is Standing.RESTRICTED
        refused = world.knobs.daily_limit_refuses and world.daily.size is not None
        if draft.template is None or not (restricted or refused):
            return
        if world.people.window_open(customer, draft.number.index, now):
            return
        if restricted:
            raise GraphError(368, "The account may not start conversations for now.")
        if not world.daily.fits(customer, now):
            raise GraphError(world.knobs.daily_limit_code)

    def _record(self, draft: Draft, customer: int, now: float) -> int:
        world = self._world
        people, number = world.people, draft.number
        persona = people.persona(customer)
        flags = draft.flags
        if persona is Persona.USERNAME_ONLY:
            if flags & TO_USER_ID and not people.flags[customer] & PHONE_KNOWN:
                flags |= PHONE_HIDDEN
            else:
                people.flags[customer] |= PHONE_KNOWN
        if draft.category == SERVICE and number.service_is_free(now):
            flags |= FREE
        if world.knobs.held_share and draft.template is not None:
            flags |= HELD if world.random.random() < world.knobs.held_share else 0
        draft.flags = flags
        entry = Entry(
            now, number.index, customer, "", draft.callback, 0, draft.category, flags, draft.content
        )
        row = world.ledger.append(entry, people.last[customer])
        people.last[customer] = row
        people.count_accepted(customer)
        people.touch(customer)
        if world.typing:
            world.typing.pop(customer, None)
        world.watch.version += 1
        failure = self._outlook.failure(draft, customer, persona, now)
        plan = (
            self._outlook.plan(row, customer, persona, failure, now) if world.knobs.statuses else []
        )
        if world.journal.on:
            self._journal(entry, row, draft.digits, plan, failure)
        return row

    def _journal(
        self, entry: Entry, row: int, digits: str, plan: list[tuple[int, float]], failure: int
    ) -> None:
        content = orjson.Fragment(entry.content or b"null")
        self._world.journal.write(
            "a",
            row,
            entry.moment,
            entry.number,
            digits,
            entry.callback,
            entry.category,
            entry.flags,
            plan,
            failure,
            content,
        )

    def _response(self, draft: Draft, row: int) -> bytes:
        world = self._world
        recipient = draft.recipient
        shown = f'"{recipient}"' if recipient[1:].isdecimal() else orjson.dumps(recipient).decode()
        by_user = draft.flags & TO_USER_ID
        person = f'"user_id":{shown}' if by_user else f'"wa_id":"{draft.digits}"'
        state = ""
        if draft.template is not None:
            held = draft.flags & HELD
            state = f',"message_status":"{"held_for_quality_assessment" if held else "accepted"}"'
        wamid = world.ids.encode(row)
        return (
            f'{{"messaging_product":"whatsapp","contacts":[{{"input":{shown},{person}}}],'
            f'"messages":[{{"id":"{wamid}"{state}}}]}}'
        ).encode()

    def _record_refusal(self, number: Number, payload: Any, code: int, now: float) -> None:
        world = self._world
        fields = payload if isinstance(payload, dict) else {}
        recipient = text_of(fields.get("to") or fields.get("recipient"))[:64]
        callback = fields.get("biz_opaque_callback_data")
        kept = (
            orjson.dumps(callback[:CALLBACK_LIMIT]).decode() if isinstance(callback, str) else None
        )
        row = world.ledger.append(Entry(now, number.index, -1, recipient, kept, code), previous=-1)
        world.journal.write("r", row, now, number.index, recipient, kept, code)
        world.watch.version += 1

    def _mark_read(self, number: Number, payload: Any, now: float) -> Outcome:
        world = self._world
        only(payload, _OF_READING, "message")
        if payload.get("messaging_product") != "whatsapp":
            raise GraphError(100, message="(#100) The parameter messaging_product is required.")
        if payload["status"] != "read":
            raise GraphError(131009, "Parameter 'status' must be 'read'.")
        wamid = payload.get("message_id")
        row = self._received(number, wamid) if isinstance(wamid, str) else -1
        if row < 0:
            raise GraphError(131009, "Parameter 'message_id' is not a message of this number.")
        typing = payload.get("typing_indicator")
        if typing is not None and an_object(typing, "typing_indicator", ("type",)) != _TYPING:
            raise GraphError(131009, "Parameter 'typing_indicator['type']' must be 'text'.")
        self._flag_read(number, row)
        if typing:
            world.typing[world.ledger.customers[row]] = now + TYPING_SECONDS
        world.watch.version += 1
        return Outcome(200, _SUCCESS, self._latency())

    def _received(self, number: Number, wamid: str) -> int:
        """The row of a customer's message to this number, or -1."""
        found, ledger = self._world.ids.decode(wamid), self._world.ledger
        if found is None or found[1] != INBOUND or found[0] >= len(ledger):
            return -1
        return found[0] if ledger.numbers[found[0]] == number.index else -1

    def _flag_read(self, number: Number, row: int) -> None:
        """Marks a message and earlier ones as read; the customer may write to other numbers too."""
        ledger = self._world.ledger
        while row >= 0:
            if ledger.numbers[row] == number.index:
                if ledger.flags[row] & READ_BY_BUSINESS:
                    return
                ledger.flags[row] |= READ_BY_BUSINESS
            row = ledger.previous[row]
