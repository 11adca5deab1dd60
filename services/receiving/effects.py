"""What the objects of a batch contained and did: told of each delivery in the log, and how it is found there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from domain import phone
from domain.webhook_log import MOST_KINDS, block_of, mark
from domain.webhooks import KIND_LIMIT, Outcome
from store.receiving.deliveries import Told, WaitingEvent
from store.sending.statuses import Applied
from whatsapp.bodies import clean
from whatsapp.pieces import Item, Piece
from whatsapp.webhooks import STATUSES, Inbound, Status

_NUMBERS = ("from", "to", "recipient_id", "wa_id")
_IDS = ("id", "from_user_id", "to_user_id", "recipient_user_id", "user_id")
_LISTS = {"statuses": "status", "messages": "message", "message_echoes": "echo"}


class Effect:
    """Outcomes of the objects of a batch that changed nothing, by the identity of what was read."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}

    def note(self, items: Iterable[Item], outcome: Outcome) -> None:
        """These changed nothing, and why."""
        self._outcomes.update((id(item), outcome) for item in items)

    def note_statuses(
        self, told: Sequence[Status], found: Sequence[Status], applied: Applied
    ) -> None:
        """Which statuses changed nothing; ``found`` are the same ones with their messages."""
        if applied.known or applied.unmatched:
            pairs = list(zip(told, found, strict=True))
            known = (one for one, at in pairs if at.message_id in applied.known)
            self.note(known, Outcome.DUPLICATE)
            unmatched = (one for one, at in pairs if at.message_id in applied.unmatched)
            self.note(unmatched, Outcome.UNMATCHED)

    def of(self, piece: Piece) -> Outcome:
        """What an object that was applied did."""
        if not self._outcomes:
            return Outcome.APPLIED
        for item in piece.items:
            if (outcome := self._outcomes.get(id(item))) is not None:
                return outcome
        return Outcome.APPLIED


class Tally:
    """What is told of each delivery of a batch."""

    def __init__(self, events: Iterable[WaitingEvent]) -> None:
        self._kinds: defaultdict[int, set[str]] = defaultdict(set)
        self._outcomes: defaultdict[int, set[str]] = defaultdict(set)
        self._marks = {
            event.id: {mark(str(channel)) for channel in event.signed_for or ()} for event in events
        }

    def met(self, id_: int, piece: Piece) -> None:
        """An object was in this delivery."""
        item = piece.items[0] if piece.items else None
        if type(item) is Status:  # thousands a second
            self._kinds[id_] |= _OF_STATUSES[item.state]
            self._marks[id_].update(_status_marks(item))
            return
        kinds = self._kinds[id_]
        if len(kinds) < MOST_KINDS:
            kind = kind_of(piece)
            kinds |= {kind, kind.partition("/")[0]}
        self._marks[id_].update(_marks(piece))

    def did(self, id_: int, outcome: Outcome) -> None:
        """One of its objects had this outcome."""
        self._outcomes[id_].add(outcome.value)

    def told(self, ids: Iterable[int]) -> list[Told]:
        """Kinds and outcomes of some deliveries; one without objects was of no use."""
        return [
            Told(id_, self._kinds[id_], self._outcomes[id_] or {Outcome.NOT_USED.value})
            for id_ in ids
        ]

    def marks(self, told: Iterable[Told]) -> dict[int, set[int]]:
        """What these deliveries mention, by block."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for one in told:
            block = found[block_of(one.id)]
            block.update(self._marks[one.id])
            block.update(map(mark, (*one.kinds, *one.outcomes)))
        return found


def kind_of(piece: Piece) -> str:
    """What an object is, for filters: ``message/text``, ``status/read``, or the name of its field."""
    frame, raw = piece.frame, piece.raw
    if not frame.key:
        return clean(frame.field)[:KIND_LIMIT] or "delivery"
    group = _LISTS.get(frame.key)
    if group is None or not isinstance(raw, dict):
        return clean(frame.key)[:KIND_LIMIT]
    if isinstance(first := piece.items[0] if piece.items else None, Inbound):
        return f"{group}/{first.kind}"
    name = raw.get("status" if group == "status" else "type")
    return f"{group}/{clean(name)}"[:KIND_LIMIT] if isinstance(name, str) else group


_OF_STATUSES = {state: {"status", f"status/{state.value}"} for state in STATUSES.values()}


def _status_marks(item: Status) -> Iterator[int]:
    yield mark(item.wamid)
    if item.wa_id:
        yield _number_mark(item.wa_id)
    if item.bsuid:
        yield mark(item.bsuid)


@lru_cache(maxsize=16384)  # several statuses are about the same person
def _number_mark(value: str) -> int:
    is_number = value.isascii() and value.isdecimal()
    return mark(phone.key(value) if is_number else value)


def _marks(piece: Piece) -> Iterator[int]:
    raw = piece.raw
    if not isinstance(raw, dict):
        return
    for name in _NUMBERS:
        if isinstance(value := raw.get(name), str) and value:
            yield _number_mark(value)
    for name in _IDS:
        if isinstance(value := raw.get(name), str) and value:
            yield mark(value)
