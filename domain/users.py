"""The people on the team, and the rules for their passwords."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import Invalid
from domain.permissions import Role

MIN_PASSWORD = 10
MAX_PASSWORD = 200
MAX_NAME = 100
PRODUCT = ("whatsway", "whatsapp")
SHORTEST_WORD = 4


@dataclass(frozen=True, slots=True)
class User:
    """A person who can sign in, without the password."""

    id: UUID
    email: str
    name: str
    role: Role
    is_active: bool
    timezone: str
    locale: str
    created_at: datetime
    last_login_at: datetime | None


def normal_email(text: str) -> str:
    """The address as stored; raises Invalid when it cannot be one."""
    email = text.strip().lower()
    name, at, host = email.rpartition("@")
    plausible = name and at and "." in host.strip(".") and not any(c.isspace() for c in email)
    if not plausible or len(email) > 254 or not email.isprintable():
        raise Invalid("email_invalid", field="email")
    return email


def check_name(text: str) -> str:
    """The name without surrounding space; raises Invalid when empty or too long."""
    name = text.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("name_invalid", field="name", max_name=MAX_NAME)
    return name


def _own_words(email: str) -> list[str]:
    """What a password must not contain: the address, its name, and the product's names."""
    name = email.partition("@")[0]
    return [word for word in (email, name, *PRODUCT) if len(word) >= SHORTEST_WORD]


def check_password(password: str, email: str = "", field: str = "password") -> None:
    """Raise Invalid for a password that is too short, too long, or easy to guess from the address.

    ``services.passwords.check`` also knows the common ones.
    """
    if len(password) < MIN_PASSWORD:
        raise Invalid("password_weak.short", field=field, least=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        raise Invalid("password_weak.long", field=field, most=MAX_PASSWORD)
    if len(set(password)) < 4:
        raise Invalid("password_weak", field=field)
    if word := next((word for word in _own_words(email) if word in password.lower()), ""):
        raise Invalid("password_weak.own", field=field, word=word)


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """One signed-in browser, as its owner sees it."""

    token_hash: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str
