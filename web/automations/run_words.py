"""The words and tones of runs, called by templates so that they use the viewer's language."""

from collections.abc import Mapping
from typing import Any

from domain.automations.states import Ending, WaitsFor
from domain.sentences import Sentence
from services.automations import reasons
from services.automations.report import RunLine
from web.automations.words import Badge
from web.i18n import gettext
from web.wording import said

ICONS = {
    "send_template": "layout-template", "custom_reply": "message-square", "user_reply": "message-circle-question-mark",
    "time_gap": "clock-3", "keyword_catch": "text-search", "condition": "split", "random_split": "shuffle",
    "set_field": "pencil", "set_label": "tag", "set_group": "users", "consent": "bell", "assign": "user-round-check",
    "hand_over": "handshake", "note": "sticky-note", "http_request": "globe", "start_automation": "workflow",
    "goal": "trophy", "end": "flag",
}  # fmt: skip
"""The icon of each type of node."""


def icon_of(kind: str) -> str:
    """The icon of a type of node; one of another release has a plain one."""
    return ICONS.get(kind, "circle")


def node_type(kind: str) -> str:
    """The name of a type of node."""
    return said(Sentence(f"automation_node.{kind}")) if kind in ICONS else gettext("Step")


def endings() -> dict[str, Badge]:
    """How runs end."""
    _ = gettext
    return {
        Ending.COMPLETED: Badge(_("Completed"), "success"),
        Ending.GOAL: Badge(_("Goal reached"), "success"),
        Ending.HANDED_OVER: Badge(_("Handed to the team"), "info"),
        Ending.FAILED: Badge(_("Failed"), "danger"),
        Ending.STOPPED: Badge(_("Stopped")),
        Ending.OPTED_OUT: Badge(_("Opted out"), "warning"),
        Ending.RESTARTED: Badge(_("Started over")),
        Ending.REMOVED: Badge(_("Contact removed")),
        Ending.MERGED: Badge(_("Merged")),
    }


def ending(code: str | None) -> Badge:
    """How a run ended."""
    return endings().get(code or "", Badge(gettext("Ended")))


def waits(code: str | None) -> Badge:
    """What an active run is doing."""
    _ = gettext
    known = {
        WaitsFor.REPLY: Badge(_("Waits for a reply"), "info"),
        WaitsFor.TIME: Badge(_("Waits"), "info"),
        WaitsFor.CHILD: Badge(_("Waits for another automation"), "info"),
    }
    return known.get(code or "", Badge(_("At work"), "primary"))  # type: ignore[call-overload,no-any-return]


def status(run: RunLine) -> Badge:
    """Where a run stands."""
    if run.held:
        return Badge(gettext("On hold"), "warning")
    if run.paused:
        return Badge(gettext("Paused"), "warning")
    return ending(run.ending) if run.ended_at else waits(run.waits)


def where(run: RunLine) -> str:
    """The node a run is at, by its title or else its type."""
    return run.node_title or (node_type(run.node_type) if run.node_type else "")


def reason(code: str) -> str:
    """Why a step failed or a run ended; "" where there is nothing to say."""
    return said(reasons.of_run(code))


def cause(code: str, message_id: object) -> str:
    """What started a run; "" where its trigger says all there is to say."""
    _ = gettext
    by = code.partition(":")[0]
    known = {
        "time": _("its time had come"),
        "hand": _("by hand or API"),
        "hook": _("another system called its address"),
        "run": _("another automation"),
    }
    return known.get(by) or (_("a message") if message_id else "")


def variables(answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a run remembers, to be shown."""
    _ = gettext
    shown = {True: _("yes"), False: _("no")}
    return [
        (name, shown[value] if isinstance(value, bool) else str(value))
        for name, value in sorted(answers.items())
    ]
