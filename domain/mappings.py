"""The target of each column of a table, judged by its heading and values."""

from collections.abc import Callable, Sequence

from domain.columns import holds_numbers, phone_column, written_as_mobile
from domain.consent_columns import consent_column
from domain.contacts import CustomField
from domain.headings import built_in, plain, told_apart
from domain.imports import FIELD, SKIP, Target


def detect_mapping(
    headers: Sequence[str],
    samples: Sequence[Sequence[str]],
    custom_fields: Sequence[CustomField],
    is_mobile: Callable[[str], bool] = written_as_mobile,
) -> list[str]:
    """A target for each column, SKIP where nothing fits; each target is used once.

    No column becomes the phone unless heading and values agree; otherwise a person is asked.
    """
    words = _custom_words(custom_fields)
    mapping: list[str] = []
    for index, header in enumerate(headers):
        # A built-in name means the built-in field, even if an older custom field has that name.
        target = built_in(header) or words.get(plain(header), SKIP)
        # A column “Contact” or “Customer” may hold phone numbers just as well.
        numbers = target == Target.NAME and holds_numbers(samples, index, is_mobile)
        left = target == Target.PHONE or target in mapping or numbers
        mapping.append(SKIP if left else target)
    taken = [index for index, target in enumerate(mapping) if target != SKIP]
    column = phone_column(headers, samples, is_mobile, taken)
    if column is not None:
        mapping[column] = Target.PHONE
    if Target.CONSENT not in mapping:
        taken = [index for index, target in enumerate(mapping) if target != SKIP]
        answers = consent_column(headers, samples, taken)
        if answers is not None:
            mapping[answers] = Target.CONSENT
    return _halves(mapping, samples)


def _custom_words(custom_fields: Sequence[CustomField]) -> dict[str, str]:
    words: dict[str, str] = {}
    for custom in custom_fields:
        for name in (custom.label, custom.key, told_apart(custom.label)):
            words.setdefault(plain(name), FIELD + custom.key)
    return words


def _halves(mapping: list[str], samples: Sequence[Sequence[str]]) -> list[str]:
    """A name next to a surname is the given name, and vice versa, unless it holds both."""
    first, last = Target.FIRST_NAME in mapping, Target.LAST_NAME in mapping
    if Target.NAME not in mapping or first == last:
        return mapping
    half, other = (Target.FIRST_NAME, Target.LAST_NAME)[:: 1 if first else -1]
    if _is_part(samples, mapping.index(half), mapping.index(Target.NAME)):
        return [SKIP if target == half else target for target in mapping]
    return [other if target == Target.NAME else target for target in mapping]


def _is_part(samples: Sequence[Sequence[str]], part: int, whole: int) -> bool:
    """Whether most cells of one column occur within the other column's longer cells."""
    rows = [row for row in samples if max(part, whole) < len(row)]
    pairs = [(f" {row[part]} ".casefold(), f" {row[whole]} ".casefold()) for row in rows]
    filled = [(one, all_) for one, all_ in pairs if one.strip() and all_.strip()]
    return 2 * sum(one in all_ and one != all_ for one, all_ in filled) > len(filled)
