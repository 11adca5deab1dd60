"""kill -9 of worker, API, Temporal and PostgreSQL during one campaign: nobody lost, nobody twice."""

import json
import sys

import pytest

from cli import chaos

SEED = 4
RECIPIENTS = 1_000
RECOVERED_S = 30.0


@pytest.mark.chaos
async def test_nobody_is_lost_or_doubled_whatever_dies() -> None:
    result = await chaos.run(RECIPIENTS, SEED, len(chaos.COMPONENTS), quiet=True)
    sys.stdout.write(json.dumps(result) + "\n")
    assert {kill["component"] for kill in result["kills"]} == set(chaos.COMPONENTS)
    assert all(kill["recovered_s"] <= RECOVERED_S for kill in result["kills"]), result["kills"]
    assert (result["lost"], result["double"]) == (0, 0)
    assert result["sums_to_audience"]
    known = result["accepted"] + result["failed"] + result["unknown_never_reached_whatsapp"]
    assert known == RECIPIENTS
