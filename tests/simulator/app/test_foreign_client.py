"""A client library that is not ours: it calls the simulator, and reads the webhooks the simulator delivers.

It has its own bugs, so it does not judge failed statuses (it wants their contacts, which Meta
leaves out), moves without a number (it wants `from`) and more than one change in a body.
"""

import hmac
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pywa_async import WhatsApp, types
from pywa_async.errors import BulkBlockingFailed, TemplateNotExists
from pywa_async.types import templates as parts

from tests.simulator.harness import CUSTOMER, Json, Sim, simulator, spring, template

PHONE = CUSTOMER.removeprefix("+")

pytestmark = pytest.mark.fault("8A")


class Judge:
    """The library as the receiver of webhooks: what it made of each body."""

    def __init__(self, client: WhatsApp) -> None:
        self.read: list[Any] = []
        for register in (
            client.on_message,
            client.on_message_status,
            client.on_callback_button,
            client.on_callback_selection,
            client.on_flow_completion,
            client.on_phone_number_change,
            client.on_identity_change,
            client.on_template_status_update,
            client.on_user_marketing_preferences,
            client.on_account_update,
            client.on_edited_message,
            client.on_deleted_message,
            client.on_call_permission_update,
        ):
            register(self.keep)

    async def keep(self, _: WhatsApp, update: Any) -> None:
        self.read.append(update)


def foreign(sim: Sim) -> WhatsApp:
    """The library's client, its calls going to the simulator in this process."""
    config = sim.engine.world.config
    transport = sim.client._transport
    return WhatsApp(
        phone_id=sim.number,
        token=config.access_tokens[0],
        session=httpx.AsyncClient(transport=transport),
        server=None,
        verify_token=config.verify_token,
        waba_id=sim.waba,
        app_id=int(config.app_id),
        app_secret=config.app_secret,
        filter_updates=False,
    )


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """One change in each body: the library reads no more than the first."""
    async with simulator(knobs={"batch_size": 1, "language_mark": "_"}) as running:
        yield running


async def judged(sim: Sim, client: WhatsApp, caplog: pytest.LogCaptureFixture) -> list[Any]:
    """Hands every delivered body to the library; it complains about none."""
    judge = Judge(client)
    await sim.settled()
    receivers = sim.engine.pump._receivers.values()
    await sim.until(lambda: not any(one.waiting or one.in_flight for one in receivers))
    assert sim.receiver.bodies
    secret = sim.engine.world.config.app_secret.encode()
    with caplog.at_level(logging.WARNING, logger="pywa"):
        for body in sim.receiver.bodies:
            signature = "sha256=" + hmac.digest(secret, body, "sha256").hex()
            assert await client.webhook_update_validator(body, signature) is None
            assert await client.webhook_update_handler(body) == ("ok", 200)
    assert not [record.getMessage() for record in caplog.records if record.name.startswith("pywa")]
    return judge.read


async def test_sends_text_and_what_can_be_tapped(sim: Sim) -> None:
    client = foreign(sim)
    sent = await client.send_message(PHONE, "Hello *there*", preview_url=False, tracker="t:1")
    assert sent.id.startswith("wamid.")
    buttons = [types.Button("Keep", "keep:1"), types.Button("Move", "move:1")]
    await client.send_message(PHONE, "Your slot?", header="Slot", footer="Lumen", buttons=buttons)
    rows = [types.SectionRow(title="Express", callback_data="r1", description="1-2 days")]
    choice = types.SectionList("Choose", [types.Section("Delivery", rows)])
    await client.send_message(PHONE, "How?", buttons=choice)
    await client.send_message(PHONE, "Shop", buttons=types.URLButton("Open", "https://example.org"))
    await client.send_catalog(PHONE, "Our shop")
    await client.send_product(PHONE, catalog_id="1", sku="coffee")
    section = types.ProductsSection("Drinks", ["coffee", "tea"])
    await client.send_products(PHONE, "1", [section], title="Drinks", body="For you")
    await client.send_location(PHONE, 40.4, -3.7, name="Sol", address="Madrid")
    await client.request_location(PHONE, "Where are you?")
    name = types.Contact.Name(formatted_name="Mara Voss", first_name="Mara")
    await client.send_contact(
        PHONE, types.Contact(name, phones=[types.Contact.Phone(phone="+49 30 5550100")])
    )
    await client.send_reaction(PHONE, "👍", sent.id)
    stats = await sim.get("_sim/stats")
    assert (stats["accepted"], stats["rejected"]) == (11, 0)


