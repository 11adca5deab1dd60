"""What a run knows of its contact, as conditions compare it and as messages say it."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations import texts
from domain.automations.nodes import AnswerType
from domain.contacts import CustomField, FieldType
from services import clock
from services.automations import documents, facts, playing
from services.contacts import write
from services.contacts.write import ContactChange
from services.vault import Vault, new_key
from store import fields
from tests import graphs, runs


async def test_fields_are_said_as_campaigns_say_them(session: AsyncSession) -> None:
    for key, kind in (
        ("renewal", FieldType.DATE),
        ("size", FieldType.NUMBER),
        ("vip", FieldType.BOOL),
    ):
        await fields.create(session, CustomField(key, key.title(), kind))
    who = await runs.cast(session, Vault([new_key()]))
    own = {"renewal": "2027-01-02", "size": "7.5", "vip": "yes"}
    await write.update(session, SYSTEM, who.contact_id, ContactChange(language="de", fields=own))
    found = await facts.gather(session, who.contact_id, who.channel_id, clock.now(), None)
    assert found is not None
    text = "{{contact.renewal}} {{contact.size}} {{contact.vip}} {{contact.language}}"
    assert texts.fill(text, texts.spoken(found, {})) == "2. Januar 2027 7,5 Ja de"
    assert texts.fill(text, texts.values(found, {})) == "2027-01-02 7.5 true de"


async def test_days_in_answers_are_said_like_days_in_fields(session: AsyncSession) -> None:
    who = await runs.cast(session, Vault([new_key()]))
    await write.update(session, SYSTEM, who.contact_id, ContactChange(language="es_MX"))
    found = await facts.gather(session, who.contact_id, who.channel_id, clock.now(), None)
    assert found is not None
    said = texts.spoken(found, {"day": "2026-12-24"})
    assert texts.fill("El {{answer.day}}", said) == "El 24 de diciembre de 2026"


def test_the_test_of_the_builder_says_them_so_too() -> None:
    drawn = graphs.chain(
        graphs.ask("When?", AnswerType.DATE, save_as="day"), graphs.say("{{answer.day}}")
    )
    script = {
        "message": "Hi",
        "actions": [{"kind": "write", "text": "24.12.2026"}],
        "person": {"language": "de"},
    }
    shown = playing.played(documents.write(drawn), script)
    assert shown.lines[-1].text == "24. Dezember 2026"
