"""Who may do what with automations."""

from typing import Annotated

from api.security import Principal, requires
from domain.permissions import Permission

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.AUTOMATIONS_WRITE)]
Runner = Annotated[Principal, requires(Permission.AUTOMATIONS_RUN)]
