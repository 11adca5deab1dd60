"""The import benchmark counts what it did, and its file is the same every time."""

from cli.bench.imports import generate, measure


def test_the_file_is_the_same_every_time() -> None:
    assert generate(200) == generate(200)
    assert generate(200).count(b"\n") == 201


async def test_the_figures_add_up() -> None:
    figures = await measure(400, quiet=True)
    parts = ("new", "updated", "unchanged", "duplicate", "invalid", "unclear")
    assert sum(figures[part] for part in parts) == figures["rows"] == 400
    assert figures["stored"] == figures["new"] == figures["grouped"]
    assert figures["reported"] == sum(figures[part] for part in parts[3:])
    assert 2 < figures["invalid"] < 30
