"""Steps that are taken at once."""

import asyncio
from collections.abc import Awaitable

from cli.problems import Problem


async def together(*steps: Awaitable[None]) -> None:
    """Run steps concurrently; the first Problem ends the others and is reported."""

    async def run(step: Awaitable[None]) -> None:
        await step

    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(run(step))
    except* Problem as problems:
        raise first(problems) from None


def first(group: ExceptionGroup[Problem]) -> Problem:
    """The first Problem of a group."""
    problem = group.exceptions[0]
    return first(problem) if isinstance(problem, ExceptionGroup) else problem
