"""Numbers, account, tokens, subscriptions and media."""

import hmac

from tests.simulator.harness import CUSTOMER, URL, Sim, simulator

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


async def test_numbers_and_health(sim: Sim) -> None:
    page = await sim.get(f"{sim.waba}/phone_numbers", fields="display_phone_number,throughput")
    assert page["data"] == [
        {
            "id": sim.number,
            "display_phone_number": "+34 611 555 010",
            "throughput": {"level": "STANDARD"},
        }
    ]
    node = await sim.get(sim.number, fields="health_status,verified_name,status")
    assert node["health_status"]["can_send_message"] == "AVAILABLE"
    kinds = [entity["entity_type"] for entity in node["health_status"]["entities"]]
    assert kinds == ["PHONE_NUMBER", "WABA", "BUSINESS", "APP"]
    await sim.post(f"{sim.number}/deregister", {})
    node = await sim.get(sim.number, fields="health_status")
    assert node["health_status"]["can_send_message"] == "BLOCKED"


async def test_tokens(sim: Sim) -> None:
    config = sim.engine.world.config
    data = (await sim.get("debug_token", input_token=config.access_tokens[0]))["data"]
    assert data["is_valid"]
    assert "whatsapp_business_messaging" in data["scopes"]
    assert not (await sim.get("debug_token", input_token="EAA-other"))["data"]["is_valid"]
    token = config.access_tokens[0].encode()
    proof = hmac.digest(config.app_secret.encode(), token, "sha256").hex()
    assert await sim.get(sim.number, appsecret_proof=proof)
    wrong = await sim.client.get(f"/v23.0/{sim.number}", params={"appsecret_proof": "0"})
    assert wrong.status_code == 400
    nobody = await sim.client.get(f"/v23.0/{sim.number}", headers={"authorization": "Bearer x"})
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (401, 190)
    unknown = await sim.client.get("/v23.0/999")
    assert unknown.json()["error"]["error_subcode"] == 33


async def test_subscriptions(sim: Sim) -> None:
    config = sim.engine.world.config
    [app] = (await sim.get(f"{sim.waba}/subscribed_apps"))["data"]
    assert app["whatsapp_business_api_data"]["id"] == config.app_id
    assert "override_callback_uri" not in app
    await sim.client.delete(f"/v23.0/{sim.waba}/subscribed_apps")
    assert (await sim.get(f"{sim.waba}/subscribed_apps"))["data"] == []
    override = {
        "override_callback_uri": "http://other.test/hook",
        "verify_token": config.verify_token,
    }
    await sim.post(f"{sim.waba}/subscribed_apps", override)
    [app] = (await sim.get(f"{sim.waba}/subscribed_apps"))["data"]
    assert app["override_callback_uri"] == "http://other.test/hook"


async def test_app_subscription_sets_the_callback() -> None:
    async with simulator(webhook_url=None) as sim:
        config = sim.engine.world.config
        app = {"authorization": f"Bearer {config.app_id}|{config.app_secret}"}
        form = {
            "object": "whatsapp_business_account",
            "callback_url": "http://app.test/new",
            "verify_token": config.verify_token,
        }
        address = f"/v23.0/{config.app_id}/subscriptions"
        assert (await sim.client.get(address, headers=app)).json() == {"data": []}
        response = await sim.client.post(address, data=form, headers=app)
        assert response.json() == {"success": True}
        await sim.write(CUSTOMER[1:], "text", {"body": "Hi"})
        await sim.until(lambda: sim.receiver.urls == {"http://app.test/new"})


async def test_management_calls_are_limited(sim: Sim) -> None:
    sim.engine.world.management.size = 2
    codes = [(await sim.client.get(f"/v23.0/{sim.number}")).status_code for _ in range(4)]
    assert codes == [200, 200, 400, 400]


async def test_media_life(sim: Sim) -> None:
    response = await sim.client.post(
        f"/v23.0/{sim.number}/media",
        data={"messaging_product": "whatsapp", "type": "image/png"},
        files={"file": ("a.png", PNG, "image/png")},
    )
    identifier = response.json()["id"]
    node = await sim.get(identifier)
    assert (node["mime_type"], node["file_size"]) == ("image/png", str(len(PNG)))
    assert node["url"].startswith(URL)
    assert (await sim.client.get(node["url"])).content == PNG
    anonymous = await sim.client.get(node["url"], headers={"authorization": ""})
    assert anonymous.status_code == 401
    image = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "image"}
    assert await sim.accepted({**image, "image": {"id": identifier}})
    video = {**image, "type": "video", "video": {"id": identifier}}
    assert await sim.refusal(video) == (400, 131053)
    assert (await sim.client.delete(f"/v23.0/{identifier}")).json() == {"success": True}
    assert (await sim.client.get(node["url"])).status_code == 404
    assert await sim.refusal({**image, "image": {"id": identifier}}) == (400, 131053)


async def test_download_addresses_expire(sim: Sim) -> None:
    world = sim.engine.world
    media = world.media.put(PNG, "image/png", "a.png", 0, world.clock.now())
    key = world.media.link(media.id, world.clock.now() - 301)
    assert world.media.linked(key, world.clock.now()) is None


async def test_media_is_checked(sim: Sim) -> None:
    async def refused(data: bytes, kind: str) -> int:
        response = await sim.client.post(
            f"/v23.0/{sim.number}/media",
            data={"messaging_product": "whatsapp", "type": kind},
            files={"file": ("a", data, kind)},
        )
        code: int = response.json()["error"]["code"]
        return code

    assert await refused(b"GIF89a", "image/gif") == 100
    assert await refused(b"no picture", "image/png") == 131053
    assert await refused(PNG + b"x" * 5 * 1024 * 1024, "image/png") == 131053
    assert await refused(b"", "image/png") == 131053
    missing = await sim.post(f"{sim.number}/media", {})
    assert missing.json()["error"]["code"] == 100


async def test_account_node(sim: Sim) -> None:
    node = await sim.get(sim.waba, fields="name,owner_business_info")
    assert node["name"] == "Lumen Market"
    public = await sim.get("_sim/account")
    assert public["personas"]["0001"] == "not on WhatsApp"
    config = sim.engine.world.config
    assert config.app_secret not in str(public)
