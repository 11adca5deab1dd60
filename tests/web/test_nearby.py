"""An address that leads nowhere still leads on."""

import httpx
import pytest

from domain.permissions import Role
from tests.conftest import LoginAs


@pytest.mark.fault("D10")
async def test_an_address_without_its_beginning_names_the_page(
    login_as: LoginAs, client: httpx.AsyncClient
) -> None:
    admin, agent = await login_as(), await login_as(Role.AGENT)
    for path, page in (
        ("/imports", "/contacts/imports"),
        ("/system", "/settings/system"),
        ("/fields/", "/contacts/fields"),
    ):
        answer = await admin.get(path)
        assert answer.status_code == 404
        assert f'<a href="{page}">{page}</a>' in answer.text
        assert 'href="/campaigns"' in answer.text  # within the app, not outside of it
    assert "/settings/system" not in (await agent.get("/system")).text.split("<main")[1]
    for path in ("/nothing-of-that-kind", "/%00", "/x" * 900, "/{}"):
        for asker in (admin, client):
            answer = await asker.get(path)
            assert answer.status_code in {404, 422}, path
            assert "Did you mean" not in answer.text
