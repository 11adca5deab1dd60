"""Rows that tests start from: a number on the simulator, a template, people, a launched campaign."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import Audience, Variable
from domain.ids import new_id
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch
from services.vault import Vault
from store import channels, generated, groups
from store.sending.claims import Span
from store.tables.channels import ChannelRow
from store.tables.templates import TemplateRow

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PHONE_NUMBER_ID = "109876543210987"
WABA_ID = "102030405060708"
APP_SECRET = "simulator-app-secret"
COMPONENTS: list[Any] = [
    {
        "type": "BODY",
        "text": "Hi {{1}}, your order is ready.",
        "example": {"body_text": [["Mara"]]},
    }
]


@dataclass(frozen=True, slots=True)
class LaunchedCampaign:
    """Ids of a launched and frozen campaign."""

    id: UUID
    channel_id: UUID
    group_id: UUID
    total: int

    @property
    def span(self) -> Span:
        """All of its recipients."""
        return Span(self.id, self.channel_id, 1, max(self.total, 1))


async def channel(
    session: AsyncSession,
    vault: Vault,
    *,
    api_url: str = "http://127.0.0.1:1",
    throughput: int = 1000,
) -> UUID:
    """A connected number with the simulator's own identity."""
    portfolio_id = await channels.add_portfolio(session, "Tests")
    row = ChannelRow(
        portfolio_id=portfolio_id, name="Main line", phone_number_id=PHONE_NUMBER_ID, waba_id=WABA_ID,
        display_phone_number="+34 611 555 010", api_url=api_url,
        access_token=vault.encrypt("EAA-simulator-token"), app_secret=vault.encrypt(APP_SECRET),
        verify_token=vault.encrypt("simulator-verify-token"), status="connected",
        throughput=throughput,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row.id


async def template(
    session: AsyncSession,
    *,
    name: str = "restock_coffee",
    category: str = "UTILITY",
    components: list[Any] | None = None,
) -> UUID:
    """An approved template with one variable."""
    row = TemplateRow(
        waba_id=WABA_ID, meta_id=str(new_id().int % 10**15), name=name, language="en_US",
        category=category, status="APPROVED", components=components or COMPONENTS, synced_at=NOW,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row.id


async def people(session: AsyncSession, count: int, group: str = "Everybody") -> UUID:
    """A group with so many contacts."""
    found = await groups.ensure(session, group)
    await generated.contacts(session, found.id, count)
    return found.id


async def campaign(
    session: AsyncSession,
    vault: Vault,
    count: int = 10,
    *,
    api_url: str = "http://127.0.0.1:1",
    category: str = "UTILITY",
    throughput: int = 1000,
    throttle: int | None = None,
    begun: bool = True,
) -> LaunchedCampaign:
    """A campaign, launched and frozen; running unless ``begun`` is False."""
    channel_id = await channel(session, vault, api_url=api_url, throughput=throughput)
    template_id = await template(session, category=category)
    group_id = await people(session, count)
    created = await write.create(session, SYSTEM, "Spring")
    change = DraftChange(
        channel_id=channel_id,
        template_id=template_id,
        audience=Audience(group_ids=[group_id]),
        variables={"body.1": Variable("name", "friend")},
        throttle=throttle,
    )
    await write.change(session, created.id, SYSTEM, change, None)
    await launch.launch(session, created.id, SYSTEM, datetime.now(UTC))
    total = await freezing.freeze(session, created.id)
    if begun:
        statement = text(
            "UPDATE campaigns SET status = 'running', started_at = now() WHERE id = :id"
        )
        await session.execute(statement, {"id": created.id})
    return LaunchedCampaign(created.id, channel_id, group_id, total)
