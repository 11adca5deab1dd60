"""Six automations to begin with: complete, and made to be changed."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.automations.graphs import Graph
from domain.automations.starters import (
    appointment,
    cart_reminder,
    opt_in,
    re_engagement,
    triage,
    welcome,
)
from domain.sentences import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """An automation to begin with. ``name`` and ``about`` are English words for translators; its texts are English."""

    key: str
    name: str
    about: str
    drawn: Callable[[], Graph]

    @property
    def graph(self) -> Graph:
        """The whole of it, arranged."""
        return self.drawn()


ALL = (
    Starter(
        key="welcome",
        name=N_("Welcome and qualify"),
        about=N_("Greets who writes for the first time, asks what they want, and briefs the team."),
        drawn=welcome.graph,
    ),
    Starter(
        key="cart_reminder",
        name=N_("Cart reminder over three days"),
        about=N_(
            "Your shop reports an abandoned cart; three templates follow until the customer replies."
        ),
        drawn=cart_reminder.graph,
    ),
    Starter(
        key="appointment",
        name=N_("Appointment"),
        about=N_("Offers services as a list, asks again for a day it cannot read, and confirms."),
        drawn=appointment.graph,
    ),
    Starter(
        key="triage",
        name=N_("Support triage"),
        about=N_("Sorts requests, collects what the team needs, and hands over, by working hours."),
        drawn=triage.graph,
    ),
    Starter(
        key="re_engagement",
        name=N_("Before the window closes"),
        about=N_("Two hours before free messages end, asks whether something is still open."),
        drawn=re_engagement.graph,
    ),
    Starter(
        key="opt_in",
        name=N_("Opt-in, confirmed twice"),
        about=N_("Someone asks for news, confirms it, and only then counts as having agreed."),
        drawn=opt_in.graph,
    ),
)
"""In the order they are offered."""


def get(key: str) -> Starter | None:
    """The starter with this key."""
    return next((starter for starter in ALL if starter.key == key), None)
