"""Which automation takes what happened: the reasons of every candidate, and the one that wins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from domain import window
from domain.automations import evaluation, keywords, times
from domain.automations.nodes import Duration
from domain.automations.states import Facts
from domain.automations.triggers import (
    BY_MESSAGE,
    ButtonTrigger,
    CampaignReplyTrigger,
    FieldTrigger,
    FirstMessageTrigger,
    GroupTrigger,
    KeywordTrigger,
    LabelTrigger,
    MessageTrigger,
    OptInTrigger,
    Trigger,
    WindowTrigger,
)
from domain.sentences import Sentence

NOBODY = Facts(now=datetime.min.replace(tzinfo=UTC), zone=UTC, our_zone=UTC, fields={})
"""For triggers whose filters are asked later, of each contact."""

What = Literal["message", "label_added", "group_added", "field_changed", "opted_in", "window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What happened on a number (``channel``).

    Of a message: its ``kind``, ``text`` and the ``payload`` of a tapped button or row; ``previous_at`` is when the
    conversation's last message before it came or went, ``campaigns`` are those it may be a reply to. Else ``name`` is
    the label, group or field, with the field's new ``value``; ``lead`` is how long before its end a window was caught.
    """

    what: What = "message"
    channel: str = ""
    kind: str = "text"
    text: str = ""
    payload: str = ""
    previous_at: datetime | None = None
    campaigns: frozenset[str] = frozenset()
    name: str = ""
    value: str = ""
    lead: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trigger of a published version that acts."""

    automation: str
    name: str
    version: int
    trigger_id: str
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a candidate's trigger fits, and why it won, lost to another, or does not fit."""

    candidate: Candidate
    fits: bool
    why: Sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every candidate, the best first. Only one takes a message; anything else starts all that fit."""

    judged: tuple[Judged, ...]

    @property
    def winner(self) -> Candidate | None:
        """The one that takes a message."""
        return next((one.candidate for one in self.judged if one.fits), None)

    @property
    def fitting(self) -> tuple[Candidate, ...]:
        """All whose trigger fits, the best first."""
        return tuple(one.candidate for one in self.judged if one.fits)


def choose(happening: Happening, facts: Facts, candidates: Sequence[Candidate]) -> Verdict:
    """Judge every candidate: the highest priority wins, then the more specific trigger, then the name."""
    misfits = {id(one): _misfit(one.trigger, happening, facts) for one in candidates}
    ordered = sorted(candidates, key=lambda one: (misfits[id(one)] is not None, *_rank(one)))
    fitting = [one for one in ordered if misfits[id(one)] is None]
    judged = []
    for one in ordered:
        misfit = misfits[id(one)]
        why = misfit or _standing(one, fitting[0], happening)
        judged.append(Judged(one, misfit is None, why))
    return Verdict(tuple(judged))


def may_start(trigger: Trigger, happening: Happening) -> bool:
    """Whether something besides a message may start a trigger, of somebody whom its filters let through."""
    check = _CHECKS.get(type(trigger))
    if check is None or isinstance(trigger, BY_MESSAGE):
        return False
    return check(trigger, happening, NOBODY) is None


_SPECIFIC: tuple[type[Trigger], ...] = (
    KeywordTrigger,
    ButtonTrigger,
    CampaignReplyTrigger,
    FirstMessageTrigger,
    MessageTrigger,
)
"""Which trigger knows best what it wants."""


def _specificity(trigger: Trigger) -> int:
    return _SPECIFIC.index(type(trigger)) if type(trigger) in _SPECIFIC else 0


def _rank(one: Candidate) -> tuple[int, int, str, str, str]:
    first = (-one.trigger.priority, _specificity(one.trigger))
    return (*first, one.name.casefold(), one.automation, one.trigger_id)


def _standing(one: Candidate, winner: Candidate, happening: Happening) -> Sentence:
    """Why a fitting candidate won, or what the winner has over it."""
    if one is winner or happening.what != "message":
        return _won(one.trigger, happening)
    if winner.automation == one.automation:
        return Sentence("automation_match_lost.own")
    if winner.trigger.priority != one.trigger.priority:
        return Sentence(
            "automation_match_lost.priority",
            name=winner.name,
            priority=winner.trigger.priority,
            own=one.trigger.priority,
        )
    if _specificity(winner.trigger) != _specificity(one.trigger):
        return Sentence("automation_match_lost.specific", name=winner.name)
    return Sentence("automation_match_lost.order", name=winner.name)


def _won(trigger: Trigger, happening: Happening) -> Sentence:
    if isinstance(trigger, KeywordTrigger):
        word = keywords.found(trigger.mode, trigger.words, happening.text)
        return Sentence("automation_match_won.keyword", word=word or "")
    return Sentence("automation_match_won")


def _misfit(trigger: Trigger, happening: Happening, facts: Facts) -> Sentence | None:
    """Why a trigger does not fit; None when it does."""
    if happening.channel and trigger.channels and happening.channel not in trigger.channels:
        return Sentence("automation_match_channel")
    if isinstance(trigger, BY_MESSAGE) is not (happening.what == "message"):
        return Sentence("automation_match_event")
    check = _CHECKS.get(type(trigger))
    misfit = check(trigger, happening, facts) if check else Sentence("automation_match_event")
    if misfit is None and not evaluation.holds(trigger.filters, facts, {}, trigger.hours):
        return Sentence("automation_match_filters")
    return misfit


def _message(trigger: MessageTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    """A reaction, or what WhatsApp says for itself, starts nothing that does not ask for it."""
    kinds = trigger.kinds or window.OPENING_TYPES
    return None if happening.kind in kinds else Sentence("automation_match_kind")


def _keyword(trigger: KeywordTrigger, happening: Happening, facts: Facts) -> Sentence | None:
    if happening.kind not in window.OPENING_TYPES:
        return Sentence("automation_match_kind")
    if keywords.found(trigger.mode, trigger.words, happening.text) is None:
        return Sentence("automation_match_words")
    if trigger.languages and not any(_speaks(facts.language, one) for one in trigger.languages):
        return Sentence("automation_match_language")
    return None


def _speaks(language: str, wanted: str) -> bool:
    """Whether a contact's ``pt_BR`` is the wanted ``pt`` or ``pt_BR``."""
    spoken, asked = language.replace("-", "_").casefold(), wanted.replace("-", "_").casefold()
    return spoken == asked or spoken.partition("_")[0] == asked


