"""Customers with special behaviour, recognised by the last four digits of their number.

| ends with | behaves like this |
|---|---|
| 0001 | is not on WhatsApp: every message fails with 131026 |
| 0002 | stopped marketing: marketing templates fail with 131050 |
| 0003 | blocked the business: every message fails with 131026 after `sent` |
| 0004 | has read receipts off: `delivered`, never `read` |
| 0005 | slow phone: everything takes twenty times as long |
| 0006 | answers every message with a short text |
| 0007 | taps the first quick reply of a template, otherwise answers with text |
| 0008 | has a username: the phone is hidden until the business has written to it |
| 0009 | is in Meta's marketing experiment: marketing templates fail with 130472 |
| 0010 | got enough marketing already: marketing templates fail with 131049 |
| 0011 | answers STOP |
| 0012 | phone is switched off: `sent`, then nothing |
| 0013 | is on the business's own block list: the send is refused with 130403 |

The knob `personas` turns them all off.
"""

from enum import StrEnum


class Persona(StrEnum):
    """How a customer behaves."""

    ORDINARY = "ordinary"
    NOT_ON_WHATSAPP = "not on WhatsApp"
    STOPPED_MARKETING = "stopped marketing"
    BLOCKED_BUSINESS = "blocked the business"
    NO_READ_RECEIPTS = "read receipts off"
    SLOW = "slow phone"
    REPLIES = "answers every message"
    TAPS = "taps quick replies"
    USERNAME_ONLY = "username, phone hidden"
    EXPERIMENT = "in a marketing experiment"
    MARKETING_LIMIT = "marketing limit reached"
    SAYS_STOP = "answers STOP"
    SWITCHED_OFF = "phone switched off"
    ON_BLOCK_LIST = "on the business's block list"


BY_ENDING: dict[str, Persona] = {
    f"{number:04d}": persona for number, persona in enumerate(Persona) if number
}

FAILS_ALWAYS = {Persona.NOT_ON_WHATSAPP: 131026, Persona.BLOCKED_BUSINESS: 131026}
FAILS_MARKETING = {
    Persona.STOPPED_MARKETING: 131050,
    Persona.EXPERIMENT: 130472,
    Persona.MARKETING_LIMIT: 131049,
}
ANSWERS = frozenset({Persona.REPLIES, Persona.TAPS, Persona.SAYS_STOP})

_FIRST_NAMES = """
Amara Diego Priya Jonas Fatima Liu Sofia Kwame Elena Mateo Aisha Lukas Chiara Omar Hana Rafael
Ingrid Tariq Camila Noah Yara Viktor Leila Bruno Mei Oskar Zainab Pablo Anika Samuel
"""
_LAST_NAMES = """
Okafor Fernández Raman Weber Zahra Wei Rossi Mensah Petrova Silva Khan Novak Moretti Haddad
Tanaka Costa Larsen Aziz Torres Becker Diallo Ionescu Moreau Santos Chen Lindqvist Bello García
Iyer Cohen
"""
_FIRST = _FIRST_NAMES.split()
_LAST = _LAST_NAMES.split()


def persona_of(digits: str) -> Persona:
    """The behaviour for a number's ending."""
    return BY_ENDING.get(digits[-4:], Persona.ORDINARY)


def name_of(digits: str) -> str:
    """A stable, realistic profile name for a number nobody has named."""
    mixed = int(digits) * 2_654_435_761 >> 7
    return f"{_FIRST[mixed % len(_FIRST)]} {_LAST[(mixed >> 9) % len(_LAST)]}"


def username_of(name: str) -> str:
    """The username of a customer who has one."""
    return "".join(
        character for character in name.lower() if character.isascii() and character.isalpha()
    )
