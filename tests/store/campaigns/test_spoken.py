"""Values of contacts in their reader's words: SQL and Python say the same (issue 7, B5)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.campaigns.spoken import LANGUAGES, formats_json, said, said_sql

VALUES = [
    ("date", "2026-05-01"),
    ("date", "2026-12-31"),
    ("datetime", "2026-05-01T14:30"),
    ("datetime", "2026-05-01T00:05:30+02:00"),
    ("datetime", "2026-05-01"),
    ("date", "soon"),
    ("number", "12.50"),
    ("number", "900719925474099312"),
    ("bool", "true"),
    ("bool", "false"),
    ("text", "12.50"),
    ("enum", "Gold"),
]


@pytest.mark.fault("B5")
@pytest.mark.parametrize(
    ("kind", "value", "language", "words"),
    [
        ("date", "2026-05-01", "en", "May 1, 2026"),
        ("date", "2026-05-01", "en_GB", "1 May 2026"),
        ("date", "2026-05-01", "de", "1. Mai 2026"),
        ("date", "2026-05-01", "es_MX", "1 de mayo de 2026"),
        ("date", "2026-05-01", "pt_BR", "1 de maio de 2026"),
        ("date", "2026-05-01", "tr", "1 Mayıs 2026"),
        ("date", "2026-05-01", "ja", "2026年5月1日"),
        ("date", "2026-05-01", "zh_CN", "2026年5月1日"),
        ("date", "2026-05-01", None, "2026-05-01"),
        ("datetime", "2026-05-01T14:30", "de_AT", "1. Mai 2026, 14:30"),
        ("datetime", "2026-05-01T14:30+02:00", "en_US", "May 1, 2026, 2:30 PM (UTC+02:00)"),
        ("number", "12.50", "es", "12,50"),
        ("number", "12.50", "en", "12.50"),
        ("number", "900719925474099312", "de", "900719925474099312"),
        ("bool", True, "pt_BR", "Sim"),
        ("text", "12.50", "de", "12.50"),
    ],
)
def test_a_reader_s_own_way(kind: str, value: object, language: str | None, words: str) -> None:
    assert said(kind, value, language) == words


@pytest.mark.fault("B5")
async def test_the_database_says_what_python_says(session: AsyncSession) -> None:
    languages: list[Any] = [None, "", "xx", "de_AT", "zh_CN", "pt_BR", *LANGUAGES]
    cases = [(kind, value, code) for kind, value in VALUES for code in languages]
    query = f"""
        SELECT {said_sql("g.value", "g.kind", "g.language")}
        FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:languages AS text[]))
            WITH ORDINALITY AS g(kind, value, language, n) ORDER BY n"""
    kinds, values, codes = (list(part) for part in zip(*cases, strict=True))
    parameters = {"kinds": kinds, "values": values, "languages": codes, "spoken": formats_json()}
    found = list(await session.scalars(text(query), parameters))
    assert found == [said(kind, value, code) for kind, value, code in cases]