def _button(trigger: ButtonTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    if not happening.payload:
        return Sentence("automation_match_tap")
    title = keywords.plain(happening.text)
    for wanted in trigger.payloads:
        if wanted == happening.payload or (title and keywords.plain(wanted) == title):
            return None
    return Sentence("automation_match_payload")


def _first(trigger: FirstMessageTrigger, happening: Happening, facts: Facts) -> Sentence | None:
    if happening.kind not in window.OPENING_TYPES:
        return Sentence("automation_match_kind")
    if happening.previous_at is None:
        return None
    if trigger.quiet is None:
        return Sentence("automation_match_first")
    quiet_until = times.add(happening.previous_at, trigger.quiet, facts.zone)
    return None if quiet_until <= facts.now else Sentence("automation_match_first.quiet")


def _reply(trigger: CampaignReplyTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    if happening.kind not in window.OPENING_TYPES:
        return Sentence("automation_match_kind")
    if not happening.campaigns:
        return Sentence("automation_match_reply")
    if trigger.campaigns and not happening.campaigns.intersection(trigger.campaigns):
        return Sentence("automation_match_reply.other")
    return None


def _label(trigger: LabelTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    fits = happening.what == "label_added" and happening.name in trigger.labels
    return None if fits else Sentence("automation_match_event")


def _group(trigger: GroupTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    fits = happening.what == "group_added" and happening.name in trigger.groups
    return None if fits else Sentence("automation_match_event")


def _field(trigger: FieldTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    if happening.what != "field_changed" or happening.name != trigger.field:
        return Sentence("automation_match_event")
    wanted = keywords.plain(trigger.value)
    if wanted and keywords.plain(happening.value) != wanted:
        return Sentence("automation_match_value")
    return None


def _opted_in(_trigger: OptInTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    return None if happening.what == "opted_in" else Sentence("automation_match_event")


def _window(trigger: WindowTrigger, happening: Happening, _facts: Facts) -> Sentence | None:
    fits = happening.what == "window" and happening.lead == trigger.lead
    return None if fits else Sentence("automation_match_event")


_CHECKS: Mapping[type[Trigger], Callable[[Any, Happening, Facts], Sentence | None]] = {
    MessageTrigger: _message,
    KeywordTrigger: _keyword,
    ButtonTrigger: _button,
    FirstMessageTrigger: _first,
    CampaignReplyTrigger: _reply,
    LabelTrigger: _label,
    GroupTrigger: _group,
    FieldTrigger: _field,
    OptInTrigger: _opted_in,
    WindowTrigger: _window,
}