async def test_uploads_and_sends_media(sim: Sim) -> None:
    client = foreign(sim)
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    media = await client.upload_media(png, mime_type="image/png", filename="a.png")
    await client.send_image(PHONE, media, caption="Blue")
    await client.send_document(PHONE, "https://example.org/a.pdf", filename="a.pdf")
    await client.send_voice(PHONE, "https://example.org/a.ogg", mime_type="audio/ogg; codecs=opus")
    found = await client.get_media_url(media.id)
    assert found.mime_type == "image/png"
    assert await client.get_media_bytes(found.url) == png
    assert await client.delete_media(media.id)


async def test_lists_creates_edits_sends_and_deletes_templates(sim: Sim) -> None:
    client = foreign(sim)
    listed = await client.get_templates(statuses=["APPROVED", "PAUSED"], content="spring is here")
    assert [template.name for template in listed] == ["spring_sale"]
    assert (listed.total_count, listed.message_template_limit) == (1, 6_000)
    form = parts.Template(
        name="table_booked",
        language=parts.TemplateLanguage.ENGLISH_US,
        category=parts.TemplateCategory.UTILITY,
        components=[
            body := parts.BodyText("Hi {{1}}, your table for {{2}} is booked.", "Mara", "four"),
            parts.Buttons(buttons=[answer := parts.QuickReplyButton(text="Fine")]),
        ],
    )
    created = await client.create_template(form)
    await sim.until(lambda: sim.receiver.fields("message_template_status_update"))
    values = [body.params("Mara", "four"), answer.params(index=0, callback_data="fine:1")]
    sent = await client.send_template(
        PHONE, "table_booked", parts.TemplateLanguage.ENGLISH_US, params=values
    )
    assert sent.status == "accepted"
    edited = await client.update_template(created.id, new_components=[body])
    assert edited
    assert (edited.id, edited.name) == (created.id, "table_booked")
    assert await client.delete_template("table_booked")
    with pytest.raises(TemplateNotExists):
        await client.send_template(
            PHONE, "table_booked", parts.TemplateLanguage.ENGLISH_US, params=values
        )


async def test_marks_read_blocks_and_looks_around(sim: Sim) -> None:
    client = foreign(sim)
    wamid = await sim.write(PHONE, "text", {"body": "Hello"})
    assert await client.mark_message_as_read(wamid)
    assert await client.indicate_typing(wamid)
    blocked = await client.block_users([CUSTOMER])
    assert [user.input for user in blocked.added_users] == [CUSTOMER]
    with pytest.raises(BulkBlockingFailed):
        await client.block_users(["+34600000999"])
    assert (await client.unblock_users([CUSTOMER])).removed_users
    number = await client.get_business_phone_number()
    assert number.display_phone_number == "+34 611 555 010"
    profile = await client.get_business_profile()
    assert profile.about
    account = await client.get_business_account()
    assert account.id == sim.waba


async def uploaded(sim: Sim, name: str, kind: str, data: bytes) -> str:
    """A file that a customer attaches."""
    answer = await sim.client.post("/_sim/media", files={"file": (name, data, kind)})
    identifier: str = answer.json()["id"]
    return identifier


PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40


