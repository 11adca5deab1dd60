"""Accepts or refuses a send: Meta's checks in order, the row in the call log, and its future statuses."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from simulator.catalog import Template
from simulator.errors import GraphError
from simulator.identifiers import INBOUND, number_of_user
from simulator.ledger import (
    FREE,
    HELD,
    MARKETING,
    MARKETING_LITE,
    PHONE_HIDDEN,
    READ_BY_BUSINESS,
    REACTION,
    SERVICE,
    TO_USER_ID,
    Entry,
)
from simulator.messages import CHECKS
from simulator.people import HELD_BY_PERSON, PHONE_KNOWN
from simulator.personas import FAILS_ALWAYS, FAILS_MARKETING, Persona
from simulator.phone_numbers import is_us, recipient_digits
from simulator.plans import check
from simulator.wheel import DELIVERED, EVENT_BITS, FAILED, READ, SENT
from simulator.world import Number, World

CALLBACK_LIMIT = 512
FRESH_SECONDS = 600
TYPING_SECONDS = 25
SLOW_FACTOR = 20
_SUCCESS = b'{"success":true}'


class Outcome(NamedTuple):
    """What the HTTP layer answers: after `delay` seconds, or never when `drop` is set."""

    status: int
    body: bytes
    delay: float = 0.0
    drop: bool = False


@dataclass(slots=True)
class Draft:
    """A send that passed validation."""

    number: Number
    digits: str
    recipient: str
    kind: str
    content: bytes
    callback: str | None
    category: int
    flags: int
    template: Template | None


class Sender:
    """The `/messages` and `/marketing_messages` endpoints without HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known_media = world.media.usable

    def handle(self, number: Number, raw: bytes, *, marketing_api: bool) -> Outcome:
        """One call; never raises for anything a client can send."""
        payload: Any = None
        now = self._world.clock.now()
        try:
            payload = _parsed(raw)
            if payload.get("status") is not None:
                return self._mark_read(number, payload, now)
            draft = self._validated(number, payload, marketing_api=marketing_api)
            return self._accept(draft, now)
        except GraphError as error:
            self._record_refusal(number, payload, error, now)
            return Outcome(error.status, error.body(), self._latency())

    def _latency(self) -> float:
        knobs = self._world.knobs
        jitter = knobs.latency_jitter_ms
        extra = jitter * self._world.random.random() if jitter else 0.0
        return (knobs.latency_ms + extra) / 1_000

    # Validation

    def _validated(self, number: Number, payload: Any, *, marketing_api: bool) -> Draft:
        if payload.get("messaging_product") != "whatsapp":
            raise GraphError(100, message="(#100) The parameter messaging_product is required.")
        callback = payload.get("biz_opaque_callback_data")
        if callback is not None and (
            not isinstance(callback, str) or len(callback) > CALLBACK_LIMIT
        ):
            raise GraphError(100, "Param biz_opaque_callback_data must be at most 512 characters.")
        if not number.registered:
            raise GraphError(133010, "This phone number is not registered on the Cloud API.")
        digits, recipient, flags = self._recipient(number, payload)
        kind = payload.get("type", "text")
        draft = Draft(
            number=number,
            digits=digits,
            recipient=recipient,
            kind=kind,
            content=b"",
            callback=None if callback is None else orjson.dumps(callback).decode(),
            category=SERVICE,
            flags=flags,
            template=None,
        )
        if kind == "template":
            self._template(draft, payload.get("template"), marketing_api=marketing_api)
            if marketing_api:
                _check_marketing_options(draft, payload, self._world.clock.now())
        elif marketing_api:
            raise GraphError(100, "Message must be a template message.")
        else:
            self._free_form(draft, payload)
        if digits == number.digits:
            raise GraphError(131021, "The recipient is the sending number itself.")
        if self._on_block_list(number, digits):
            raise GraphError(130403, "The business blocked this user.")
        return draft

    def _recipient(self, number: Number, payload: Any) -> tuple[str, str, int]:
        raw = payload.get("to")
        if raw:
            if payload.get("recipient_type", "individual") != "individual":
                raise GraphError(131009, "Only recipient_type 'individual' is available here.")
            digits = recipient_digits(raw, number.digits)
            if digits is None:
                raise GraphError(131009, "Parameter 'to' is not a phone number.")
            return digits, raw, 0
        user = payload.get("recipient")
        if not user:
            raise GraphError(131008, "The parameter to is required.")
        digits = number_of_user(user) if isinstance(user, str) else None
        if digits is None:
            raise GraphError(131009, "Parameter 'recipient' is not a user of this business.")
        return digits, user, TO_USER_ID

    def _template(self, draft: Draft, value: Any, *, marketing_api: bool) -> None:
        if not isinstance(value, dict):
            raise GraphError(131008, "Parameter 'template' is missing.")
        name, language = value.get("name"), value.get("language")
        if not isinstance(name, str) or not isinstance(language, dict):
            raise GraphError(131008, "Template 'name' and 'language' are required.")
        template = self._sendable(name, str(language.get("code")))
        if marketing_api and template.category != "MARKETING":
            raise GraphError(134100, "Only templates of category MARKETING may be sent here.")
        if draft.flags & TO_USER_ID and template.category == "AUTHENTICATION":
            raise GraphError(131062)
        components = value.get("components")
        check(template.plan, components, self._known_media)
        draft.template = template
        draft.category = MARKETING_LITE if marketing_api else template.category_code
        draft.content = orjson.dumps(("template", (template.key, components)))

    def _sendable(self, name: str, language: str) -> Template:
        template = self._world.catalog.by_name.get((name, language))
        if template is None or template.status not in ("APPROVED", "PAUSED", "DISABLED"):
            raise GraphError(132001, f"template name ({name}) does not exist in {language}")
        if template.status == "PAUSED":
            raise GraphError(132015, f"Template {name} is paused because of low quality.")
        if template.status == "DISABLED":
            raise GraphError(132016, f"Template {name} is disabled because of low quality.")
        return template

    def _free_form(self, draft: Draft, payload: Any) -> None:
        examine = CHECKS.get(draft.kind)
        if examine is None:
            raise GraphError(131009, f"Message type '{draft.kind}' is not supported.")
        examine(payload, self._known_media)
        context = payload.get("context")
        quoted = context.get("message_id") if isinstance(context, dict) else None
        draft.content = orjson.dumps((draft.kind, payload[draft.kind], quoted))
        if draft.kind == "reaction":
            draft.flags |= REACTION

    def _on_block_list(self, number: Number, digits: str) -> bool:
        if number.block_list and digits in number.block_list:
            return True
        return self._world.knobs.personas and digits.endswith("0013")

    # Acceptance

    def _accept(self, draft: Draft, now: float) -> Outcome:
        world = self._world
        knobs = world.knobs
        if knobs.throughput_limit and not draft.number.bucket.take(now):
            raise GraphError(130429)
        customer = world.people.obtain(draft.digits)
        if knobs.pair_limit and not draft.number.pairs.take(customer, now):
            raise GraphError(131056)
        code = world.error_roll.draw()
        if code:
            raise GraphError(code)
        breaks = knobs.http_500_share and world.random.random() < knobs.http_500_share
        if breaks and world.random.random() >= knobs.http_500_accepted_share:
            raise GraphError(131000)
        row = self._record(draft, customer, now)
        if breaks:
            return Outcome(500, GraphError(131000).body(), self._latency())
        drop = bool(knobs.drop_response_share) and (
            world.random.random() < knobs.drop_response_share
        )
        delay = self._latency()
        if knobs.webhook_before_response:
            delay = max(delay, 0.05 + 4 * knobs.batch_window_ms / 1_000)
        return Outcome(200, self._response(draft, row, customer), delay, drop)

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
        world.watch.changed(customer)
        failure = self._failure(draft, customer, persona, now)
        plan = self._plan(row, customer, persona, failure, now) if world.knobs.statuses else []
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

    def _failure(self, draft: Draft, customer: int, persona: Persona, now: float) -> int:
        """The code this message will fail with later, or 0."""
        world = self._world
        code = FAILS_ALWAYS.get(persona, 0)
        if not code and draft.category in (MARKETING, MARKETING_LITE):
            code = FAILS_MARKETING.get(persona, 0)
            if persona is Persona.STOPPED_MARKETING or not code:
                code = 131050 if world.people.marketing_stopped(customer) else 0
            if not code and world.knobs.us_marketing_blocked and is_us(draft.digits):
                code = 131049
        if not code:
            is_open = world.people.window_open(customer, draft.number.index, now)
            if not is_open:
                if draft.template is None:
                    code = 131047
                elif not world.daily.take(customer, now):
                    code = 131048
        if not code and draft.flags & REACTION:
            code = self._reaction_failure(draft)
        return code or world.failure_roll.draw()

    def _reaction_failure(self, draft: Draft) -> int:
        target = orjson.loads(draft.content)[1].get("message_id", "")
        found = self._world.ids.decode(target)
        known = found is not None and found[0] < len(self._world.ledger)
        return 0 if known else 131009

    def _plan(
        self, row: int, customer: int, persona: Persona, failure: int, now: float
    ) -> list[tuple[int, float]]:
        """Schedules the statuses of a row and returns `(kind, moment)` for the journal."""
        world = self._world
        knobs, span = world.knobs, world.span
        flags = world.ledger.flags[row]
        factor = SLOW_FACTOR if persona is Persona.SLOW else 1
        sent = now if knobs.webhook_before_response else now + span(knobs.sent_ms) * factor
        if flags & HELD:
            sent += 5.0 + 10.0 * world.random.random()
        plan: list[tuple[int, float]]
        if failure:
            world.ledger.failures[row] = failure
            plan = [(FAILED, sent + (1.0 if persona is Persona.BLOCKED_BUSINESS else 0.0))]
            if persona is Persona.BLOCKED_BUSINESS:
                plan.insert(0, (SENT, sent))
        else:
            plan = [(SENT, sent)]
            if not flags & REACTION and persona is not Persona.SWITCHED_OFF:
                self._plan_arrival(plan, customer, persona, sent, factor)
        for kind, moment in plan:
            world.wheel.add(moment, row << EVENT_BITS | kind)
        return plan

    def _plan_arrival(
        self,
        plan: list[tuple[int, float]],
        customer: int,
        persona: Persona,
        sent: float,
        factor: int,
    ) -> None:
        world = self._world
        knobs, chance = world.knobs, world.random.random
        arrived = sent + world.span(knobs.delivered_ms) * factor
        by_person = world.people.flags[customer] & HELD_BY_PERSON
        reads = persona is not Persona.NO_READ_RECEIPTS and not by_person
        reads = reads and chance() < knobs.read_probability
        if not (reads and chance() < knobs.delivered_skip_probability):
            plan.append((DELIVERED, arrived))
        if reads:
            plan.append((READ, arrived + world.span(knobs.read_ms) * factor))

    def _response(self, draft: Draft, row: int, customer: int) -> bytes:
        world = self._world
        recipient = draft.recipient
        shown = f'"{recipient}"' if recipient[1:].isdecimal() else orjson.dumps(recipient).decode()
        if draft.flags & TO_USER_ID:
            person = f'"user_id":{shown}'
        else:
            person = f'"wa_id":"{draft.digits}"'
        state = ""
        if draft.template is not None:
            held = draft.flags & HELD
            state = f',"message_status":"{"held_for_quality_assessment" if held else "accepted"}"'
        wamid = world.ids.encode(row, world.people.numbers[customer])
        return (
            f'{{"messaging_product":"whatsapp","contacts":[{{"input":{shown},{person}}}],'
            f'"messages":[{{"id":"{wamid}"{state}}}]}}'
        ).encode()

    # The rest

    def _record_refusal(self, number: Number, payload: Any, error: GraphError, now: float) -> None:
        world = self._world
        fields = payload if isinstance(payload, dict) else {}
        recipient = str(fields.get("to") or fields.get("recipient") or "")[:64]
        callback = fields.get("biz_opaque_callback_data")
        kept = orjson.dumps(callback[:CALLBACK_LIMIT]).decode() if isinstance(callback, str) else None
        row = world.ledger.append(
            Entry(now, number.index, -1, recipient, kept, error.code), previous=-1
        )
        world.journal.write("r", row, now, number.index, recipient, kept, error.code)
        world.watch.version += 1

    def _mark_read(self, number: Number, payload: Any, now: float) -> Outcome:
        world = self._world
        if payload["status"] != "read":
            raise GraphError(131009, "Parameter 'status' must be 'read'.")
        wamid = payload.get("message_id")
        found = world.ids.decode(wamid) if isinstance(wamid, str) else None
        if found is None or found[1] != INBOUND or found[0] >= len(world.ledger):
            raise GraphError(131009, "Parameter 'message_id' is not a message of this number.")
        row = found[0]
        customer = world.ledger.customers[row]
        while row >= 0 and not world.ledger.flags[row] & READ_BY_BUSINESS:
            world.ledger.flags[row] |= READ_BY_BUSINESS
            row = world.ledger.previous[row]
        if payload.get("typing_indicator"):
            world.typing[customer] = now + TYPING_SECONDS
        world.watch.changed(customer)
        return Outcome(200, _SUCCESS, self._latency())


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise GraphError(100, message="(#100) The request body is not valid JSON.") from None
    if not isinstance(payload, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object.")
    return payload


def _check_marketing_options(draft: Draft, payload: Any, now: float) -> None:
    policy = payload.get("product_policy", "CLOUD_API_FALLBACK")
    if policy not in ("CLOUD_API_FALLBACK", "STRICT"):
        raise GraphError(100, "Param product_policy must be CLOUD_API_FALLBACK or STRICT.")
    bid = payload.get("bid_spec")
    if bid is not None:
        multiplier = bid.get("per_message_bid_multiplier") if isinstance(bid, dict) else None
        if not isinstance(multiplier, int | float) or multiplier <= 0:
            raise GraphError(100, "Param per_message_bid_multiplier must be above 0.")
    template = draft.template
    if template is not None and now - template.updated < FRESH_SECONDS:
        if policy == "STRICT":
            raise GraphError(134101, "The template is still syncing; try again in ten minutes.")
        draft.category = MARKETING
