"""Everything the builder's pickers offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import CustomField, Group
from domain.users import User
from services.automations import zones
from services.templates import show
from services.templates.show import ShownTemplate
from store import calendars, channels, fields, groups, labels, users
from store.automations import around, designs, secrets
from store.automations.designs import AutomationRow
from store.calendars import Stored
from store.channels import ChannelRow
from store.labels import Label

MOST_TEMPLATES = 500
MOST_CAMPAIGNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChoice:
    """A template in all its languages; the first that can be sent leads."""

    name: str
    lead: ShownTemplate
    languages: Sequence[ShownTemplate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to choose from."""

    templates: Sequence[TemplateChoice]
    fields: Sequence[CustomField]
    labels: Sequence[Label]
    groups: Sequence[Group]
    users: Sequence[User]
    channels: Sequence[ChannelRow]
    automations: Sequence[AutomationRow]
    campaigns: Sequence[tuple[UUID, str]]
    calendars: Sequence[Stored]
    secrets: Sequence[str]
    zone: str


async def choices(session: AsyncSession) -> Choices:
    """All of it, in a handful of statements."""
    names = await around.template_names(session, MOST_TEMPLATES)
    rows = await around.templates(session, names)
    return Choices(
        templates=[
            _template(name, [show.show(row) for row in versions])
            for name, versions in groupby(rows, lambda row: row.name)
        ],
        fields=await fields.every(session),
        labels=await labels.every(session),
        groups=await groups.every(session),
        users=[user for user in await users.all_users(session) if user.is_active],
        channels=await channels.list_all(session),
        automations=await designs.named(session),
        campaigns=await around.recent_campaigns(session, MOST_CAMPAIGNS),
        calendars=await calendars.every(session),
        secrets=[secret.name for secret in await secrets.names(session)],
        zone=str(zones.ours()),
    )


def _template(name: str, languages: list[ShownTemplate]) -> TemplateChoice:
    lead = next((shown for shown in languages if shown.problem is None), languages[0])
    return TemplateChoice(name=name, lead=lead, languages=languages)
