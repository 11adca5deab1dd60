"""Fold the statuses of a batch into one update per message."""

from collections.abc import Iterable

from domain.messages import STATUS_RANK, MessageState
from store.sending.statuses import StatusUpdate
from whatsapp.webhooks import Status


def fold(statuses: Iterable[Status]) -> list[StatusUpdate]:
    """One update per message: its furthest state and the first time of each."""
    updates: dict[str, StatusUpdate] = {}
    for status in statuses:
        key = str(status.message_id or status.wamid)
        update = updates.setdefault(key, StatusUpdate(status.wamid, status.message_id))
        _add(update, status)
    return list(updates.values())


def _add(update: StatusUpdate, status: Status) -> None:
    if STATUS_RANK[status.state] > STATUS_RANK[update.state]:
        update.state = status.state
    match status.state:
        case MessageState.SENT:
            update.sent_at = update.sent_at or status.at
        case MessageState.DELIVERED:
            update.delivered_at = update.delivered_at or status.at
        case MessageState.READ | MessageState.PLAYED:
            update.read_at = update.read_at or status.at
        case _:
            update.failed_at = update.failed_at or status.at
            update.code, update.detail = status.code, status.detail
    update.pricing = update.pricing or status.pricing
