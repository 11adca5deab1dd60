"""Store what was written to our numbers: threads, messages, windows and replies, in a few statements per batch."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.conversations import QUIET_KINDS, placed_at
from domain.ids import id_at
from domain.journal.conversations import MessageEchoed, MessageReceived, WindowOpened
from domain.journal.facts import Fact
from domain.live import Event, Room
from domain.messages import Direction, Origin
from domain.targets import Said
from domain.webhooks import Outcome
from domain.window import OPENING_TYPES
from services import journal
from services.messages import keeping
from services.receiving import changes, reactions
from services.receiving.effects import Effect
from services.receiving.people import People
from store import due, live
from store.receiving import inbound as stored_inbound
from store.receiving.inbound import ChangedThread, NewMessage, ThreadKey
from whatsapp.bodies import written
from whatsapp.webhooks import Inbound


async def keep(
    session: AsyncSession,
    inbound: Sequence[Inbound],
    channels: Mapping[str, UUID],
    people: People,
    effect: Effect,
) -> None:
    """Store the messages of our own channels, and note them; ``effect`` is told what changed nothing."""
    ours = [item for item in inbound if item.phone_number_id in channels]
    reacted = [item for item in ours if item.kind == reactions.KIND]
    await reactions.keep(session, reacted, channels, people, effect)
    changed_ones = [item for item in ours if item.kind in changes.KINDS]
    await changes.keep(session, changed_ones, channels, people, effect)
    written = [
        (item, _thread(item, channels, people))
        for item in ours
        if item.kind != reactions.KIND and item.kind not in changes.KINDS
    ]
    told = [(item, thread) for item, thread in written if thread is not None]
    effect.note((item for item, thread in written if thread is None), Outcome.UNMATCHED)
    if told:
        await _store(session, told, people, effect)


async def _store(
    session: AsyncSession,
    told: Sequence[tuple[Inbound, ThreadKey]],
    people: People,
    effect: Effect,
) -> None:
    now = await stored_inbound.now(session)
    threads = await stored_inbound.ensure_threads(
        session, [(thread, placed_at(item.at, now)) for item, thread in told]
    )
    messages = [
        _message(item, thread, threads[thread], people, now, place)
        for place, (item, thread) in enumerate(told)
    ]
    changed = await stored_inbound.add_messages(session, messages, sorted(OPENING_TYPES))
    new = {message_id for thread in changed for message_id in thread.message_ids}
    stored = zip(messages, told, strict=True)
    effect.note((item for message, (item, _) in stored if message.id not in new), Outcome.DUPLICATE)
    if changed:
        await _count_replies(session, messages)
        for moves in _turns(messages, new):
            await due.move(session, moves)
        files = [
            (message.id, message.kind, item.payload)
            for message, (item, _) in zip(messages, told, strict=True)
        ]
        await keeping.expect(session, files)
        await journal.note(session, SYSTEM, *_facts(messages, changed))


async def _count_replies(session: AsyncSession, messages: Sequence[NewMessage]) -> None:
    answers = [
        message for message in messages
        if message.direction is Direction.INBOUND and message.loud and not message.in_group
    ]  # fmt: skip
    if not answers:
        return
    rooms = [Room.CAMPAIGN.of(one) for one in await stored_inbound.count_replies(session, answers)]
    await live.tick_all(session, rooms, Event.CAMPAIGN_PROGRESS)


def _turns(
    messages: Sequence[NewMessage], new: Set[UUID]
) -> list[list[tuple[UUID, Said, datetime]]]:
    """Who spoke in each conversation with a person: customer and team in turn, each since their first message.

    Each conversation once in every list; nearly always there is one list.
    """
    spoken: dict[UUID, list[tuple[UUID, Said, datetime]]] = {}
    for message in sorted(messages, key=lambda one: one.placed_at):
        if message.id not in new or not message.loud or message.in_group:
            continue
        who = Said.CUSTOMER if message.direction is Direction.INBOUND else Said.TEAM
        turns = spoken.setdefault(message.conversation_id, [])
        if not turns or turns[-1][1] is not who:
            at = min(message.at, message.placed_at)  # clocks may differ
            turns.append((message.conversation_id, who, at))
    return [[one for one in turn if one] for turn in zip_longest(*spoken.values())]


def _facts(messages: Sequence[NewMessage], changed: Sequence[ChangedThread]) -> Iterator[Fact]:
    """Note new messages, and the windows that opened with them."""
    written = {message.id: message for message in messages}
    for thread in changed:
        for message_id in thread.message_ids:
            message = written[message_id]
            fact = MessageReceived if message.direction is Direction.INBOUND else MessageEchoed
            contact_id = None if message.in_group else message.contact_id
            yield fact(conversation_id=thread.id, contact_id=contact_id, message_id=message_id)
        if thread.opened and thread.window_opened_at and thread.window_expires_at:
            yield WindowOpened(
                conversation_id=thread.id,
                opened_at=thread.window_opened_at,
                deadline=thread.window_expires_at,
            )


def _thread(item: Inbound, channels: Mapping[str, UUID], people: People) -> ThreadKey | None:
    """The thread of a message: a person's or a group's; None if it names nobody."""
    channel_id = channels[item.phone_number_id]
    if item.group_id is not None:
        return ThreadKey(channel_id, None, item.group_id)
    contact_id = people.of(item.claim)
    return None if contact_id is None else ThreadKey(channel_id, contact_id, None)


def _message(
    item: Inbound,
    thread: ThreadKey,
    conversation_id: UUID,
    people: People,
    now: datetime,
    place: int,
) -> NewMessage:
    placed = placed_at(item.at, now)
    in_group = thread.group_id is not None
    return NewMessage(
        id=id_at(placed, place),
        conversation_id=conversation_id,
        channel_id=thread.channel_id,
        contact_id=thread.contact_id or conversation_id,
        direction=Direction.OUTBOUND if item.ours else Direction.INBOUND,
        origin=Origin.BUSINESS_APP if item.ours else Origin.CUSTOMER,
        kind=item.kind,
        body=item.body,
        payload=written(item.payload).decode(),
        wamid=item.wamid,
        reply_to=item.reply_to,
        at=min(item.at, now),
        placed_at=placed,
        loud=item.kind not in QUIET_KINDS,
        in_group=in_group,
        author_id=people.of(item.claim) if in_group and not item.ours else None,
        author_name=_author(item) if in_group and not item.ours else None,
    )


def _author(item: Inbound) -> str:
    return item.claim.name or item.claim.phone or ""
