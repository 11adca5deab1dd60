"""What deliveries say about numbers and user ids, and which of them a contact has."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

_PARENT = ".ENT."


@dataclass(frozen=True, slots=True)
class Claim:
    """What one object in a delivery says about one person, at Meta's time.

    ``phone`` is E.164; ``key`` is the form its variants share. ``left_key`` and ``left_user`` are what the person had
    until then. ``creates``: an unknown person becomes a contact.
    """

    at: datetime
    phone: str | None = None
    key: str | None = None
    users: tuple[str, ...] = ()
    left_key: str | None = None
    left_user: str | None = None
    name: str = ""
    creates: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Every number it names."""
        return tuple(key for key in (self.key, self.left_key) if key)

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Every user id it names."""
        return (*self.users, self.left_user) if self.left_user else self.users

    @property
    def moved(self) -> bool:
        """Whether it reports a change."""
        return self.left_key is not None or self.left_user is not None

    @property
    def anybody(self) -> bool:
        """Whether it names anyone at all."""
        return bool(self.key or self.users or self.moved)


@dataclass(frozen=True, slots=True)
class Tie:
    """When someone began and stopped having a number or id; None: unknown, or still theirs."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Person:
    """A contact as stored; ``phones`` are numbers besides its own, by key."""

    id: UUID
    created_at: datetime
    phone: str | None = None
    key: str | None = None
    phone_at: datetime | None = None
    bsuid: str | None = None
    name: str = ""
    users: dict[str, Tie] = field(default_factory=dict)
    phones: dict[str, Tie] = field(default_factory=dict)
    leaving: bool = False
    """They are being deleted, and that can still be undone."""


@dataclass(slots=True)
class Outcome:
    """One person's final state: the contact that stays (None: a new one), and those merged into it."""

    id: UUID | None
    merged: tuple[UUID, ...]
    claims: tuple[Claim, ...]
    phone: str | None
    key: str | None
    phone_at: datetime | None
    bsuid: str | None
    name: str
    users: dict[str, Tie]
    phones: dict[str, Tie]
    changed: bool


def is_parent(user_id: str) -> bool:
    """Whether an id spans several portfolios; such an id cannot get messages."""
    return _PARENT in user_id
