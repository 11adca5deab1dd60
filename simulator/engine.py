"""Wires state, sends, customers and pump together and keeps the wheel turning."""

import asyncio
from typing import Any

from starlette.requests import HTTPConnection

from simulator.carrier import Carrier
from simulator.config import SimulatorConfig
from simulator.inbound import Customers
from simulator.names import Lookup, Names
from simulator.pump import Pump
from simulator.recovery import Recovery
from simulator.samples import fill
from simulator.sends import Sender
from simulator.statuses import Batch, Update, metadata, render
from simulator.turn import Turn
from simulator.world import Number, World

_HANDSHAKE_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 15, 30, 60)


class Engine:
    """One running simulator."""

    def __init__(
        self, config: SimulatorConfig, carrier: Carrier, lookup: Lookup | None = None
    ) -> None:
        self.world = World(config)
        self.names = Names(self.world, lookup)
        self.pump = Pump(self.world, carrier)
        self.customers = Customers(self.world, self.pump)
        self.turn = Turn(self.world, self.pump, self.customers.answer)
        self.sender = Sender(self.world)
        self.closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Recovers the journal, starts the wheel and the webhook handshake."""
        world = self.world
        if world.config.sample_templates:
            fill(world.catalog, world.config.public_url)
        Recovery(world, self.pump).run()
        self._tick()
        if world.callback_url:
            self._spawn(self._handshake())

    async def stop(self) -> None:
        """Stops turning and flushes the journal."""
        self.closing.set()
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pump.close()
        self.world.journal.close()
        self.world.media.close()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.world.knobs.batch_window_ms / 1_000, self._tick)
        self.turn_now()

    def turn_now(self) -> None:
        """Fires and dispatches what is due; called early after a customer's action."""
        now = self.world.clock.now()
        self.turn.fire(now)
        self.world.journal.flush()
        self.pump.dispatch(now)

    async def _handshake(self) -> None:
        for pause in _HANDSHAKE_PAUSES:
            if await self.verify():
                return
            await asyncio.sleep(pause)

    async def verify(self) -> bool:
        """The GET handshake with the app's own callback."""
        world = self.world
        if not world.callback_url:
            return False
        self.pump.verified = await self.pump.verify(world.callback_url, world.verify_token)
        return self.pump.verified

    async def ping(self) -> dict[str, Any]:
        """One signed webhook without any message in it, and what the receiver said."""
        world = self.world
        number = world.numbers[0]
        url = world.callback_for(number)
        if url is None:
            return {"status": 0, "milliseconds": 0.0, "error": "no callback is set"}
        change = f'{{"value":{{{metadata(number)}}},"field":"messages"}}'
        body = render(world, Batch([], [Update(0, change, int(world.clock.now()))]))
        status, milliseconds = await self.pump.ping(url, body)
        return {"url": url, "status": status, "milliseconds": round(milliseconds, 2)}

    def reset(self) -> None:
        """Forgets calls and people, keeps templates, media and knobs."""
        self.pump.clear()
        self.turn.clear()
        self.world.reset()

    def number(self, identifier: str | None) -> Number:
        """A number by id; the first one by default."""
        if not identifier:
            return self.world.numbers[0]
        return self.world.numbers_by_id[identifier]

    def later(self, seconds: float, action: Any, *arguments: Any) -> None:
        """Calls something once the delay is over."""
        asyncio.get_running_loop().call_later(seconds, action, *arguments)


def engine_of(connection: HTTPConnection) -> Engine:
    """The engine behind a request."""
    engine: Engine = connection.app.state.engine
    return engine
