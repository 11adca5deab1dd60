"""Files: whose they are, GIF headers, resumable uploads; and the limits of registering and blocking."""

from typing import Any

import httpx
import pytest

from simulator.config import NumberConfig
from tests.simulator.harness import CUSTOMER, Json, Sim, simulator, template, text
from tests.simulator.template_review.forms import PICTURE as PICTURE_HEADER
from tests.simulator.template_review.forms import PLAIN, form

pytestmark = pytest.mark.fault("8A")

PHONE = CUSTOMER[1:]
PNG = ("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 40, "image/png")
TWO = (NumberConfig(), NumberConfig(id="109876543210988", display_number="+34 611 555 011"))


async def upload(sim: Sim, number: str, file: tuple[str, bytes, str]) -> str:
    """The id of an uploaded file."""
    data = {"messaging_product": "whatsapp"}
    answer = await sim.client.post(f"/v23.0/{number}/media", data=data, files={"file": file})
    assert answer.status_code == 200, answer.text
    identifier: str = answer.json()["id"]
    return identifier


def picture(media: str) -> Json:
    """A picture to send."""
    message = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "image"}
    return {**message, "image": {"id": media}}


async def test_a_file_belongs_to_the_number_it_was_uploaded_for() -> None:
    async with simulator(numbers=TWO) as sim:
        first, second = (number.id for number in TWO)
        media = await upload(sim, first, PNG)
        assert (await sim.post(f"{first}/messages", picture(media))).status_code == 200
        refused = await sim.post(f"{second}/messages", picture(media))
        assert refused.json()["error"]["code"] == 131053
        header = {"type": "header", "parameters": [{"type": "image", "image": {"id": media}}]}
        sale = template("new_arrivals", "en_US", header)
        assert (await sim.post(f"{second}/messages", sale)).status_code == 400
        assert (await sim.get(media, phone_number_id=first))["id"] == media
        answer = await sim.client.get(f"/v23.0/{media}", params={"phone_number_id": second})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


async def gif_template(sim: Sim) -> None:
    """An approved template with a GIF header."""
    content = form({**PICTURE_HEADER, "format": "GIF"}, PLAIN)
    assert (await sim.post(f"{sim.waba}/message_templates", content)).status_code == 200
    catalog = sim.engine.world.catalog
    await sim.until(lambda: catalog.by_name["table_booked", "en_US"].status == "APPROVED")


def gif(**media: str) -> Json:
    """A send of the template with a GIF header."""
    header = {"type": "header", "parameters": [{"type": "gif", "gif": media}]}
    return template("table_booked", "en_US", header)


async def test_a_gif_header_is_a_short_film(sim: Sim) -> None:
    await gif_template(sim)
    film = await upload(sim, sim.number, ("a.mp4", b"x" * 100, "video/mp4"))
    large = await upload(sim, sim.number, ("b.mp4", b"x" * 3_700_000, "video/mp4"))
    image = await upload(sim, sim.number, PNG)
    edge = "marketing_messages"
    for media in ({"id": film}, {"link": "https://example.org/a.mp4"}):
        assert (await sim.send(gif(**media), edge)).status_code == 200
    for media in ({"id": large}, {"id": image}, {"id": "1"}):
        assert (await sim.refusal(gif(**media), edge))[0] == 400
    assert await sim.refusal(template("table_booked"), edge) == (400, 132012)
    assert await sim.refusal(gif(id=film)) == (400, 131009)
    [shown, *_] = (await sim.get(f"_sim/customers/{PHONE}/thread"))["messages"]
    assert shown["header"]["kind"] == "gif"


class Upload:
    """One resumable upload."""

    def __init__(self, sim: Sim, identifier: str) -> None:
        self.sim, self.id = sim, identifier

    async def send(self, data: bytes, offset: int, scheme: str = "OAuth") -> httpx.Response:
        token = self.sim.engine.world.config.access_tokens[0]
        headers = {"authorization": f"{scheme} {token}", "file_offset": str(offset)}
        return await self.sim.client.post(f"/v23.0/{self.id}", content=data, headers=headers)


async def started(sim: Sim, **changes: Any) -> httpx.Response:
    """The answer to a start."""
    query = {"file_name": "a.png", "file_length": 10, "file_type": "image/png", **changes}
    app = sim.engine.world.config.app_id
    return await sim.client.post(f"/v23.0/{app}/uploads", params=query)


