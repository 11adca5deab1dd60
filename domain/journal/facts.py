"""What a fact is: one frozen class per kind, with the ids it is about and what it changed.

Ids and small values only: what people wrote stays in ``messages``. ``kind`` and ``entity`` are stored and never change
once released; ``domain.journal.rules`` says what follows from a kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar
from uuid import UUID

from typing_extensions import override

Values = Mapping[str, Any]

COLUMNS = ("contact_id", "conversation_id", "message_id", "campaign_id")
"""The ids by which journal entries can be found."""

KINDS: dict[str, "type[Fact]"] = {}
"""Every kind of fact, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to one thing; ``before`` and ``after`` hold what it changed, by field."""

    kind: ClassVar[str] = ""
    entity: ClassVar[str] = ""
    key: ClassVar[str] = ""
    """The field that holds the id of the thing it happened to."""

    before: Values | None = None
    after: Values | None = None

    @override
    def __init_subclass__(cls, kind: str = "", entity: str = "", key: str = "") -> None:
        # A dataclass with slots is created twice; the second one reuses the first one's keywords.
        cls.entity, cls.key, cls.kind = entity or cls.entity, key or cls.key, kind or cls.kind
        if "kind" in vars(cls) and cls.kind:
            KINDS[cls.kind] = cls

    @property
    def entity_id(self) -> str:
        """The id of the thing it happened to, as text; fields of contacts are named by their key."""
        thing = getattr(self, self.key)
        return "" if thing is None else str(thing)

    def ids(self) -> dict[str, UUID | None]:
        """The ids it can be found by, one per entry of ``COLUMNS``."""
        return {name: getattr(self, name, None) for name in COLUMNS}

    def data(self) -> dict[str, Any] | None:
        """What is stored besides the ids: ``after`` and those fields of the kind that have a value."""
        apart = {"before", "after", self.key, *COLUMNS}
        own = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in apart
        }
        kept = {name: value for name, value in own.items() if value is not None}
        return {**kept, **(self.after or {})} or None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as readers see it: what happened, and the ids it is about, by name."""

    id: int
    kind: str
    entity_id: str
    ids: dict[str, UUID]
    data: dict[str, Any]
