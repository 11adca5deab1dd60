"""What is put into histories: large values small, and every value as it was."""

import pytest

from workflows.runner import COMPRESS_FROM, CONVERTER


@pytest.mark.parametrize(("length", "packed"), [(10, False), (50 * COMPRESS_FROM, True)])
async def test_only_what_is_large_is_packed_and_all_comes_back(length: int, packed: bool) -> None:
    value = "Mara" * length
    (payload,) = await CONVERTER.encode([value])
    assert (payload.metadata["encoding"] == b"binary/zlib") is packed
    assert (payload.ByteSize() < len(value)) is packed
    assert await CONVERTER.decode([payload]) == [value]
