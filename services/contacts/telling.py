"""Sentences for the journal entries of a contact: one for each thing an entry changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from domain.actors import Actor
from domain.audit import AuditEntry
from domain.automations.states import Ending
from domain.consent import Source
from domain.messages import MessageState
from domain.sentences import Language, Sentence, Value, Zone
from services import phones
from services.audit import Names
from store.timelines import TimelineEntry

AUTOMATION = "automation:"
"""How the actor of what an automation did begins; its id follows."""

_ARRIVED = {
    MessageState.ACCEPTED: "sent",
    MessageState.SENT: "sent",
    MessageState.DELIVERED: "received",
    MessageState.READ: "read",
    MessageState.PLAYED: "read",
    MessageState.UNKNOWN: "unknown",
}
_BY_THEMSELVES = {Source.KEYWORD, Source.BUTTON, Source.WHATSAPP, Source.REFUSAL}
_ENDINGS = frozenset(map(str, Ending))
_PLAIN = ("name", "phone", "language", "timezone")
_READABLE: Mapping[str, Callable[[str], Value]] = {
    "phone": phones.shown,
    "language": Language,
    "timezone": Zone,
}
_STATES = {
    "blocked_at": ("activity_blocked", "activity_unblocked"),
    "opted_out": ("activity_stopped", "activity_allowed"),
}


def arrival(state: str) -> str:
    """The outcome of a campaign's message: sent, received, read, unknown or missed."""
    return _ARRIVED.get(MessageState(state), "missed")


def sentences(told: TimelineEntry, names: Names) -> Sequence[Sentence]:
    """The sentences for an entry; an entry from another release gets a general one."""
    tell = _TELL.get(told.entry.action)
    return list(tell(told, names)) if tell else [Sentence("activity_other")]


def _who(entry: AuditEntry, names: Names) -> Value:
    if entry.actor.startswith(AUTOMATION):
        name = names.get(entry.actor.removeprefix(AUTOMATION))
        return Sentence("activity_who.automation", name=name) if name else Sentence("activity_who.an_automation")  # fmt: skip
    if not Actor(entry.actor).is_program:
        return entry.user_name or Sentence("activity_who.system")
    token = names.get(entry.actor)
    if not entry.user_name:
        return Sentence("activity_who.token", name=token) if token else Sentence("activity_who.program")  # fmt: skip
    if token is None:
        return Sentence("activity_who.with_program", who=entry.user_name)
    return Sentence("activity_who.with_token", who=entry.user_name, name=token)


