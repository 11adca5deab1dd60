"""Recorded histories: kept in the repository, replayed by every later version of the code.

RECORD_HISTORIES=1 pytest tests/workflows records them again; do that for a new path, never to make a failing replay
pass: workflows running on the old code would fail in the same way.
"""

import json
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
        kept = _without_traces(json.loads(history.to_json()))
        (FOLDER / f"{name}.json").write_text(json.dumps(kept, separators=(",", ":")) + "\n")
    await replayer(workflow).replay_workflow(history)


def _without_traces(part: Any) -> Any:
    """Replay needs no stack traces, and they name folders of the machine that recorded."""
    if isinstance(part, dict):
        return {key: _without_traces(value) for key, value in part.items() if key != "stackTrace"}
    return [_without_traces(item) for item in part] if isinstance(part, list) else part


def replayer(*workflows: type) -> Replayer:
    """A replayer with the converter and the sandbox that every test uses."""
    return Replayer(workflows=workflows, data_converter=CONVERTER, workflow_runner=RUNNER)
