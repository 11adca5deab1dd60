"""The contents of a fresh demo: a sign-in, a number on the simulator, templates, fields, people."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain import phone
from domain.actors import SYSTEM
from domain.contacts import CustomField, FieldType
from domain.errors import DomainError
from domain.permissions import Role
from services import samples, users
from services.channels import probe, write
from services.channels.write import ChannelForm
from services.contacts import fields as contact_fields
from services.contacts import groups as contact_groups
from services.samples import SamplePerson
from services.templates import sync
from services.vault import Vault
from store import channels, demo, freeing
from store import users as user_rows
from store.demo import DemoContact
from whatsapp.client import CallNotMade, CallUnanswered, CloudApi, CloudApiError

ADMIN_EMAIL = "demo@whatsway.local"
ADMIN_NAME = "Demo admin"
PORTFOLIO = "Demo business"
CHANNEL = "Demo number"
GROUP = "Newsletter"
PEOPLE = slice(4_930, 5_117)
"""How many sample people: the first 43 are also in a sample file of 5,000 rows, so it updates some."""

FIELDS = (
    CustomField("city", "City", FieldType.TEXT),
    CustomField("order_no", "Order no", FieldType.TEXT),
    CustomField("loyalty", "Loyalty", FieldType.ENUM, ("Gold", "Silver", "Bronze")),
    CustomField("birthday", "Birthday", FieldType.DATE),
)


@dataclass(frozen=True, slots=True)
class DemoNumber:
    """The simulator's number and credentials, as configured at its start."""

    phone_number_id: str
    waba_id: str
    access_token: str
    app_secret: str
    verify_token: str
    api_version: str = "v23.0"


async def seed(
    session: AsyncSession,
    vault: Vault,
    *,
    simulator_url: str,
    number: DemoNumber,
    admin_password: str,
) -> UUID:
    """Set up everything that needs no request; safe to repeat; returns the channel's id."""
    if await user_rows.by_email(session, ADMIN_EMAIL) is None:
        await users.create(
            session,
            SYSTEM,
            email=ADMIN_EMAIL,
            name=ADMIN_NAME,
            role=Role.ADMIN,
            password=admin_password,
        )
    channel_id = await _channel(session, vault, simulator_url, number)
    for field in FIELDS:
        await contact_fields.ensure(session, field)
    group = await contact_groups.ensure(session, GROUP)
    people = [*samples.special_people(), *samples.people()[PEOPLE]]
    contacts = [_contact(person) for person in people]
    await freeing.numbers(session, [contact.phone_key for contact in contacts])
    await demo.add_contacts(session, group.id, contacts)
    return channel_id


async def connect(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    api: CloudApi,
    channel_id: UUID,
    *,
    public_url: str,
    clock: Callable[[], datetime],
) -> bool:
    """Check the demo number live and fetch its templates; the app and the simulator must answer.

    False if somebody removed the number or changed its token: that is theirs to fix.
    """
    try:
        steps = await probe.check(
            sessions, vault, api, channel_id, public_url=public_url, clock=clock
        )
        await sync.sync(sessions, vault, api, channel_id, now=clock())
    except (DomainError, CloudApiError, CallNotMade, CallUnanswered):
        return False
    return all(step.state != "failed" for step in steps)


async def names(session: AsyncSession, digits: Sequence[str]) -> dict[str, str]:
    """Contact names for some numbers, by the digits requested."""
    keys: dict[str, str] = {}
    for one in digits:
        with suppress(DomainError):
            keys[one] = phone.key(phone.from_wa_id(one))
    found = await demo.names(session, list(keys.values()))
    return {one: found[key] for one, key in keys.items() if key in found}


async def _channel(
    session: AsyncSession, vault: Vault, simulator_url: str, number: DemoNumber
) -> UUID:
    """The demo channel, following the simulator when its address changed."""
    known = await channels.by_phone_number(session, number.phone_number_id)
    form = ChannelForm(
        name=CHANNEL if known is None else known.name,
        phone_number_id=number.phone_number_id,
        waba_id=number.waba_id,
        access_token=number.access_token,
        app_secret=number.app_secret,
        verify_token=number.verify_token,
        api_url=simulator_url,
        api_version=number.api_version,
    )
    if known is None:
        portfolio_id = await channels.add_portfolio(session, PORTFOLIO)
        form = replace(form, portfolio_id=portfolio_id)
        return (await write.add(session, vault, form, actor=SYSTEM)).id
    if known.deleted_at is None and known.api_url != simulator_url.rstrip("/"):
        await write.edit(session, vault, known.id, form, actor=SYSTEM)
    return known.id


def _contact(person: SamplePerson) -> DemoContact:
    return DemoContact(
        phone=person.phone,
        phone_key=phone.key(person.phone),
        name=person.name,
        language=person.language,
        fields={
            "city": person.city,
            "order_no": person.order_no,
            "loyalty": person.loyalty,
            "birthday": person.birthday.isoformat(),
        },
    )
