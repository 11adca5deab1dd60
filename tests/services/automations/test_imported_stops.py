"""A file that stops marketing ends the marketing runs of the people in it, as any other stop does."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.graphs import Settings
from domain.automations.triggers import ManualTrigger
from services.automations import routing, starting
from services.automations.starting import Start
from services.vault import Vault, new_key
from tests import factories, graphs
from tests.services.automations import acting
from tests.services.imports import test_consent

FILE = """Name,Phone,Consent
Yes,+34611000001,yes
No,+34611000002,no
"""


async def test_only_those_whom_it_stops_leave_and_only_marketing(
    session: AsyncSession, tmp_path: Path
) -> None:
    await factories.channel(session, Vault([new_key()]))
    people = FILE.replace(",Consent", "").replace(",yes", "").replace(",no", "")
    await test_consent.take(session, tmp_path, people)
    contacts = await acting.column(session, "id FROM contacts ORDER BY phone")
    for name, marketing in (("Sale", True), ("Support", False)):
        drawn = graphs.graph(
            {"hello": graphs.say("Hello")}, triggers={"start": ManualTrigger()},
            settings=Settings(marketing=marketing),
        )  # fmt: skip
        automation = await acting.live(session, drawn, name)
        for contact_id in contacts:
            wanted = Start(automation_id=automation, contact_id=contact_id, cause="hand:1")
            assert await starting.start(session, SYSTEM, wanted)
    before = await session.scalar(text("SELECT max(id) FROM journal"))
    await test_consent.take(session, tmp_path, FILE)
    for entry in await acting.unrouted(session, before or 0):
        await routing.route(session, entry)
    ended = await session.execute(
        text("""
SELECT c.name, r.marketing, r.ending FROM automation_runs r JOIN contacts c ON c.id = r.contact_id ORDER BY 1, 2""")
    )
    assert [tuple(row) for row in ended] == [
        ("No", False, None), ("No", True, "opted_out"), ("Yes", False, None), ("Yes", True, None),
    ]  # fmt: skip
