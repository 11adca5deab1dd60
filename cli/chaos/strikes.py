"""The function for each kind of fault."""

from collections.abc import Awaitable, Callable

from cli.bench.scene import Scene
from cli.chaos.faults.clocks import clock
from cli.chaos.faults.databases import lock, pool
from cli.chaos.faults.disks import disk
from cli.chaos.faults.failovers import failover
from cli.chaos.faults.meta import meta
from cli.chaos.faults.optouts import optout
from cli.chaos.faults.processes import deploy, freeze, kill
from cli.chaos.faults.stores import store
from cli.chaos.plan import Blow

Strike = Callable[[Scene, Blow], Awaitable[None]]

STRIKES: dict[str, Strike] = {
    "kill": kill,
    "freeze": freeze,
    "disk": disk,
    "lock": lock,
    "pool": pool,
    "clock": clock,
    "meta": meta,
    "store": store,
    "deploy": deploy,
    "failover": failover,
    "optout": optout,
}

WAITS_FOR: dict[str, str] = {
    "disk": "postgres",
    "lock": "postgres",
    "pool": "postgres",
    "store": "temporal",
    "meta": "worker",
    "clock": "worker",
    "optout": "postgres",
}
"""The component whose readiness shows that a fault is over, if not its target."""
