import time

from domain.ids import new_id, parse_id


def test_ids_are_version_7_and_sort_by_time() -> None:
    first = new_id()
    time.sleep(0.002)
    second = new_id()
    assert first.version == second.version == 7
    assert first < second


def test_text_that_is_no_id() -> None:
    assert parse_id("nonsense") is None
    made = new_id()
    assert parse_id(str(made)) == made
