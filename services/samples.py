"""Invented people with numbers that belong to nobody, for the demo and for trying an import."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

SEED = 2026
MAX_ROWS = 6_000
INVALID_ROWS = 15
DUPLICATE_ROWS = 12
"""Unusable rows in a sample of 5,000, so that its campaign reaches 4,973; fewer in a small one."""

HEADINGS = (
    "Name",
    "First name",
    "Mobile",
    "City",
    "Language",
    "Order no",
    "Loyalty",
    "Birthday",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Amara Diego Priya Jonas Fatima Liu Sofia Kwame Elena Mateo Aisha Lukas Chiara Omar Hana "
    "Rafael Ingrid Tariq Camila Noah Yara Viktor Leila Bruno Mei Oskar Zainab Pablo Anika "
    "Samuel Thandiwe Marek Nadia Joaquín Freya Emeka Saskia Ravi Beatriz Sven Amina Tomás "
    "Keiko Idris Maëlle Andrej Lucía Farid Signe Chidi Renata Jun Olga Kofi Isabel Milan Noor "
    "Gustavo Wanjiru Petra"
)
_LAST = _words(
    "Okafor Fernández Raman Weber Zahra Wei Rossi Mensah Petrova Silva Khan Novak Moretti "
    "Haddad Tanaka Costa Larsen Aziz Torres Becker Diallo Ionescu Moreau Santos Chen "
    "Lindqvist Bello García Iyer Cohen Ndlovu Kowalski Haidari Vega Sørensen Eze Vermeer "
    "Patel Almeida Nyberg Sesay Ruiz Mori Abdi Lefèvre Kovač Jiménez Rahimi Dahl Obi Castro "
    "Park Ivanova Asante Duarte Horvat Demir Prado Kamau Schneider"
)
_LOYALTY = ("Gold", "Silver", "Bronze")

# Numbers reserved for films and examples: 555-0100 to 555-0199 of each North American area code,
# and the blocks the German and Swedish regulators reserved.
_CANADA = _words(
    "204 226 236 249 250 263 289 306 343 354 365 367 368 403 416 418 428 431 437 438 450 468 "
    "474 506 514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 "
    "807 819 825 867 873 879 902 905"
)
_CARIBBEAN = {"DO": ("809", "829", "849"), "JM": ("876", "658")}
_CITIES = {
    "CA": ("Toronto", "Montréal", "Vancouver", "Calgary", "Halifax", "Winnipeg", "Ottawa"),
    "DO": ("Santo Domingo", "Santiago", "La Romana"),
    "JM": ("Kingston", "Montego Bay"),
    "DE": ("Berlin", "Hamburg", "Köln", "München", "Leipzig"),
    "SE": ("Stockholm", "Göteborg", "Malmö"),
}
_LANGUAGES = {
    "CA": ("en", "en", "en", "fr"),
    "DO": ("es",),
    "JM": ("en",),
    "DE": ("de",),
    "SE": ("sv",),
}

_BROKEN = ("", "n/a", "12345", "call the office", "4.92E+11", "+999 123 456 78", "+1 416 555", "0")


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """One invented person; ``phone`` is E.164."""

    first_name: str
    last_name: str
    phone: str
    city: str
    language: str
    order_no: str
    loyalty: str
    birthday: date

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


def people(seed: int = SEED) -> list[SamplePerson]:
    """Every invented person in a stable, mixed order; no number twice."""
    random = Random(seed)  # noqa: S311 - variety, not secrecy
    numbers = [*_numbers()]
    random.shuffle(numbers)
    return [_person(phone, country, random) for phone, country in numbers]


def special_people() -> list[SamplePerson]:
    """Thirteen people with number endings 0001 to 0013, which the simulator treats specially."""
    random = Random(SEED)  # noqa: S311 - variety, not secrecy
    return [_person(f"+49171392{ending:04d}", "DE", random) for ending in range(1, 14)]


def contacts_csv(rows: int = 5_000, seed: int = SEED) -> Iterator[str]:
    """Lines of a realistic CSV file: mixed notations, a few bad and duplicate numbers."""
    rows = max(1, min(rows, MAX_ROWS))
    random = Random(seed)  # noqa: S311 - variety, not secrecy
    broken = min(INVALID_ROWS, rows // 20)
    double = min(DUPLICATE_ROWS, rows // 20)
    good = [
        (person, _notation(person.phone, random))
        for person in people(seed)[: rows - broken - double]
    ]
    lines = [*good]
    for number in range(broken):
        lines.insert(
            random.randrange(len(lines)), (good[number][0], _BROKEN[number % len(_BROKEN)])
        )
    # Duplicates come after their original, so that the original is kept.
    lines.extend((person, person.phone) for person, _ in random.sample(good, double))
    yield _line(HEADINGS)
    for person, phone in lines:
        yield _line(_cells(person, phone))


def _numbers() -> Iterator[tuple[str, str]]:
    areas = [(area, "CA") for area in _CANADA]
    areas += [(area, country) for country, codes in _CARIBBEAN.items() for area in codes]
    for area, country in areas:
        for ending in range(100, 200):
            yield f"+1{area}5550{ending}", country
    for ending in range(14, 100):
        yield f"+49171392{ending:04d}", "DE"
    for ending in range(100):
        yield f"+4917604069{ending:03d}", "DE"
    for ending in range(605, 700):
        yield f"+46701740{ending}", "SE"


def _person(phone: str, country: str, random: Random) -> SamplePerson:
    return SamplePerson(
        first_name=random.choice(_FIRST),
        last_name=random.choice(_LAST),
        phone=phone,
        city=random.choice(_CITIES[country]),
        language=random.choice(_LANGUAGES[country]),
        order_no=f"{random.choice('ABCDEFGHJK')}-{random.randrange(1000, 10_000)}",
        loyalty=random.choices(_LOYALTY, (1, 3, 6))[0],
        birthday=date(1955, 1, 1) + timedelta(days=random.randrange(18_000)),
    )


def _notation(phone: str, random: Random) -> str:
    """The number as a person might type it, always with its country code."""
    if not phone.startswith("+1"):
        return random.choice((phone, f"00{phone[1:]}", f"{phone[:3]} {phone[3:6]} {phone[6:]}"))
    area, office, line = phone[2:5], phone[5:8], phone[8:]
    return random.choice(
        (
            phone,
            f"+1 {area} {office} {line}",
            f"+1 ({area}) {office}-{line}",
            f"1-{area}-{office}-{line}",
        )
    )


def _cells(person: SamplePerson, phone: str) -> tuple[str, ...]:
    return (
        person.name,
        person.first_name,
        phone,
        person.city,
        person.language,
        person.order_no,
        person.loyalty,
        person.birthday.isoformat(),
    )


def _line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
