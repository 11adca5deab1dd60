"""What a delivery may be about: a secret vouches for the numbers and accounts it belongs to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from domain.identity import Claim
from domain.webhooks import Reason
from store.receiving.deliveries import Place
from whatsapp.pieces import Frame, Piece
from whatsapp.webhooks import Preference, identifier


class Places:
    """Our numbers and accounts, by their ids at Meta."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.channels = {place.phone_number_id: place.channel_id for place in places}
        """By Meta's phone number id."""
        self._accounts: defaultdict[str, set[UUID]] = defaultdict(set)
        for place in places:
            self._accounts[place.waba_id].add(place.channel_id)

    def refuses(self, piece: Piece, signed_for: Collection[UUID] | None) -> Reason | None:
        """Why an object must not be applied; None if it may.

        ``signed_for`` are the channels whose secret signed it, None if it came another way.
        """
        frame = piece.frame
        if frame.phone_number_id:
            channel = self.channels.get(frame.phone_number_id)
            meant = set() if channel is None else {channel}
            unknown = Reason.OTHER_NUMBER
        elif frame.key and not all(isinstance(item, Preference | Claim) for item in piece.items):
            return Reason.NO_NUMBER
        else:
            meant = self._accounts.get(account_of(frame), set())
            unknown = Reason.OTHER_ACCOUNT
        if not meant:
            return unknown
        if signed_for is not None and meant.isdisjoint(signed_for):
            return Reason.FOREIGN_SIGNATURE
        return None


def account_of(frame: Frame) -> str:
    """The WhatsApp account: some events carry the portfolio's id in its usual place."""
    info = frame.value.get("waba_info")
    named = identifier(info.get("waba_id")) if isinstance(info, Mapping) else None
    return named or frame.account_id
