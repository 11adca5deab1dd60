"""Choose the columns of a campaign's file with the number and the consent to marketing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.entries import FileSource, PendingFile
from domain.errors import Conflict, Invalid
from domain.journal.campaigns import CampaignFileGiven
from domain.numbering import Written
from services import journal
from services.campaigns.drafts.write import touch
from services.campaigns.files import intake as files
from services.campaigns.files.entry_rows import said
from services.campaigns.files.intake import editable
from services.imports.answers import named_answer
from store.campaigns import entry_consents

MOST_ANSWERS = 1000
"""A column with more distinct texts than this is not about consent."""


async def choose(session: AsyncSession, campaign_id: UUID, actor: Actor, column: str) -> FileSource:
    """Take consent from another column, or from none with ""; people with unclear answers are excluded."""
    row = await editable(session, campaign_id)
    source = FileSource.from_json(row.source)
    if source is None:
        raise Conflict("campaign_no_file")
    if column and column not in source.columns:
        raise Invalid("campaign_file_consent", field="consent_column")
    answers: Sequence[str] = []
    if column:
        answers = await entry_consents.answers(session, campaign_id, column, MOST_ANSWERS + 1)
        if len(answers) > MOST_ANSWERS:
            raise Invalid("campaign_file_consent.answers", field="consent_column")
    meaning = json.dumps([{"cell": cell, "said": said(cell, column)} for cell in answers])
    unclear = set[str]()
    for cell in answers:
        if said(cell, column) == "unclear":
            named_answer(cell, unclear)
    await entry_consents.set_consents(session, campaign_id, column, meaning)
    source = replace(source, consent_column=column, unclear_consents=sorted(unclear))
    row.source = source.to_json()
    touch(row)
    after = {"file_name": source.file_name, "consent": column}
    given = CampaignFileGiven(campaign_id=campaign_id, after=after)
    await journal.note(session, actor, given)
    await session.flush()
    return source


@dataclass(frozen=True, slots=True)
class Columns:
    """Choose the number's column and how to read it; consent changes only if given."""

    phone_column: str
    default_region: str
    written: Written
    consent_column: str | None = None


async def choose_columns(
    session: AsyncSession, campaign_id: UUID, actor: Actor, chosen: Columns
) -> FileSource | PendingFile:
    """Read another column; a large file is left to a worker: commit, then start it."""
    if (
        chosen.consent_column is not None
    ):  # first, as the worker reads consent along with the numbers
        await choose(session, campaign_id, actor, chosen.consent_column)
    return await files.choose(
        session, campaign_id, actor, chosen.phone_column, chosen.default_region, chosen.written
    )