def _simply(deed: str) -> "Tell":
    def tell(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
        reason = (told.entry.after or {}).get("reason")
        if reason:
            yield Sentence(f"{deed}.reason", who=_who(told.entry, names), reason=str(reason))
        else:
            yield Sentence(deed, who=_who(told.entry, names))

    return tell


def _themselves(wish: str) -> "Tell":
    """For what customers did themselves: how, and with which words if they are still known."""

    def tell(told: TimelineEntry, _names: Names) -> Iterator[Sentence]:
        source = str((told.entry.after or {}).get("source", ""))
        written = source in (Source.KEYWORD, Source.BUTTON)
        known = source in _BY_THEMSELVES and (told.words or not written)
        yield Sentence(f"{wish}.{source}", words=told.words) if known else Sentence(wish)

    return tell


def _grouped(step: str) -> "Tell":
    def tell(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
        after = told.entry.after or {}
        group_id = after.get("group_id") or told.entry.entity_id
        campaign = names.get(str(after.get("campaign")))
        group = _group(told.entry, group_id, names)
        said = Sentence(step, who=_who(told.entry, names), group=group)
        yield Sentence(f"{step}.campaign", **said.params, campaign=campaign) if campaign else said

    return tell


def _group(entry: AuditEntry, group_id: object, names: Names) -> Value:
    """A group by the name it had then, and whether it is deleted."""
    now = names.get(str(group_id))
    name = names.get(f"{entry.id}:{group_id}") or now
    if not name:
        return Sentence("activity_group_gone")
    return Sentence("activity_group" if now else "activity_group.deleted", name=name)


def _merged(told: TimelineEntry, _names: Names) -> Iterator[Sentence]:
    """With whom, as they were, and why if WhatsApp said so."""
    after = told.entry.after or {}
    name, phone = (
        str(after.get("merged_name") or ""),
        phones.shown(str(after.get("merged_phone") or "")),
    )
    variant = ".renumbered" if after.get("cause") == "new_number" else ""
    if not (name or phone):
        yield Sentence(f"activity_merged{variant}")
    else:
        other: Value = name or phone
        if name and phone:
            other = Sentence("activity_other_contact", name=name, phone=phone)
        yield Sentence(f"activity_merged_with{variant}", other=other)


def _assigned(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
    who, assignee = _who(told.entry, names), (told.entry.after or {}).get("assignee_id")
    if assignee is None:
        yield Sentence("activity_unassigned", who=who)
    elif str(assignee) == str(told.entry.user_id):
        yield Sentence("activity_taken", who=who)
    else:
        whom = names.get(str(assignee)) or Sentence("somebody")
        yield Sentence("activity_assigned", who=who, assignee=whom)


def _status(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
    status = (told.entry.after or {}).get("status", "open")
    yield Sentence(f"activity_status.{status}", who=_who(told.entry, names))


def _updated(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
    """One sentence for each changed value of a contact."""
    who = _who(told.entry, names)
    before, after = told.entry.before or {}, told.entry.after or {}
    for name in _PLAIN:
        if name in after:
            label, old, new = Sentence(f"activity_label.{name}"), before.get(name), after[name]
            yield _set(who, label, _readable(name, old), _readable(name, new))
    for name, (on, off) in _STATES.items():
        if name in after:
            state = on if after[name] else off
            yield Sentence(state, who=who)
    yield from _groups(told.entry, who, names)
    yield from _fields(who, before.get("fields"), after.get("fields"), names)


def _readable(name: str, held: Any) -> Any:
    return _READABLE[name](str(held)) if held and name in _READABLE else held


def _groups(entry: AuditEntry, who: Value, names: Names) -> Iterator[Sentence]:
    before, after = entry.before or {}, entry.after or {}
    old, new = (list(map(str, side.get("groups") or ())) for side in (before, after))
    if "groups" not in after:
        return
    for change, ids in (("added", set(new) - set(old)), ("removed", set(old) - set(new))):
        for group_id in sorted(ids, key=lambda one: names.get(one, "")):
            group = _group(entry, group_id, names)
            yield Sentence(f"activity_group_{change}", who=who, group=group)


def _fields(who: Value, before: Any, after: Any, names: Names) -> Iterator[Sentence]:
    if not isinstance(after, dict):
        return
    old = before if isinstance(before, dict) else {}
    for key in sorted({*old, *after}):
        if old.get(key) != after.get(key):
            label = names.get(f"field:{key}") or Sentence("activity_field_gone")
            yield _set(who, label, old.get(key), after.get(key))


def _set(who: Value, label: Value, old: Any, new: Any) -> Sentence:
    if new in (None, ""):
        return Sentence("activity_emptied", who=who, label=label)
    if old in (None, ""):
        return Sentence("activity_set", who=who, label=label, new=_value(new))
    return Sentence("activity_changed", who=who, label=label, old=_value(old), new=_value(new))


def _value(held: Any) -> Value:
    if isinstance(held, bool):
        return Sentence("activity_yes" if held else "activity_no")
    return held if isinstance(held, int | float | str) else str(held)


def _run(moved: str) -> "Tell":
    """For runs: of which automation, and for those that ended, how."""

    def tell(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
        after = told.entry.after or {}
        name = names.get(str(after.get("automation_id"))) or Sentence("activity_automation_gone")
        ending = f".{after['ending']}" if after.get("ending") in _ENDINGS else ""
        yield Sentence(f"{moved}{ending}", who=_who(told.entry, names), automation=name)

    return tell


def _labelled(change: str) -> "Tell":
    def tell(told: TimelineEntry, names: Names) -> Iterator[Sentence]:
        label = str((told.entry.after or {}).get("label") or "")
        yield Sentence(change, who=_who(told.entry, names), label=label)

    return tell


Tell = Callable[[TimelineEntry, Names], Iterator[Sentence]]

_TELL: Mapping[str, Tell] = {
    "contact.created": _simply("activity_created"),
    "contact.updated": _updated,
    "contact.merged": _merged,
    "deletion.undone": _simply("activity_undeleted"),
    "contact.opted_out": _simply("activity_stopped"),
    "contact.opted_in": _simply("activity_allowed"),
    "contact.consent_undone": _simply("activity_undone"),
    "contact.stopped": _themselves("activity_opted_out"),
    "contact.agreed": _themselves("activity_opted_in"),
    "contacts.opted_out": _simply("activity_stopped"),
    "contacts.opted_in": _simply("activity_allowed"),
    "contacts.grouped": _grouped("activity_group_added"),
    "contacts.ungrouped": _grouped("activity_group_removed"),
    "group.filled": _grouped("activity_group_added"),
    "conversation.started": _simply("activity_started"),
    "conversation.assigned": _assigned,
    "conversation.status_changed": _status,
    "conversation.taken": _simply("activity_taken_over"),
    "conversation.given_back": _simply("activity_given_back"),
    "conversation.label_added": _labelled("activity_label_added"),
    "conversation.label_removed": _labelled("activity_label_removed"),
    "conversation.note_written": _simply("activity_note"),
    "run.started": _run("activity_run_started"),
    "run.ended": _run("activity_run_ended"),
    "run.stopped": _run("activity_run_stopped"),
    "run.retried": _run("activity_run_retried"),
}
"""The sentences for each kind of activity; a test fails if one is missing."""
