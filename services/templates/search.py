"""Find templates: pages for programs, groups by name for people, and the filter choices."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.templates import TemplateFilter
from services.templates.show import ShownTemplate, show
from store import channels, template_asides, templates
from store.template_asides import TemplateAside


@dataclass(frozen=True, slots=True)
class TemplateGroup:
    """A template with all its languages; ``lead`` is the one to show first."""

    lead: ShownTemplate
    languages: list[ShownTemplate]

    @property
    def sendable(self) -> bool:
        """Whether at least one language can be sent."""
        return any(item.problem is None for item in self.languages)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Templates to choose from, unsendable ones last; ``more`` if these are not all."""

    templates: list[ShownTemplate]
    more: bool = False


@dataclass(frozen=True, slots=True)
class GroupPage:
    """A page of groups; ``next_cursor`` is "" on the last one."""

    groups: list[TemplateGroup]
    next_cursor: str


async def page(
    session: AsyncSession,
    wanted: TemplateFilter,
    *,
    after: tuple[str, str, UUID] | None,
    limit: int,
) -> list[ShownTemplate]:
    """One page, with each language separately."""
    return [show(row) for row in await templates.page(session, wanted, after=after, limit=limit)]


async def shelf(session: AsyncSession, wanted: TemplateFilter, *, limit: int = 60) -> Shelf:
    """What a picker offers, up to a limit."""
    found = await page(session, wanted, after=None, limit=limit + 1)
    return Shelf(
        sorted(found[:limit], key=lambda item: item.problem is not None), len(found) > limit
    )


async def groups(
    session: AsyncSession, wanted: TemplateFilter, *, cursor: str = "", limit: int = 30
) -> GroupPage:
    """One page of names, each with all its languages."""
    key = cursors.decode(cursor, 2)
    after = (key[0], key[1]) if key else None
    found = await templates.groups(session, wanted, after=after, limit=limit)
    shown = [_group([show(row) for row in rows], wanted.language) for rows in found]
    last = found[-1][0] if len(found) == limit else None
    return GroupPage(shown, cursors.encode((last.name, last.waba_id)) if last else "")


async def facets(session: AsyncSession) -> dict[str, list[str]]:
    """The existing languages, categories and statuses."""
    return await templates.facets(session)


async def last_synced_at(session: AsyncSession) -> datetime | None:
    """When templates were last fetched; None before the first time."""
    return await templates.last_synced_at(session)


async def asides(session: AsyncSession) -> list[TemplateAside]:
    """Templates that the newest sync could not copy as they are."""
    return await template_asides.listed(session)


async def channels_to_sync(session: AsyncSession) -> list[UUID]:
    """One channel per WhatsApp account, because an account's numbers share its templates."""
    by_account = {row.waba_id: row.id for row in await channels.list_all(session)}
    return list(by_account.values())


def _group(languages: list[ShownTemplate], wanted: str) -> TemplateGroup:
    """Sort key: the requested language first, then sendable ones, English before others."""
    ranked = sorted(
        languages,
        key=lambda item: (
            item.row.language != wanted,
            item.problem is not None,
            not item.row.language.startswith("en"),
            item.row.language,
        ),
    )
    return TemplateGroup(ranked[0], languages)
