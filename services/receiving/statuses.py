"""Fold the statuses of a batch into one update per attempt, and apply them with what follows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import phone
from domain.identity import Claim
from domain.messages import STATUS_RANK, MessageState
from domain.webhooks import Outcome
from services.receiving.effects import Effect
from services.receiving.known import Known, Pair
from services.receiving.people import People
from services.sending import verdicts
from services.sending.record import announce, react
from services.sending.verdicts import Trouble
from store.sending import statuses
from store.sending.statuses import Failure, StatusUpdate
from whatsapp.webhooks import Status


def passing(news: Iterable[Status], known: Known) -> dict[Pair, datetime]:
    """Numbers and user ids of one person, as statuses report them, and since when.

    Without those already ``known``.
    """
    pairs: dict[Pair, datetime] = {}
    for status in news:
        if status.wa_id and status.bsuid:
            pair = (status.wa_id, status.bsuid)
            if pair not in known and (pair not in pairs or status.at < pairs[pair]):
                pairs[pair] = status.at
    return pairs


def claim_of(status: Status) -> Claim | None:
    """Who a status is about, if needed to find its message; it creates nobody."""
    if status.message_id is not None or status.group:
        return None
    number = phone.from_wa_id(status.wa_id) if status.wa_id else None
    return Claim(
        at=status.at,
        phone=number,
        key=phone.key(number) if number else None,
        users=(status.bsuid,) if status.bsuid else (),
    )


async def keep(
    session: AsyncSession,
    news: Iterable[Status],
    channels: Mapping[str, UUID] | None = None,
    people: People | None = None,
    effect: Effect | None = None,
) -> None:
    """Apply statuses; a late failure slows down, pauses, blocks and opts out just like an early one.

    ``channels`` are ours by Meta's phone number id: a status affects only its own number's messages. Without them every
    number is trusted. What group members got or read says nothing about our message to one person. ``effect`` is told
    what changed nothing.
    """
    failures: list[Failure] = []
    effect = effect or Effect()
    told = list(news)
    effect.note((status for status in told if status.group), Outcome.NOT_USED)
    single = [status for status in told if not status.group]
    found = await _located(session, single, people or People())
    lost = (one for one, at in zip(single, found, strict=True) if at.message_id is None)
    effect.note(lost, Outcome.UNMATCHED)
    for updates in rounds(fold(found, channels)):
        applied = await statuses.apply(session, updates)
        await announce(session, applied.touched)
        failures += applied.failures
        effect.note_statuses(single, found, applied)
    by_place: defaultdict[tuple[UUID, UUID | None], list[Trouble]] = defaultdict(list)
    for failure in failures:
        if (trouble := verdicts.trouble(failure.message_id, failure.code)) is not None:
            by_place[failure.channel_id, failure.campaign_id].append(trouble)
    for (channel_id, campaign_id), troubles in by_place.items():
        await react(session, channel_id, campaign_id, troubles)


async def _located(
    session: AsyncSession, news: Sequence[Status], people: People
) -> Sequence[Status]:
    """The statuses; those without our callback data get the message their wamid names."""
    lost = [
        (place, contact_id, status)
        for place, status in enumerate(news)
        if status.message_id is None and (contact_id := people.of(claim_of(status))) is not None
    ]
    if not lost:
        return news
    found = await statuses.by_wamid(
        session,
        [status.phone_number_id for _, _, status in lost],
        [contact_id for _, contact_id, _ in lost],
        [status.wamid for _, _, status in lost],
    )
    located = list(news)
    for (place, _, status), message_id in zip(lost, found, strict=True):
        located[place] = replace(status, message_id=message_id)
    return located


def fold(news: Iterable[Status], channels: Mapping[str, UUID] | None = None) -> list[StatusUpdate]:
    """One update per attempt: its furthest state and the first time of each; foreign ones are dropped.

    Updates naming a different WhatsApp id or number stay separate: they may be forged.
    """
    updates: dict[tuple[UUID, int | None, str, str], StatusUpdate] = {}
    for status in news:
        channel_id = channels.get(status.phone_number_id) if channels is not None else None
        if status.message_id is None or (channels is not None and channel_id is None):
            continue
        key = (status.message_id, status.attempt, status.wamid, status.phone_number_id)
        update = updates.get(key)
        if update is None:
            update = StatusUpdate(status.wamid, status.message_id, status.attempt)
            update.channel_id = channel_id
            updates[key] = update
        _add(update, status)
    return list(updates.values())


def rounds(updates: Iterable[StatusUpdate]) -> list[list[StatusUpdate]]:
    """The updates with each message once per round, earlier attempts first; nearly always one round."""
    made: list[list[StatusUpdate]] = []
    seen: defaultdict[UUID, int] = defaultdict(int)
    for update in sorted(updates, key=lambda update: update.attempt or 0):
        turn = seen[update.message_id]
        seen[update.message_id] += 1
        if turn == len(made):
            made.append([])
        made[turn].append(update)
    return made


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
            wait = verdicts.wait_after_failure(status.code, status.attempt)
            update.retry_at = status.at + wait if wait is not None else None
    update.pricing = update.pricing or status.pricing
