"""Ids in the shapes Meta uses; message ids carry their row number so that none is stored."""

from base64 import b64decode
from binascii import Error as Base64Error
from binascii import b2a_base64
from random import getrandbits

_SCRAMBLE = 0x5DEECE66D  # odd, so multiplication modulo 2**40 can be undone
_MASK = (1 << 40) - 1
_UNSCRAMBLE = pow(_SCRAMBLE, -1, 1 << 40)

OUTBOUND = 0x11
INBOUND = 0x12

_USER_MODULUS = 10**20 + 39  # prime
_USER_FACTOR = 48_213_907_716_650_021_933
_USER_INVERSE = pow(_USER_FACTOR, -1, _USER_MODULUS)


class MessageIds:
    """Turns a row number into a wamid and back, for one life of the call log (`nonce`)."""

    __slots__ = ("_inbound", "_outbound", "nonce")

    def __init__(self, nonce: int) -> None:
        self.nonce = nonce
        self._outbound = b"\x15\x02\x00\x11\x18\x12%08X" % nonce
        self._inbound = b"\x15\x02\x00\x12\x18\x12%08X" % nonce

    def encode(self, row: int, phone: str, direction: int = OUTBOUND) -> str:
        """The wamid of the message in `row`, exchanged with `phone` (digits)."""
        middle = self._outbound if direction == OUTBOUND else self._inbound
        raw = b"\x1c\x18%c%b%b%010X\x00" % (
            len(phone),
            phone.encode(),
            middle,
            row * _SCRAMBLE & _MASK,
        )
        return "wamid." + b2a_base64(raw, newline=False).decode()

    def decode(self, wamid: str) -> tuple[int, int] | None:
        """`(row, direction)`, or None for an id this call log never gave out."""
        try:
            raw = b64decode(wamid.removeprefix("wamid."), validate=True)
            body = raw[3 + raw[2] :]
            if len(body) != 25 or int(body[6:14], 16) != self.nonce:
                return None
            return int(body[14:24], 16) * _UNSCRAMBLE & _MASK, body[3]
        except (ValueError, IndexError, Base64Error):
            return None


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
    if len(country) != 2 or not digits.isdecimal():
        return None
    number = str(int(digits) * _USER_INVERSE % _USER_MODULUS)
    return number if 7 <= len(number) <= 15 else None


def conversation_id(nonce: int, row: int) -> str:
    """Thirty-two hexadecimal digits, unique per message as webhooks up to v23 show them."""
    return f"{nonce:08x}{row * 0x9E3779B97F4A7C15 & ((1 << 96) - 1):024x}"


def node_id() -> str:
    """A fresh numeric object id of sixteen digits."""
    return str(10**15 + getrandbits(49))
