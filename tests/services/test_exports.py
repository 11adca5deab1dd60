"""A download of people's data is recorded with its size and filter, but never with a searched name."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.audit import AuditFilter
from domain.contacts import ContactFilter, Selection, SortOrder
from domain.errors import NotFound
from domain.ids import new_id
from services import audit, exports
from services.campaigns.outcomes.recipients import RecipientFilter
from services.contacts import write
from services.contacts.write import ContactChange
from services.exports import PeopleFile


async def _text(session: AsyncSession, file: PeopleFile) -> str:
    return "".join([piece async for piece in file.lines(session)])


async def test_contacts_are_on_record_before_their_file_is_read(session: AsyncSession) -> None:
    for name in ("Ana Ruiz", "Ana Lima"):
        phone = f"+5511987651{len(name)}{name[4:5] == 'R':d}0"
        await write.create(session, SYSTEM, ContactChange(phone=phone, name=name))
    chosen = Selection(filter=ContactFilter(search="Ana", opted_out=False))
    file = await exports.contacts(session, SYSTEM, chosen, SortOrder.NAME)
    (entry,) = await audit.page(session, AuditFilter(action="contacts.exported"))
    assert entry.after == {"rows": 2, "consent": "in", "searched": True}
    assert file.name == "contacts.csv"
    lines = (await _text(session, file)).splitlines()
    assert [line.split(",")[1] for line in lines] == ["name", "Ana Lima", "Ana Ruiz"]


async def test_nothing_is_on_record_of_what_is_not_there(session: AsyncSession) -> None:
    for ask in (
        exports.campaign_recipients(session, SYSTEM, new_id(), RecipientFilter(), say),
        exports.left_out_of_campaign(session, SYSTEM, new_id(), say),
        exports.left_out_of_import(session, SYSTEM, new_id(), say),
    ):
        with pytest.raises(NotFound):
            await ask
    assert not [
        e for e in await audit.page(session, AuditFilter()) if e.action.endswith(".exported")
    ]