async def test_an_upload_goes_on_where_it_stopped(sim: Sim) -> None:
    identifier = (await started(sim)).json()["id"]
    assert identifier.startswith("upload:")
    assert "?sig=" in identifier
    upload = Upload(sim, identifier)
    assert (await upload.send(b"12345", 0)).json() == {"id": identifier, "file_offset": 5}
    told = await sim.client.get(f"/v23.0/{identifier}")
    assert told.json() == {"id": identifier, "file_offset": 5}
    assert (await upload.send(b"12345", 0)).status_code == 400
    assert (await upload.send(b"1234567", 5)).status_code == 400
    assert (await upload.send(b"67890", 5, "Bearer")).status_code == 400
    handle = (await upload.send(b"67890", 5)).json()["h"]
    assert handle.startswith("4::")
    assert (await upload.send(b"", 10)).status_code == 400
    header = {**PICTURE_HEADER, "example": {"header_handle": [handle]}}
    made = await sim.post(f"{sim.waba}/message_templates", form(header, PLAIN))
    assert made.status_code == 200, made.text
    profile = f"{sim.number}/whatsapp_business_profile"
    change = {"messaging_product": "whatsapp", "about": "Open", "profile_picture_handle": handle}
    assert (await sim.post(profile, change)).json() == {"success": True}
    assert (await sim.get(profile, fields="about"))["data"] == [{"about": "Open"}]
    assert (
        await sim.post(profile, {**change, "profile_picture_handle": "4::x"})
    ).status_code == 400


@pytest.mark.parametrize(
    "wrong", [{"file_length": 0}, {"file_length": "x"}, {"file_type": "image/gif"}]
)
async def test_uploads_that_do_not_start(sim: Sim, wrong: Json) -> None:
    assert (await started(sim, **wrong)).json()["error"]["code"] == 100


async def test_registration_has_a_limit(sim: Sim) -> None:
    register = {"messaging_product": "whatsapp", "pin": "123456"}
    for count in range(10):
        edge = "deregister" if count % 2 == 0 else "register"
        answer = await sim.post(f"{sim.number}/{edge}", {} if count % 2 == 0 else register)
        assert answer.status_code == 200
    for edge, body in (("register", register), ("deregister", {})):
        answer = await sim.post(f"{sim.number}/{edge}", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 133016)
    assert await sim.accepted(template())  # the last thing that counted was a registration
    number = sim.engine.world.numbers[0]
    number.registrations = [moment - 72 * 3_600 for moment in number.registrations]
    assert (await sim.post(f"{sim.number}/register", register)).status_code == 200


async def test_only_who_wrote_may_be_blocked(sim: Sim) -> None:
    async def block(*users: str) -> httpx.Response:
        form = {"messaging_product": "whatsapp", "block_users": [{"user": user} for user in users]}
        return await sim.post(f"{sim.number}/block_users", form)

    await sim.accepted(template())  # having been written to is not enough
    refused = await block(CUSTOMER)
    assert refused.json()["error"]["code"] == 139100
    [failed] = refused.json()["block_users"]["failed_users"]
    assert (failed["input"], failed["errors"][0]["code"]) == (CUSTOMER, 131047)
    await sim.write(PHONE, "text", {"body": "Hello"})
    mixed = (await block(CUSTOMER, "+34600000200", "nobody", "+34 611 555 010")).json()
    assert mixed["block_users"]["added_users"] == [{"input": CUSTOMER, "wa_id": PHONE}]
    codes = [user["errors"][0]["code"] for user in mixed["block_users"]["failed_users"]]
    assert codes == [131047, 131009, 131021]
    assert await sim.refusal(text()) == (400, 130403)
    heard = len(sim.receiver.values("messages"))
    await sim.write(PHONE, "text", {"body": "Are you there?"})
    await sim.write("34600000200", "text", {"body": "I am"})
    await sim.until(lambda: len(sim.receiver.values("messages")) > heard)
    assert sim.receiver.values("messages")[-1]["from"] == "34600000200"
    people = sim.engine.world.people
    customer = people.find(PHONE)
    assert customer is not None
    people.windows = {key: moment - 86_400 for key, moment in people.windows.items()}
    form = {"messaging_product": "whatsapp", "block_users": [{"user": CUSTOMER}]}
    freed = await sim.client.request("DELETE", f"/v23.0/{sim.number}/block_users", json=form)
    assert freed.json()["block_users"]["removed_users"] == [{"input": CUSTOMER, "wa_id": PHONE}]
    assert (await block(CUSTOMER)).status_code == 400  # wrote, but longer than a day ago
    assert await sim.accepted(template())
