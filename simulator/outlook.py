"""Decides at acceptance how a message will end: the statuses to come, or the failure."""

import orjson

from simulator.drafts import Draft
from simulator.ledger import HELD, MARKETING, MARKETING_LITE, REACTION
from simulator.people import HELD_BY_PERSON
from simulator.personas import FAILS_ALWAYS, FAILS_MARKETING, Persona
from simulator.phone_numbers import is_us
from simulator.wheel import DELIVERED, EVENT_BITS, FAILED, READ, SENT
from simulator.world import World

SLOW_FACTOR = 20


class Outlook:
    """Failures by rule or by knob, and the plan of statuses."""

    def __init__(self, world: World) -> None:
        self._world = world

    def failure(self, draft: Draft, customer: int, persona: Persona, now: float) -> int:
        """The code this message will fail with later, or 0."""
        code = FAILS_ALWAYS.get(persona, 0)
        if not code and draft.category in (MARKETING, MARKETING_LITE):
            code = self._marketing_failure(draft, customer, persona)
        if not code:
            code = self._window_failure(draft, customer, now)
        if not code and draft.flags & REACTION:
            code = self._reaction_failure(draft)
        return code or self._world.failure_roll.draw()

    def _marketing_failure(self, draft: Draft, customer: int, persona: Persona) -> int:
        if self._world.people.marketing_stopped(customer):
            return 131050
        if persona is not Persona.STOPPED_MARKETING and persona in FAILS_MARKETING:
            return FAILS_MARKETING[persona]
        blocked = self._world.knobs.us_marketing_blocked and is_us(draft.digits)
        return 131049 if blocked else 0

    def _window_failure(self, draft: Draft, customer: int, now: float) -> int:
        if self._world.people.window_open(customer, draft.number.index, now):
            return 0
        if draft.template is None:
            return 131047
        fits = self._world.daily.take(customer, now)
        return 0 if fits else self._world.knobs.daily_limit_code

    def _reaction_failure(self, draft: Draft) -> int:
        """A message that does not exist, or is another number's, cannot be reacted to."""
        target, ledger = orjson.loads(draft.content)[1].get("message_id", ""), self._world.ledger
        found = self._world.ids.decode(target)
        if found is None or found[0] >= len(ledger):
            return 131009
        return 0 if ledger.numbers[found[0]] == draft.number.index else 131009

    def plan(
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