async def every_kind(sim: Sim) -> list[tuple[str, Json]]:
    """Every kind a customer can send, with what stands beside it."""
    sent = await sim.accepted(template())
    own = await sim.write(PHONE, "text", {"body": "Is it in stock?"})
    picture = await uploaded(sim, "a.png", "image/png", PNG)
    sound = await uploaded(sim, "a.ogg", "audio/ogg", b"OggS" + b"x" * 40)
    film = await uploaded(sim, "a.mp4", "video/mp4", b"x" * 40)
    paper = await uploaded(sim, "a.pdf", "application/pdf", b"%PDF" + b"x" * 40)
    sticker = await uploaded(sim, "a.webp", "image/webp", b"RIFF" + b"x" * 40)
    card = {"name": {"formatted_name": "Bo J", "first_name": "Bo"}, "phones": []}
    row = {"id": "r1", "title": "Express", "description": "1-2 days"}
    return [
        ("text", {"text": {"body": "Hi"}, "quoted": sent}),
        ("text", {"text": {"body": "Forwarded"}, "forwarded": True}),
        ("text", {"text": {"body": "From an ad"}, "referral": {"source_type": "ad"}}),
        ("text", {"text": {"body": "In a group"}, "group": "Y2FwaV9ncm91cDox"}),
        ("image", {"image": {"id": picture, "caption": "like this"}}),
        ("voice", {"voice": {"id": sound}}),
        ("audio", {"audio": {"id": sound}}),
        ("video", {"video": {"id": film}}),
        ("document", {"document": {"id": paper}}),
        ("sticker", {"sticker": {"id": sticker}}),
        ("location", {"location": {"latitude": 40.4, "longitude": -3.7, "name": "Sol"}}),
        ("contacts", {"contacts": [{**card, "origin": "contact_request"}]}),
        ("reaction", {"reaction": {"message_id": sent, "emoji": "👍"}}),
        ("reaction", {"reaction": {"message_id": sent, "emoji": ""}}),
        ("order", {"order": {"product_items": [{"product_retailer_id": "coffee"}]}}),
        ("button", {"button": {"payload": "STOP:1", "text": "Stop"}, "quoted": sent}),
        (
            "interactive",
            {
                "interactive": {
                    "type": "button_reply",
                    "button_reply": {"id": "keep", "title": "Keep"},
                },
                "quoted": sent,
            },
        ),
        (
            "interactive",
            {"interactive": {"type": "list_reply", "list_reply": row}, "quoted": sent},
        ),
        ("flow", {"flow": {"answers": {"email": "mara@example.org"}}, "quoted": sent}),
        (
            "interactive",
            {
                "interactive": {
                    "type": "call_permission_reply",
                    "call_permission_reply": {
                        "response": "accept",
                        "response_source": "user_action",
                        "expiration_timestamp": 1_790_000_000,
                    },
                },
                "quoted": sent,
            },
        ),
        ("unsupported", {"unsupported": {"type": "poll_creation"}}),
        ("edit", {"edit": {"original_message_id": own, "body": "Is it in stock now?"}}),
        ("revoke", {"revoke": {"original_message_id": own}}),
        ("system", {"system": {"type": "customer_identity_changed"}}),
        ("system", {"system": {"type": "user_changed_number", "phone": "+34600000777"}}),
    ]


async def test_readsevery_kind_customers_send(sim: Sim, caplog: pytest.LogCaptureFixture) -> None:
    client = foreign(sim)
    kinds = await every_kind(sim)
    for kind, content in kinds:
        body = {"type": kind, **content}
        answer = await sim.client.post(f"/_sim/customers/{PHONE}/messages", json=body)
        assert answer.status_code == 200, answer.text
    read = await judged(sim, client, caplog)
    found = [type(update).__name__ for update in read]
    assert found.count("MessageStatus") == 3
    assert len(found) == 1 + len(kinds) + 3
    assert {
        "Message", "CallbackButton", "CallbackSelection", "FlowCompletion", "CallPermissionUpdate",
        "EditedMessage", "DeletedMessage", "PhoneNumberChange", "IdentityChange",
    } <= set(found)  # fmt: skip


async def test_reads_what_becomes_of_messages_templates_and_the_account(
    sim: Sim, caplog: pytest.LogCaptureFixture
) -> None:
    client = foreign(sim)
    await sim.accepted(spring())
    await sim.client.post(f"/_sim/customers/{PHONE}/marketing", json={"stopped": True})
    [hello] = (await sim.get(f"{sim.waba}/message_templates", name="hello_world"))["data"]
    for state in ("FLAGGED", "PAUSED", "APPROVED", "PAUSED", "DISABLED", "REJECTED"):
        await sim.client.post(f"/_sim/templates/{hello['id']}/status", json={"status": state})
    for standing in ("RESTRICTED", "ACTIVE", "TO_BE_DISABLED", "DISABLED", "ACTIVE"):
        await sim.client.patch("/_sim/account", json={"standing": standing})
    for onboarding in ("ELIGIBLE", "ONBOARDED"):
        await sim.client.patch("/_sim/account", json={"marketing_onboarding": onboarding})
    violation = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}}
    await sim.client.post("/_sim/webhooks", json={"field": "account_update", "value": violation})
    read = await judged(sim, client, caplog)
    names = [type(update).__name__ for update in read]
    assert names.count("TemplateStatusUpdate") == 6
    assert names.count("AccountUpdate") == 6
    assert names.count("UserMarketingPreferences") == 1
    assert names.count("MessageStatus") == 3
