"""An account's Marketing Messages status, whichever field name the version knows."""

import httpx
import pytest

from simulator.config import SimulatorConfig
from tests.simulated import URL, account, in_process
from whatsapp import management
from whatsapp.client import CloudApi, CloudApiError

ACCOUNT = account(SimulatorConfig())
NEWER, OLDER = management.ONBOARDING_FIELDS


def version(*known: str) -> CloudApi:
    """A version of the API that knows some fields, and refuses a call for any other."""

    def answer(request: httpx.Request) -> httpx.Response:
        wanted = request.url.params["fields"].split(",")
        unknown = [name for name in wanted if name not in known]
        if unknown:
            message = f"(#100) Tried accessing nonexisting field ({unknown[0]})"
            return httpx.Response(400, json={"error": {"code": 100, "message": message}})
        return httpx.Response(200, json=dict.fromkeys(wanted, "ONBOARDED") | {"id": "1"})

    return CloudApi(httpx.MockTransport(answer))


@pytest.mark.fault("8A")
@pytest.mark.parametrize(
    ("known", "state"),
    [((NEWER, OLDER), "ONBOARDED"), ((NEWER,), "ONBOARDED"), ((OLDER,), "ONBOARDED"), ((), "")],
)
async def test_either_name(known: tuple[str, ...], state: str) -> None:
    async with version(*known) as api:
        assert await management.marketing_onboarding(api, ACCOUNT) == state


async def test_other_refusals_are_told() -> None:
    refusal = {"error": {"code": 190, "message": "Token"}}
    transport = httpx.MockTransport(lambda _: httpx.Response(401, json=refusal))
    async with CloudApi(transport) as api:
        with pytest.raises(CloudApiError):
            await management.marketing_onboarding(api, ACCOUNT)


async def test_with_the_simulator() -> None:
    async with in_process() as (_, api):
        assert ACCOUNT.api_url == URL
        assert await management.marketing_onboarding(api, ACCOUNT) == "ONBOARDED"
