"""Languages are read and let go again."""

from babel import localedata

from domain import locales


def test_a_language_read_briefly_is_not_kept() -> None:
    localedata._cache.pop("hu", None)
    with locales.briefly("hu") as locale:
        assert locale.territories["HU"] == "Magyarország"
        assert "hu" in localedata._cache
    assert "hu" not in localedata._cache


def test_what_somebody_else_reads_stays() -> None:
    localedata.load("fi")
    with locales.briefly("fi"):
        pass
    assert "fi" in localedata._cache
