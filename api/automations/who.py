"""Who may do what with automations, and what they see of the people in them."""

from typing import Annotated, NamedTuple, Self

from api.security import Principal, requires
from domain.permissions import Permission

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.AUTOMATIONS_WRITE)]
Runner = Annotated[Principal, requires(Permission.AUTOMATIONS_RUN)]


class Sight(NamedTuple):
    """What a request sees of people besides their ids: names and numbers, and what they and we wrote."""

    people: bool
    words: bool

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """As contacts and conversations themselves demand it; a conversation names its contact too."""
        words = principal.may(Permission.CONVERSATIONS_READ)
        return cls(people=words or principal.may(Permission.CONTACTS_READ), words=words)
