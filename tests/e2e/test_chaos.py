"""kill -9 of worker, API, Temporal, PostgreSQL and simulator during one campaign: nobody lost, nobody twice."""

import json
import sys

import pytest

from cli.chaos import run
from cli.chaos.plan import COMPONENTS

SEEDS = (4,)
"""One run each; a seed that once failed joins them with the kills it failed with."""

RECIPIENTS = 1_000


@pytest.mark.chaos
@pytest.mark.parametrize("seed", SEEDS)
async def test_nobody_is_lost_or_doubled_whatever_dies(seed: int) -> None:
    result = await run.run(RECIPIENTS, seed, len(COMPONENTS), drop_share=0.015, quiet=True)
    sys.stdout.write(json.dumps(result) + "\n")
    assert {kill["component"] for kill in result["kills"]} == set(COMPONENTS)
    assert result["violations"] == []
    known = result["accepted"] + result["failed"] + result["unknown_never_reached_whatsapp"]
    assert known == RECIPIENTS
