"""What a worker would do: read waiting files, run requested checks."""

from api.state import AppState
from domain.contacts import ImportStatus
from domain.errors import DomainError
from services import reconcile
from services.campaigns.files import loading
from services.imports import execute


def _silent(_done: int, _total: int) -> None:
    """Reports no progress."""


async def work(state: AppState) -> None:
    """Do everything waiting, as found by the reconciler."""
    async with state.sessions() as session:
        imports = await reconcile.imports(session)
        files = await reconcile.campaign_files(session)
    for campaign_id in files:
        await loading.read_pending(
            state.sessions, campaign_id, data_dir=state.data_dir, beat=_silent
        )
    for import_id, status in imports:
        job = execute.check if status is ImportStatus.CHECKING else execute.execute
        try:
            await job(state.sessions, import_id, data_dir=state.data_dir, beat=_silent)
        except DomainError:
            continue  # its row says why
