"""Recorded histories: kept in the repository, replayed by every later version of the code.

RECORD_HISTORIES=1 pytest tests/workflows writes them anew; do that for a new path, never to make a
failing replay pass: running workflows of the old code would fail the same way.
"""

import os
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.worker import Replayer

from workflows.runner import CONVERTER, RUNNER

FOLDER = Path(__file__).parents[1] / "histories"


async def replays(handle: WorkflowHandle[Any, Any], workflow: type, name: str) -> None:
    """Replay what a workflow just did, in the full sandbox; record it when asked to."""
    history = await handle.fetch_history()
    if os.environ.get("RECORD_HISTORIES"):
        (FOLDER / f"{name}.json").write_text(history.to_json() + "\n")
    await replayer(workflow).replay_workflow(history)


def replayer(*workflows: type) -> Replayer:
    """A replayer with the converter and the sandbox that every test uses."""
    return Replayer(workflows=workflows, data_converter=CONVERTER, workflow_runner=RUNNER)
