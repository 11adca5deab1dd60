"""The files that a step sends, by their ids at WhatsApp."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import outgoing_files as links
from domain.automations.reasons import Reason
from domain.outgoing_files import ID_LASTS
from services.automations.effects.failures import EffectFailed
from services.messages.content import MediaContent, OwnFile, TemplateContent
from services.messages.outgoing_files import Wanted
from store import outgoing_files
from store.media import KeptFile


class FileWanted(Exception):
    """A file has to be uploaded first."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self.wanted = wanted


async def attached(session: AsyncSession, channel_id: UUID, content: MediaContent) -> MediaContent:
    """A message with its file; raises FileWanted, and EffectFailed for one that is gone."""
    if not links.is_file(content.link):
        return content
    own = await _own(session, channel_id, content.link)
    return replace(content, link="", id=own.id, filename=content.filename or own.name, own=own)


async def filled(
    session: AsyncSession, channel_id: UUID, template_id: UUID, values: Mapping[str, str]
) -> TemplateContent:
    """A template with its files; raises FileWanted, and EffectFailed for one that is gone."""
    given = dict(values)
    owned = {
        key: await _own(session, channel_id, value)
        for key, value in values.items()
        if links.is_file(value)
    }
    given |= {key: own.id for key, own in owned.items()}
    header = next((own for key, own in owned.items() if key.startswith("header.")), None)
    return TemplateContent(template_id=template_id, values=given, own=header)


async def _own(session: AsyncSession, channel_id: UUID, link: str) -> OwnFile:
    named = links.parse(link)
    if named is None:
        raise EffectFailed(Reason.INVALID_VALUE)
    found = await outgoing_files.find(session, named.sha256, channel_id, ID_LASTS)
    if found is None:
        raise EffectFailed(Reason.FILE_GONE)
    if found.media_id is None:
        raise FileWanted(Wanted(named.sha256, channel_id))
    kept = KeptFile(named.sha256, found.mime_type, found.size)
    return OwnFile(found.media_id, named.name, kept)
