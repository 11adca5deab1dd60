"""Imports: what a column may become, how headers are recognised, how a file merges with contacts."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.contacts import CustomField, FieldType, ImportStatus
from domain.errors import Invalid
from domain.fields import DateOrder

COLUMN_LIMIT = 500
FILE_ROW_LIMIT = 1_000_000
"""Rows of one file, and of one sheet."""

KEPT_ERRORS = 1000
"""Rows with a problem that are kept to download; all of them are counted."""

SKIP = ""
FIELD = "field:"
NEW = "new:"


class Target(StrEnum):
    """Built-in places a column may go; custom fields are ``field:<key>`` or ``new:<type>``."""

    PHONE = "phone"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    LANGUAGE = "language"
    TIMEZONE = "timezone"
    CONSENT = "consent"


class UpdatePolicy(StrEnum):
    """What happens to a contact that is already there."""

    FILL = "fill_empty"
    OVERWRITE = "overwrite"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read the file and what to do with its rows; stored as JSON.

    ``header_line`` is where the table begins below titles, 0 at the first row that is not blank.
    ``sheets`` are the visible sheets of a workbook that hold something.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    has_header: bool = True
    headers: list[str] = field(default_factory=list)
    size: int = 0
    header_line: int = 0
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    default_region: str = ""
    policy: UpdatePolicy = UpdatePolicy.FILL
    date_order: DateOrder = DateOrder.DAY_FIRST
    group_ids: list[UUID] = field(default_factory=list)
    new_group: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return {**asdict(self), "group_ids": [str(group_id) for group_id in self.group_ids]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportOptions":
        """The options in a JSON column; names of other releases are passed over."""
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        values["policy"] = UpdatePolicy(values.get("policy", UpdatePolicy.FILL))
        values["date_order"] = DateOrder(values.get("date_order", DateOrder.DAY_FIRST))
        values["group_ids"] = [UUID(group_id) for group_id in values.get("group_ids", [])]
        return cls(**values)


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became, or would become, of the rows: the parts sum to ``rows``.

    ``partial`` rows are imported without a value that does not fit its field. ``reasons`` are code,
    an example of the sentence, number of rows, and whether these rows are imported all the same.
    ``done`` of ``total`` bytes of the file are read while the import runs.
    """

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    invalid: int = 0
    grouped: int = 0
    partial: int = 0
    reasons: list[tuple[str, str, int, bool]] = field(default_factory=list)
    dry_run: bool = False
    done: int = 0
    total: int = 0

    @property
    def importable(self) -> int:
        """Rows that lead to a contact."""
        return self.new + self.updated + self.unchanged

    @property
    def percent(self) -> int:
        """How much of the file is read."""
        return 100 * self.done // self.total if self.total else 0

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportCounts":
        """The counts in a JSON column."""
        known = {item.name for item in fields(cls)}
        found = {name: value for name, value in stored.items() if name in known}
        found["reasons"] = [tuple(reason) for reason in found.get("reasons", [])]
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Import:
    """One import as pages and the API show it."""

    id: UUID
    file_name: str
    file_path: str
    status: ImportStatus
    options: ImportOptions
    mapping: list[str]
    counts: ImportCounts
    error: str | None
    created_at: Any
    finished_at: Any
    user_name: str = ""
    user_id: UUID | None = None


