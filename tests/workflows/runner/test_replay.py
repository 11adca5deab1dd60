"""Current code replays earlier histories, and long workflows change only on purpose."""

import ast
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.workflows.histories import FOLDER, replayer
from workflows.campaigns import CampaignWorkflow
from workflows.clocks import AutomationClockWorkflow
from workflows.runs import RunWorkflow
from workflows.windows import WindowWorkflow

RECORDED = sorted(FOLDER.glob("*.json"))
COMMANDS = frozenset(
    {"execute_activity", "execute_activity_method", "start_activity", "sleep", "wait_condition",
     "continue_as_new", "execute_child_workflow", "start_child_workflow", "patched",
     "upsert_search_attributes", "execute_local_activity_method"}
)  # fmt: skip
FINGERPRINTS = Path(__file__).with_name("fingerprints.json")


def test_every_path_was_recorded() -> None:
    assert {path.stem for path in RECORDED} >= {
        "campaign-completed", "campaign-paused-resumed", "campaign-stopped", "campaign-continued",
        "campaign-budget", "campaign-held", "campaign-late-retry", "campaign-open",
        "campaign-taken-back", "campaign-moved", "campaign-asked-early", "window-closed",
        "automation-clock", "run-completed", "run-goal", "run-moved",
    }  # fmt: skip


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_recorded_histories_replay(path: Path) -> None:
    history = WorkflowHistory.from_json(f"replay/{path.stem}", path.read_text())
    known = (CampaignWorkflow, WindowWorkflow, AutomationClockWorkflow, RunWorkflow)
    await replayer(*known).replay_workflow(history)


def _fingerprint(module: str) -> list[str]:
    """The commands a workflow module can issue, in source order."""
    tree = ast.parse((Path("workflows") / f"{module}.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Attribute)]
    return [
        ast.unparse(call.func)
        for call in sorted(named, key=lambda call: (call.lineno, call.col_offset))
        if isinstance(call.func, ast.Attribute) and call.func.attr in COMMANDS
    ]


@pytest.mark.parametrize("module", ["campaigns", "windows", "webhooks", "clocks", "runs"])
def test_commands_of_long_workflows_change_only_on_purpose(module: str) -> None:
    """A change here needs workflow.patched() for runs under way; then update fingerprints.json."""
    assert _fingerprint(module) == json.loads(FINGERPRINTS.read_text())[module]
