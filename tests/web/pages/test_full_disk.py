"""A full disk: uploads are refused with a sentence, every page says so, and then everything recovers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import conditions
from api.state import AppState
from cli.chaos import disks
from services import conditions as rules
from services.conditions import Condition
from settings import Settings
from tests.conftest import LoginAs, make_settings

pytestmark = [
    pytest.mark.fault("D2"),
    pytest.mark.skipif(bool(disks.why_not()), reason="needs root for a small disk"),
]

ROWS = "".join(f"Person {n},+4917139{n + 20000}\n" for n in range(50))
FILE = {"file": ("people.csv", f"Name,Mobile\n{ROWS}".encode())}
FULL = "disk on the server is full"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A data folder on its own disk."""
    folder = tmp_path / "small"
    folder.mkdir()
    with disks.mounted(folder, 64):
        yield folder


@pytest.fixture
def settings(database_url: str, small: Path) -> Settings:
    """The application keeps its files there."""
    return make_settings(database_url, small)


async def _upload(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/contacts/import", files=FILE, data={"options": "{}"})


async def _condition(state: AppState) -> Condition | None:
    await conditions.look(state)
    return state.condition


async def test_uploads_are_refused_in_words_until_there_is_room(
    login_as: LoginAs, state: AppState, small: Path
) -> None:
    client = await login_as()
    disks.fill(small)
    refused = await _upload(client)
    assert (refused.status_code, refused.json()["code"]) == (503, "disk_full")
    assert int(refused.headers["retry-after"]) > 0
    page = await client.post("/contacts/import", files=FILE)
    assert page.status_code == 503
    assert FULL in page.text
    assert not list((small / "imports").iterdir())
    assert await _condition(state) is Condition.DISK_FULL
    for address in ("/", "/campaigns", "/contacts", "/inbox", "/settings/system"):
        shown = (await client.get(address, follow_redirects=True)).text
        assert "The disk of the data folder is full" in shown
    disks.make_room(small)
    assert (await _upload(client)).status_code == 202
    assert await _condition(state) is Condition.DISK_LOW  # 64 MB are less than 1 GB


async def test_a_part_of_the_data_folder_on_a_disk_of_its_own_counts_too(tmp_path: Path) -> None:
    before = rules.room(tmp_path)
    (tmp_path / "logs").mkdir()
    with disks.mounted(tmp_path / "logs", 1):
        assert rules.of_disk(tmp_path) in (Condition.DISK_LOW, Condition.DISK_FULL)
        disks.fill(tmp_path / "logs")
        assert rules.of_disk(tmp_path) is Condition.DISK_FULL
    assert rules.room(tmp_path).total == before.total
    assert rules.room(tmp_path / "not" / "there").total == before.total
