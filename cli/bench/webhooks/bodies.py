"""Signed deliveries as Meta sends them, written before the measurement: HTTP requests ready to send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from cli.bench.scene import Scene
from services.channels import verify
from services.vault import Vault
from simulator.identifiers import user_id
from store import channels
from whatsapp import signature

COUNTRY = "ES"
"""Where the scene's people live."""


@dataclass(frozen=True, slots=True)
class News:
    """A status of one of our messages: whose phone, and what became of it."""

    message_id: UUID
    phone: str
    state: str
    at: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Meta, as our number's app knows it."""

    host: str
    secret: str
    waba_id: str
    number: Mapping[str, str]

    def statuses(self, news: Sequence[News]) -> bytes:
        """A request with the statuses of some messages."""
        people = [_card(one.phone) for one in news]
        return self._request({"contacts": people, "statuses": [_status(one) for one in news]})

    def message(self, phone: str, wamid: str, body: str, at: int) -> bytes:
        """A request with a text from a customer."""
        written = {
            "from": phone, "from_user_id": user_id(phone, COUNTRY), "id": wamid, "timestamp": str(at),
            "type": "text", "text": {"body": body},
        }  # fmt: skip
        return self._request({"contacts": [_card(phone)], "messages": [written]})

    def _request(self, lists: Mapping[str, Any]) -> bytes:
        value = {"messaging_product": "whatsapp", "metadata": self.number, **lists}
        entry = {"id": self.waba_id, "changes": [{"field": "messages", "value": value}]}
        body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
        head = (
            f"POST /api/webhook HTTP/1.1\r\nhost: {self.host}\r\nuser-agent: facebookexternalua\r\n"
            f"content-type: application/json\r\nx-hub-signature-256: {signature.sign(self.secret, body)}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def sender(scene: Scene) -> Sender:
    """Meta with the secret that the number's webhooks are checked with."""
    vault = Vault.from_settings(scene.stack.settings)
    async with scene.sessions() as session:
        secrets = dict(await verify.secrets(session, vault))
        channel = await channels.get(session, scene.channel_id)
        assert channel is not None
        number = {
            "display_phone_number": channel.display_phone_number,
            "phone_number_id": channel.phone_number_id,
        }
        host = urlsplit(scene.stack.urls.app).netloc
        return Sender(host, secrets[scene.channel_id], channel.waba_id, number)


def _card(phone: str) -> dict[str, Any]:
    return {
        "profile": {"name": f"Person {phone[-5:]}"},
        "wa_id": phone,
        "user_id": user_id(phone, COUNTRY),
    }


def _status(one: News) -> dict[str, Any]:
    return {
        "id": f"wamid.{one.message_id}", "status": one.state, "timestamp": str(one.at),
        "recipient_id": one.phone, "recipient_user_id": user_id(one.phone, COUNTRY),
        "pricing": {
            "billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility",
        },
        "biz_opaque_callback_data": f"{one.message_id}:1",
    }  # fmt: skip
