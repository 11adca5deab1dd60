"""How account updates affect a number: bans, removals and temporary restrictions."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from domain import loose
from domain.channels import FOREVER, ChannelStatus, Restriction
from store.channels import ChannelRow

POLICY = "policy"
REMOVED = "removed"
"""The account was disconnected from this app at Meta: nothing may be sent until a check passes."""

RECONNECTED = "reconnected"
"""Meta says that the account is back; the check has the final say."""

ALL = "restrictions"
ONE = "restriction:"
"""Kinds of updates: that all restrictions ended, and a single restriction. UTC times compare as text."""

_LEAVES = frozenset(
    {"PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED", "ACCOUNT_OFFBOARDED", "ACCOUNT_DELETED"}
)
_RETURNS = frozenset({"PARTNER_ADDED", "PARTNER_APP_INSTALLED", "ACCOUNT_RECONNECTED"})
_BANS = frozenset({"DISABLE", "REINSTATE", "SCHEDULE_FOR_DISABLE"})

_EPOCH = datetime.fromtimestamp(0, UTC)

Change = Callable[[ChannelRow], None]


def changes(event: str, value: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, Change]]:
    """What an event changes, each with its kind of update, of which the newest counts."""
    ban = loose.obj(value.get("ban_info"))
    state = str(ban.get("waba_ban_state") or "").upper()
    if state in _BANS:
        day = str(ban.get("waba_ban_date") or "")[:40]
        said = f"{state} {day}".strip() if state != "REINSTATE" else ""
        yield "ban_notice", partial(_notice, kind="ban", text=said)
        if (
            state != "SCHEDULE_FOR_DISABLE"
        ):  # a scheduled ban never ends a ban, however late that one arrives
            yield "ban", partial(_ban, state=state)
    if state == "REINSTATE":
        yield ALL, _lift
    if event in _LEAVES:
        yield "link", _leave
    elif event in _RETURNS:
        yield "link", _return
    if event == "ACCOUNT_VIOLATION":
        what = str(loose.obj(value.get("violation_info")).get("violation_type") or "")[:60]
        yield "violation", partial(_notice, kind="violation", text=what)
    if event == "ACCOUNT_RESTRICTION":
        yield from _restrictions(value.get("restriction_info"), now)


def _ban(row: ChannelRow, state: str) -> None:
    if row.blocked_reason in (REMOVED, RECONNECTED):
        return  # not usable for us either way; the check sees the ban when it comes back
    if state == "DISABLE":
        row.status, row.blocked_reason = ChannelStatus.BLOCKED, POLICY
    elif state == "REINSTATE" and row.blocked_reason == POLICY:
        row.status, row.blocked_reason = ChannelStatus.CONNECTED, None


def _leave(row: ChannelRow) -> None:
    row.status, row.blocked_reason = ChannelStatus.DISCONNECTED, REMOVED


def _return(row: ChannelRow) -> None:
    if row.blocked_reason == REMOVED:
        row.blocked_reason = RECONNECTED


def _notice(row: ChannelRow, kind: str, text: str) -> None:
    """What the channel's page says, apart from what may be sent."""
    notices = {name: said for name, said in (row.news.get("notices") or {}).items() if name != kind}
    row.news = {**row.news, "notices": notices | ({kind: text} if text else {})}


def _restrictions(told: object, now: datetime) -> Iterator[tuple[str, Change]]:
    """Each restriction by itself: several can apply at once, each with its own end."""
    if told == []:
        yield ALL, _lift
        return
    for item in told if isinstance(told, list) else ():
        kind = str(item.get("restriction_type") or "")[:80] if isinstance(item, Mapping) else ""
        if kind:
            end = _end(item.get("expiration"))
            yield f"{ONE}{kind}", partial(_restrict, kind=kind, end=end, now=now)


def _lift(row: ChannelRow) -> None:
    """End all restrictions reported earlier; later ones stay."""
    lifted = row.news[ALL]
    row.restrictions = {
        kind: end
        for kind, end in row.restrictions.items()
        if row.news.get(f"{ONE}{kind}", "") > lifted
    }


def _restrict(row: ChannelRow, kind: str, end: str, now: datetime) -> None:
    if row.news.get(ALL, "") > row.news[f"{ONE}{kind}"]:
        return
    left = {name: until for name, until in row.restrictions.items() if name != kind}
    over = end != FOREVER and datetime.fromisoformat(end) <= now
    row.restrictions = left if over else {**left, kind: end}
    banned = str((row.news.get("notices") or {}).get("ban") or "").startswith("DISABLE")
    if kind in set(Restriction) and not over and row.blocked_reason == POLICY and not banned:
        # A rejected message reported it first. Now we know what is forbidden: the rest may be sent.
        row.status, row.blocked_reason = ChannelStatus.CONNECTED, None


def _end(expiration: object) -> str:
    """Meta's Unix time as an ISO time; no end if it is missing or unreadable."""
    end = loose.moment(expiration)
    return end.isoformat() if end is not None and end > _EPOCH else FOREVER
