"""Links to a run's execution in Temporal's own pages."""

from urllib.parse import quote
from uuid import UUID

from api.state import AppState
from workflows import ids


def workflow_url(state: AppState, run_id: UUID) -> str:
    """The execution in Temporal's own pages."""
    settings = state.settings
    workflow_id = quote(ids.run(run_id), safe="")
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id}"
