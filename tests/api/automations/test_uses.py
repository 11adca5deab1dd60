"""Programs ask which automations use a thing before they delete it."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.nodes import SetLabel
from domain.ids import new_id
from domain.permissions import Role
from tests.conftest import LoginAs
from tests.graphs import graph
from tests.services.automations import acting


async def test_what_uses_a_label(session: AsyncSession, login_as: LoginAs) -> None:
    label = str(new_id())
    automation = await acting.live(session, graph({"put": SetLabel(label=label)}), "Tags")
    await session.commit()
    client = await login_as(Role.AGENT)
    address = "/api/automations/uses"
    answer = await client.get(address, params={"thing": "label", "name": label})
    assert answer.json() == [
        {
            "id": str(automation), "name": "Tags", "status": "live", "acts": True, "draft": True,
            "places": [{"id": "put", "title": "put", "type": "set_label"}],
        }
    ]  # fmt: skip
    nobody = await client.get(address, params={"thing": "group", "name": label})
    assert nobody.json() == []
    for wrong in ({"thing": "cat", "name": label}, {"thing": "label", "name": ""}):
        assert (await client.get(address, params=wrong)).status_code == 422
