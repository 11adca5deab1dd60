"""kill -9 of worker, API, Temporal, PostgreSQL and simulator during one campaign: nobody lost, nobody twice."""

import json
import sys

import pytest

from cli.chaos import run
from cli.chaos.plan import COMPONENTS

SEEDS = (4,)
"""One run each; a seed that once failed joins them with the kills it failed with."""

RECIPIENTS = 1_000
QUICK_S = 3.0
RECOVERED_S = 30.0
"""Twice what the command allows: the rest of the suite runs at the same time."""


@pytest.mark.chaos
@pytest.mark.parametrize("seed", SEEDS)
async def test_nobody_is_lost_or_doubled_whatever_dies(seed: int) -> None:
    kills = len(COMPONENTS)
    result = await run.run(
        RECIPIENTS, seed, kills, drop_share=0.015, quiet=True, per_fault_s=QUICK_S
    )
    sys.stdout.write(json.dumps(result) + "\n")
    assert {kill["component"] for kill in result["kills"]} == set(COMPONENTS)
    assert [broken for broken in result["violations"] if "to recover" not in broken] == []
    assert all((kill["recovered_s"] or 999) <= RECOVERED_S for kill in result["kills"])
    known = result["accepted"] + result["failed"] + result["unknown_never_reached_whatsapp"]
    assert known == RECIPIENTS
