"""Six automations to begin with: complete, and made to be changed."""

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
    graph: Graph


ALL = (
    Starter(
        key="welcome",
        name=N_("Welcome and qualify"),
        about=N_("Greets who writes for the first time, asks what they want, and briefs the team."),
        graph=welcome.GRAPH,
    ),
    Starter(
        key="cart_reminder",
        name=N_("Cart reminder over three days"),
        about=N_(
            "Your shop reports an abandoned cart; three templates follow until the customer replies."
        ),
        graph=cart_reminder.GRAPH,
    ),
    Starter(
        key="appointment",
        name=N_("Appointment"),
        about=N_("Offers services as a list, asks again for a day it cannot read, and confirms."),
        graph=appointment.GRAPH,
    ),
    Starter(
        key="triage",
        name=N_("Support triage"),
        about=N_("Sorts requests, collects what the team needs, and hands over, by working hours."),
        graph=triage.GRAPH,
    ),
    Starter(
        key="re_engagement",
        name=N_("Before the window closes"),
        about=N_("Two hours before free messages end, asks whether something is still open."),
        graph=re_engagement.GRAPH,
    ),
    Starter(
        key="opt_in",
        name=N_("Opt-in, confirmed twice"),
        about=N_("Someone asks for news, confirms it, and only then counts as having agreed."),
        graph=opt_in.GRAPH,
    ),
)
"""In the order they are offered."""


def get(key: str) -> Starter | None:
    """The starter with this key."""
    return next((starter for starter in ALL if starter.key == key), None)