@dataclass(slots=True)  # not frozen: there is one a row, and freezing doubles what it costs
class StagedRow:
    """One valid row; None leaves what a contact already has; ``raw`` is the row as a JSON list."""

    line: int
    id: UUID
    phone: str
    phone_key: str
    name: str | None
    language: str | None
    timezone: str | None
    fields: dict[str, Any]
    opt_out: bool
    raw: str
    notes: "tuple[RowError, ...]" = ()


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row, or one cell of it, was not imported; ``raw`` is the row as a JSON list.

    ``imported`` says that the row is a contact all the same, without this value.
    """

    line: int
    column: str
    code: str
    message: str
    raw: str
    imported: bool = False


_HEADERS: dict[Target, str] = {
    Target.PHONE: """phone phonenumber telephone tel mobile mobilephone mobilenumber cell cellphone
        whatsapp whatsappnumber whatsappphone number msisdn waid contactnumber phone1value
        telefone celular fone numero whats zap telefono movil telefonomovil numerodetelefono
        telephoneportable portable numerodetelephone mobiltelefon handy handynummer telefonnummer
        rufnummer telefon cellulare numeroditelefono telefoon telefoonnummer mobiel ceptelefonu
        gsm телефон номер мобильный номертелефона הטלפון هاتف جوال رقم رقمالهاتف फोन मोबाइल
        nomorhp nohp handphone nomortelepon 电话 手机 手机号 電話 電話番号 携帯 전화번호 휴대폰""",
    Target.NAME: """name fullname contactname customername displayname customer contact client
        nom nome nomecompleto cliente nombre nombrecompleto nombreyapellido nomcomplet kunde
        vollstandigername nomecognome naam volledigenaam isim adsoyad имя фио الاسم नाम nama
        namalengkap 姓名 名字 氏名 名前 이름""",
    Target.FIRST_NAME: """firstname givenname forename first primeironome prenome nombres
        primernombre prenom vorname nomeproprio voornaam ad имячеловека""",
    Target.LAST_NAME: """lastname surname familyname last sobrenome ultimonome apellido apellidos
        nomdefamille nachname familienname cognome achternaam soyad soyisim фамилия""",
    Target.LANGUAGE: """language lang locale languagecode idioma lingua langue sprache taal dil
        язык اللغة bahasa 语言 言語 언어""",
    Target.TIMEZONE: """timezone tz fusohorario zonahoraria fuseauhoraire zeitzone fusoorario
        tijdzone saatdilimi часовойпояс 时区""",
    Target.CONSENT: """consent optin optedin marketingconsent subscribed marketing consentimento
        aceitamarketing consentimiento aceptamarketing consentement einwilligung consenso
        toestemming izin согласие 同意""",
}


def _plain(header: str) -> str:
    decomposed = unicodedata.normalize("NFKD", header.casefold())
    return "".join(char for char in decomposed if char.isalnum())


def _dictionary() -> dict[str, str]:
    return {_plain(word): target for target, words in _HEADERS.items() for word in words.split()}


def _looks_like_phone(cell: str) -> bool:
    digits = sum(char.isdigit() for char in cell)
    return 8 <= digits <= 15 and not any(char.isalpha() for char in cell)


def _phone_column(samples: Sequence[Sequence[str]], width: int) -> int | None:
    """The column where most of the filled cells look like phone numbers."""
    best, best_share = None, 0.6
    for index in range(width):
        cells = [row[index] for row in samples if index < len(row) and row[index].strip()]
        share = sum(map(_looks_like_phone, cells)) / len(cells) if cells else 0.0
        if share > best_share:
            best, best_share = index, share
    return best


def detect_mapping(
    headers: Sequence[str],
    samples: Sequence[Sequence[str]],
    custom_fields: Sequence[CustomField],
) -> list[str]:
    """A target for each column, SKIP where nothing fits; each target is given once."""
    words = _dictionary()
    for custom in custom_fields:
        words[_plain(custom.label)] = words[_plain(custom.key)] = FIELD + custom.key
    mapping: list[str] = []
    for header in headers:
        target = words.get(_plain(header), SKIP)
        mapping.append(SKIP if target in mapping else target)
    if Target.PHONE not in mapping:
        column = _phone_column(samples, len(headers))
        if column is not None:
            mapping[column] = Target.PHONE
    return _halves(mapping)


def _halves(mapping: list[str]) -> list[str]:
    """A name beside a surname is the given name; beside a given name it is the surname."""
    first, last = Target.FIRST_NAME in mapping, Target.LAST_NAME in mapping
    if Target.NAME not in mapping or first == last:
        return mapping
    half = Target.LAST_NAME if first else Target.FIRST_NAME
    return [half if target == Target.NAME else target for target in mapping]


def looks_like_header(first: Sequence[str]) -> bool:
    """Whether the first row names the columns: no cell in it is a phone number."""
    return not any(_looks_like_phone(cell) for cell in first)


def _check_target(target: str, keys: frozenset[str]) -> None:
    if target.startswith(FIELD):
        known = target.removeprefix(FIELD) in keys
    elif target.startswith(NEW):
        known = target.removeprefix(NEW) in set(FieldType) - {FieldType.ENUM}
    else:
        known = target == SKIP or target in set(Target)
    if not known:
        message = f"“{target[:60]}” is not a place a column can go."
        raise Invalid("mapping_target", message, {"mapping": message})


def check_mapping(mapping: Sequence[str], width: int, keys: frozenset[str]) -> None:
    """Raise Invalid unless every column has a known target, phone has one, and none has two."""
    if len(mapping) != width:
        message = f"The file has {width} columns, the mapping {len(mapping)}."
        raise Invalid("mapping_width", message, {"mapping": message})
    seen: set[str] = set()
    for target in mapping:
        _check_target(target, keys)
        if target in seen:
            message = "Two columns go to the same place. Choose one of them."
            raise Invalid("mapping_twice", message, {"mapping": message})
        if target != SKIP and not target.startswith(NEW):
            seen.add(target)
    if Target.PHONE not in seen:
        message = "Choose the column that holds the phone number."
        raise Invalid("mapping_phone", message, {"mapping": message})
