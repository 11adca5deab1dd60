"""What earlier releases wrote to two separate logs is in the journal after an upgrade."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.journal.rules import RULES
from services.vault import Vault, new_key
from store import audit, journal, moving
from store.audit import AuditFilter
from tests import factories


@pytest.fixture
async def old(session: AsyncSession) -> factories.LaunchedCampaign:
    """A campaign whose launch and end an earlier release wrote down."""
    launched = await factories.campaign(session, Vault([new_key()]), 1)
    await session.execute(text("DELETE FROM journal"))
    for kind, detail in (("launched", '{"expected": 7}'), ("completed", "{}")):
        await session.execute(
            text(
                "INSERT INTO campaign_events (campaign_id, kind, detail, at)"
                " VALUES (:id, :kind, CAST(:detail AS jsonb), now() - interval '90 days')"
            ),
            {"id": launched.id, "kind": kind, "detail": detail},
        )
    for action, entity, thing in (
        ("campaign.launch", "campaign", str(launched.id)),
        ("contact.opt_out", "contact", "many"),
        ("webhook.replayed", "webhook_object", "3"),
        ("thing.unheard_of", "thing", str(uuid4())),
    ):
        await session.execute(
            text(
                "INSERT INTO audit_log (actor, action, entity, entity_id, after, at) VALUES"
                " ('user', :action, :entity, :thing, '{\"people\": 3}', now() - interval '90 days')"
            ),
            {"action": action, "entity": entity, "thing": thing},
        )
    return launched


async def _move(session: AsyncSession) -> None:
    connection = await session.connection()
    while await connection.run_sync(moving.old_logs):
        pass


async def test_both_logs_move(session: AsyncSession, old: factories.LaunchedCampaign) -> None:
    await _move(session)
    history = await journal.of_campaign(session, old.id)
    assert [(entry.kind, entry.detail) for entry in history] == [
        ("completed", {}), ("launched", {"recipients": 7}),
    ]  # fmt: skip
    log = await audit.page(session, AuditFilter())
    assert [entry.action for entry in log] == [
        "thing.unheard_of", "object.replayed", "contacts.opted_out", "campaign.launched",
    ]  # fmt: skip
    assert log[0].after == {"people": 3}
    assert await session.scalar(text("SELECT count(*) FROM audit_log")) == 0
    assert await session.scalar(text("SELECT count(*) FROM campaign_events")) == 0


async def test_no_command_follows_from_what_moved(
    session: AsyncSession, old: factories.LaunchedCampaign
) -> None:
    await _move(session)
    assert await session.scalar(text("SELECT count(*) FROM journal WHERE stream IS NOT NULL")) == 0


async def test_it_moves_in_portions(
    session: AsyncSession, old: factories.LaunchedCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PORTION", 3)
    await _move(session)
    assert len(await audit.page(session, AuditFilter())) == 4


def test_every_old_name_is_a_kind_of_fact_now() -> None:
    pairs = re.findall(r"\('([^']+)', '([^']+)'\)", moving._NAMES)
    assert len(pairs) > 40
    assert {new for _, new in pairs} - RULES.keys() == set()


async def test_a_contacts_entries_are_found_by_the_contact(session: AsyncSession) -> None:
    contact_id = uuid4()
    await session.execute(
        text(
            "INSERT INTO audit_log (actor, action, entity, entity_id)"
            " VALUES ('user', 'contact.update', 'contact', :id), ('user', 'contact.update', 'contact', 'odd'), ('user', 'contact.delete_many', 'contact', 'many')"
        ),
        {"id": str(contact_id)},
    )
    await _move(session)
    query = text("SELECT kind FROM journal WHERE contact_id = :id")
    assert list(await session.scalars(query, {"id": contact_id})) == [
        "contact.updated"
    ]  # not the odd one
    entry = (await audit.page(session, AuditFilter()))[0]
    assert entry.action == "contacts.deleted"
