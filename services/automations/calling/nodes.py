"""The call of a node: its request with secrets, and what its answer means for the run."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations import texts
from domain.automations.nodes import FAILED, HttpRequest
from domain.automations.reasons import Reason
from domain.automations.states import Done
from domain.errors import Conflict
from services.automations.calling import requests
from services.automations.calling.failures import CallFailed
from services.automations.calling.requests import Call
from services.vault import Vault
from store.automations import secrets


async def prepare(session: AsyncSession, vault: Vault, data: HttpRequest, key: str) -> Call:
    """The request of a node whose texts are filled in; raises CallFailed if it names a secret that does not exist."""
    wanted = frozenset[str]().union(*(texts.secrets(header.value) for header in data.headers))
    known: dict[str, str] = {}
    for name in wanted:
        if (sealed := await secrets.sealed(session, name)) is None:
            raise CallFailed(Reason.NO_SECRET)
        try:
            known[name] = vault.decrypt(sealed.encode())
        except Conflict:  # none of our keys fits
            raise CallFailed(Reason.NO_SECRET) from None
    headers = {header.name: texts.reveal(header.value, known) for header in data.headers}
    return Call(data.method, data.url, headers, data.body, data.timeout_s, key)


async def call(request: Call, data: HttpRequest, step: int, *, allow_local: bool) -> Done:
    """Make it; returns the values picked from the answer. Raises CallFailed."""
    answer = await requests.make(request, allow_local=allow_local)
    return Done(step=step, values=requests.picked(answer, data.picks))


def failed(step: int, error: CallFailed) -> Done:
    """The step failed, and will not be tried again."""
    return Done(step=step, branch=FAILED, failure=error.reason)
