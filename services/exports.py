"""Downloads of people's data: each is recorded before its first line is read."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Selection, SortOrder
from domain.journal import team
from domain.sentences import Say
from services import journal
from services.campaigns import report
from services.campaigns.files import intake as campaign_files
from services.campaigns.outcomes import recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from services.contacts import groups, search
from services.imports import preview
from services.imports import report as import_report

Lines = Callable[[AsyncSession], AsyncIterator[str]]
LEFT_OUT = "rows-left-out.csv"


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A recorded export: commit, then send what ``lines`` reads from a separate session."""

    name: str
    lines: Lines


async def contacts(
    session: AsyncSession, actor: Actor, selection: Selection, sort: SortOrder
) -> PeopleFile:
    """The contacts that match, as a table; NotFound for a group that is gone."""
    chosen = selection.filter
    if chosen.group_id is not None:
        await groups.get(session, chosen.group_id)
    allowed = {True: "out", False: "in", None: ""}[chosen.opted_out]
    about = {
        "group": chosen.group_id,
        "consent": chosen.consent or allowed,
        "searched": chosen.search,
    }
    rows = await search.count(session, selection)
    await _note(session, actor, team.ContactsExported, "", rows, about)
    return PeopleFile("contacts.csv", partial(search.export, selection=selection, sort=sort))


async def campaign_recipients(
    session: AsyncSession, actor: Actor, campaign_id: UUID, wanted: RecipientFilter, say: Say
) -> PeopleFile:
    """The matching recipients of a campaign, with the result of their message."""
    campaign = await report.one(session, campaign_id)
    people = await recipients.count(session, campaign.id, wanted)
    about = {"state": wanted.bucket, "cause": wanted.cause, "searched": wanted.search}
    await _note(session, actor, team.RecipientsExported, campaign.id, people, about)
    lines = partial(recipients.export, campaign_id=campaign.id, wanted=wanted, say=say)
    return PeopleFile(f"campaign-{campaign.id}.csv", lines)


async def left_out_of_campaign(
    session: AsyncSession, actor: Actor, campaign_id: UUID, say: Say
) -> PeopleFile:
    """The rows of a campaign's file that cannot get a message, to fix and upload again."""
    source = (await report.one(session, campaign_id)).file
    rows = source.left_out if source else 0
    await _note(session, actor, team.CampaignFileExported, campaign_id, rows)
    return PeopleFile(
        LEFT_OUT, partial(campaign_files.problems_csv, campaign_id=campaign_id, say=say)
    )


async def left_out_of_import(
    session: AsyncSession, actor: Actor, import_id: UUID, say: Say
) -> PeopleFile:
    """The rows that an import left out, to fix and upload again."""
    record = await preview.get(session, import_id)
    await _note(session, actor, team.ImportErrorsExported, record.id, record.counts.with_problems)
    return PeopleFile(LEFT_OUT, partial(import_report.errors_csv, record=record, say=say))


async def _note(
    session: AsyncSession,
    actor: Actor,
    fact: type[team.Exported],
    of: object,
    rows: int,
    about: Mapping[str, object] | None = None,
) -> None:
    """``about`` says whose lines they are; a ``searched`` name is omitted, as it may be a person's."""
    told = {name: value for name, value in (about or {}).items() if value}
    told |= {"searched": True} if told.get("searched") else {}
    await journal.note(session, actor, fact(of=str(of), rows=rows, after=told))
