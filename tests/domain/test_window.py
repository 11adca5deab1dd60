from domain.window import OPENING_TYPES


def test_reactions_do_not_open_it() -> None:
    assert "reaction" not in OPENING_TYPES
    assert "text" in OPENING_TYPES
