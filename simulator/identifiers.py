"""Ids in the shapes Meta uses; message ids carry their row number so that none is stored."""

from base64 import b64decode
from binascii import Error as Base64Error
from binascii import b2a_base64
from random import getrandbits

from simulator.readings import count_of

_SCRAMBLE = 0x5DEECE66D  # odd, so multiplication modulo 2**40 can be undone
_MASK = (1 << 40) - 1
_UNSCRAMBLE = pow(_SCRAMBLE, -1, 1 << 40)
_CHECK = 0x9E3779B1

OUTBOUND = 0x11
INBOUND = 0x12

_USER_MODULUS = 10**20 + 39  # prime
_USER_DIGITS = 21
_USER_FACTOR = 48_213_907_716_650_021_933
_USER_INVERSE = pow(_USER_FACTOR, -1, _USER_MODULUS)


class MessageIds:
    """Turns a row number into a wamid and back, for one life of the call log (`nonce`).

    It contains nobody's number: people who only have a username get such ids too.
    """

    __slots__ = ("_heads", "nonce")

    def __init__(self, nonce: int) -> None:
        self.nonce = nonce
        self._heads = {
            direction: b"\x1d\x1a\x15\x02\x00%c\x18\x14%08X" % (direction, nonce)
            for direction in (OUTBOUND, INBOUND)
        }

    def encode(self, row: int, direction: int = OUTBOUND) -> str:
        """The wamid of the message in `row`."""
        scrambled = row * _SCRAMBLE & _MASK
        check = (scrambled * _CHECK ^ self.nonce) & 0xFFFFFF
        raw = b"%b%010X%06X\x00" % (self._heads[direction], scrambled, check)
        return "wamid." + b2a_base64(raw, newline=False).decode()

    def decode(self, wamid: str) -> tuple[int, int] | None:
        """`(row, direction)`, or None for an id this call log never gave out."""
        try:
            raw = b64decode(wamid.removeprefix("wamid."), validate=True)
            direction = raw[5]
            row = int(raw[16:26], 16) * _UNSCRAMBLE & _MASK
        except (ValueError, IndexError, Base64Error):
            return None
        known = direction in self._heads and self.encode(row, direction) == wamid
        return (row, direction) if known else None


def trace_id() -> str:
    """A `fbtrace_id`."""
    bits = getrandbits(128).to_bytes(16, "big")
    return "A" + b2a_base64(bits, newline=False).decode().rstrip("=").translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


def user_id(digits: str, country: str) -> str:
    """The business-scoped id of the person behind a number."""
    return f"{country}.{int(digits) * _USER_FACTOR % _USER_MODULUS:020d}"


def number_of_user(identifier: str) -> str | None:
    """The number behind a business-scoped id, or None when it is not one of ours."""
    country, _, digits = identifier.partition(".")
    count = count_of(digits, _USER_DIGITS)
    if len(country) != 2 or count is None:
        return None
    number = str(count * _USER_INVERSE % _USER_MODULUS)
    return number if 7 <= len(number) <= 15 else None


def conversation_id(nonce: int, row: int) -> str:
    """Thirty-two hexadecimal digits, unique per message as webhooks up to v23 show them."""
    return f"{nonce:08x}{row * 0x9E3779B97F4A7C15 & ((1 << 96) - 1):024x}"


def node_id() -> str:
    """A fresh numeric object id of sixteen digits."""
    return str(10**15 + getrandbits(49))
