"""What customers do: write, tap, read, stop marketing; each becomes a webhook as Meta sends it."""

from typing import Any
from uuid import uuid4

import orjson

from simulator.identifiers import INBOUND, OUTBOUND
from simulator.kinds import MOVES, OPENS_NO_WINDOW, WITH_PROFILE, Wrong, notice_text
from simulator.ledger import INBOUND_CODE, Entry
from simulator.personas import Persona
from simulator.pump import Pump
from simulator.readings import index_of, text_of
from simulator.statuses import dumps, metadata
from simulator.wheel import DELIVERED, EVENT_BITS, FAILED, READ
from simulator.world import Number, World

_ANSWERS = (
    "Thanks, that is great news!",
    "How long is this valid?",
    "Can I get this in the city shop too?",
    "Perfect, count me in",
    "What does it cost with delivery?",
    "Thank you! I will stop by on Saturday.",
    "Is the blue one still available?",
    "👍",
)


def opens_window(kind: str, extra: dict[str, Any]) -> bool:
    """Whether the business may answer freely for a day: not for notices, not in groups."""
    return kind not in OPENS_NO_WINDOW and "group_id" not in extra


class Customers:
    """Every action of a customer."""

    def __init__(self, world: World, pump: Pump) -> None:
        self._world = world
        self._pump = pump

    def write(
        self,
        digits: str,
        number: Number,
        kind: str,
        value: Any,
        extra: dict[str, Any] | None = None,
    ) -> str:
        """Sends one message to the business and returns its wamid; `extra` is added next to its object."""
        world, extra = self._world, extra or {}
        now = world.clock.now()
        customer = world.people.obtain(digits)
        quoted = (extra.get("context") or {}).get("id")
        content = orjson.dumps((kind, value, quoted, extra))
        entry = Entry(now, number.index, customer, "", None, INBOUND_CODE, content=content)
        row = world.ledger.append(entry, world.people.last[customer])
        world.people.last[customer] = row
        world.people.touch(customer)
        if opens_window(kind, extra):
            world.people.window_opened(customer, number.index, now)
        number.bucket.spend(now)
        world.watch.version += 1
        wamid = world.ids.encode(row, INBOUND)
        world.journal.write("i", row, now, number.index, digits, orjson.Fragment(content))
        message: dict[str, Any] = {
            "id": wamid,
            "timestamp": str(int(now)),
            "type": kind,
            kind: value,
        }
        if digits not in number.block_list:  # blocked people reach nobody, and are not told
            change = self._change(customer, number, message | extra)
            self._pump.add_update(change, number.index, row)
        return wamid

    def notify(self, digits: str, number: Number, notice: dict[str, Any]) -> str:
        """A system notice: somebody moved to another number or user id, or has a new security code."""
        people, kind = self._world.people, text_of(notice["type"])
        customer = people.obtain(digits)
        old = people.profile(customer)
        system: dict[str, Any] = {"type": kind}
        new = digits
        if kind in MOVES:
            new = text_of(notice["phone"])
            moved = people.obtain(new)
            people.names.setdefault(moved, old.name)
            people.touch(moved)
            self.journal_person(moved)
            system |= {"user_id": people.profile(moved).user_id, "previous_user_id": old.user_id}
            if kind != "user_changed_user_id":
                system["new_wa_id" if kind == "customer_changed_number" else "wa_id"] = new
        else:
            system |= {"customer": digits, "wa_id": digits}
        hidden = kind == "user_changed_user_id"
        told = (old.user_id, text_of(system.get("user_id"))) if hidden else (digits, new)
        system["body"] = text_of(notice.get("body")) or notice_text(kind, old.name, *told)
        extra = {} if kind in MOVES else {"identity": self._identity()}
        return self.write(digits, number, "system", system, extra)

    def _identity(self) -> dict[str, Any]:
        """A security code that nobody has confirmed yet."""
        now = str(int(self._world.clock.now()))
        return {"acknowledged": False, "created_timestamp": now, "hash": uuid4().hex[:12]}

    def _change(self, customer: int, number: Number, message: dict[str, Any]) -> str:
        profile = self._world.people.profile(customer)
        digits = self._world.people.numbers[customer]
        # Notices come without a profile, except those in the old form.
        notice = message["type"] == "system" and message["system"]["type"] not in WITH_PROFILE
        if notice:
            hidden = message["system"]["type"] == "user_changed_user_id"
            sender = {} if hidden else {"from": digits}
            return self._text_of(number, "", sender | message)
        card: dict[str, Any] = {"profile": {"name": profile.name}, "user_id": profile.user_id}
        if profile.username:
            card["profile"]["username"] = profile.username
        if profile.phone_visible:
            card["wa_id"] = digits
            message = {"from": digits, **message}
        message["from_user_id"] = profile.user_id
        return self._text_of(number, f'"contacts":[{dumps(card)}],', message)

    def _text_of(self, number: Number, contacts: str, message: dict[str, Any]) -> str:
        return (
            f'{{"value":{{{metadata(number)},{contacts}"messages":[{dumps(message)}]}},'
            '"field":"messages"}'
        )

    def media_value(self, identifier: str, kind: str, extra: dict[str, Any]) -> dict[str, Any]:
        """The media object an inbound webhook of a kind carries; any file can be a document."""
        world = self._world
        now = world.clock.now()
        media = world.media.get(identifier, now)
        if media is None:
            raise Wrong("Upload the file to /_sim/media first.")
        if kind not in (media.kind, "document"):
            raise Wrong(f"This file is no {kind}; its kind is {media.kind}.")
        base = world.config.public_url.rstrip("/")
        value = {
            **extra,
            "mime_type": media.mime_type,
            "sha256": media.sha256,
            "id": media.id,
            "url": f"{base}/whatsapp_business/attachments/?mid={world.media.link(media.id, now)}",
        }
        if kind == "sticker":
            value.setdefault("animated", False)
        if value.get("voice"):
            value["mime_type"] = "audio/ogg; codecs=opus"
        if kind == "document":
            value.setdefault("filename", media.filename)
        return value

    def read_all(self, digits: str) -> int:
        """Marks every business message in the thread as read; returns how many."""
        world = self._world
        customer = world.people.find(digits)
        if customer is None or world.people.persona(customer) is Persona.NO_READ_RECEIPTS:
            return 0
        now = world.clock.now()
        row, count = world.people.last[customer], 0
        while row >= 0:
            state = world.ledger.states[row]
            outbound = world.ledger.codes[row] == 0
            if outbound and state == READ:
                break
            if outbound and DELIVERED <= state < READ:
                event = row << EVENT_BITS | READ
                world.journal.write("e", event, now)
                world.wheel.add(now, event)
                count += 1
            row = world.ledger.previous[row]
        return count

    def set_marketing(self, digits: str, *, stopped: bool) -> None:
        """The customer stops or resumes marketing; every number of the business is told once."""
        world = self._world
        customer = world.people.obtain(digits)
        world.people.set_marketing(customer, stopped=stopped)
        world.people.touch(customer)
        self.journal_person(customer)
        world.watch.version += 1
        profile = world.people.profile(customer)
        word = "stop" if stopped else "resume"
        preference: dict[str, Any] = {
            "user_id": profile.user_id,
            "detail": f"User requested to {word} marketing messages",
            "category": "marketing_messages",
            "value": word,
            "timestamp": int(world.clock.now()),
        }
        card: dict[str, Any] = {"profile": {"name": profile.name}, "user_id": profile.user_id}
        if profile.phone_visible:
            card["wa_id"] = preference["wa_id"] = digits
        number = world.numbers[self._number_of(customer)]
        change = (
            f'{{"value":{{{metadata(number)},"contacts":[{dumps(card)}],'
            f'"user_preferences":[{dumps(preference)}]}},"field":"user_preferences"}}'
        )
        self._pump.add_update(change, number.index)

    def _number_of(self, customer: int) -> int:
        row = self._world.people.last[customer]
        return self._world.ledger.numbers[row] if row >= 0 else 0

    def journal_person(self, customer: int) -> None:
        """Keeps a customer's name and choices across a restart."""
        people = self._world.people
        self._world.journal.write(
            "n", people.numbers[customer], people.names.get(customer), people.flags[customer]
        )

    def answer(self, row: int) -> None:
        """Replies to the message in a row the way the customer's persona does."""
        world = self._world
        customer = world.ledger.customers[row]
        digits = world.people.numbers[customer]
        number = world.numbers[world.ledger.numbers[row]]
        if world.ledger.states[row] == FAILED:
            return
        persona = world.people.persona(customer)
        wamid = world.ids.encode(row, OUTBOUND)
        if persona is Persona.SAYS_STOP:
            self.write(digits, number, "text", {"body": "STOP"})
            return
        button = self.first_quick_reply(row)
        if button and (persona is Persona.TAPS or world.random.random() < 0.5):
            context = {"context": {"from": number.digits, "id": wamid}}
            self.write(digits, number, "button", button, context)
        else:
            self.write(digits, number, "text", {"body": world.random.choice(_ANSWERS)})

    def first_quick_reply(self, row: int) -> dict[str, str] | None:
        """Payload and label of the first quick reply of a template message."""
        content = self._world.ledger.content(row)
        if not content or content[0] != "template":
            return None
        key, given = content[1]
        _, components = self._world.catalog.revisions.get(key, ("", []))
        for component in components:
            if component.get("type") != "BUTTONS":
                continue
            for place, button in enumerate(component["buttons"]):
                if button["type"] == "QUICK_REPLY":
                    return {
                        "payload": payload_of(given, place, button["text"]),
                        "text": button["text"],
                    }
        return None


def payload_of(given: Any, place: int, label: str) -> str:
    """The payload a send gave a quick reply, or its label."""
    for component in given or []:
        if text_of(component.get("type")).lower() != "button":
            continue
        if index_of(component.get("index")) == place and component.get("parameters"):
            return text_of(component["parameters"][0].get("payload", label))
    return label
