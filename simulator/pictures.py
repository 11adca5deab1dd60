"""Sample pictures for template headers, drawn in code so that nothing has to be shipped or fetched."""

import math
import struct
import zlib
from functools import lru_cache

_WIDTH, _HEIGHT = 640, 336
_PETALS = ((0.24, 0.60, 0.15, 5), (0.52, 0.46, 0.22, 6), (0.79, 0.62, 0.13, 5), (0.90, 0.27, 0.08, 5))
_COLOURS = ((255, 190, 205), (255, 236, 179), (255, 167, 150), (240, 214, 255))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(x: int, y: int) -> tuple[int, int, int]:
    across, down = x / _WIDTH, y / _HEIGHT
    red, green, blue = 52 + 70 * across, 150 + 60 * down, 128 + 50 * across * down
    for (centre_x, centre_y, size, petals), colour in zip(_PETALS, _COLOURS, strict=True):
        left, up = x - centre_x * _WIDTH, y - centre_y * _HEIGHT
        distance, angle = math.hypot(left, up), math.atan2(up, left)
        reach = size * _HEIGHT * 1.6 * (0.62 + 0.38 * math.cos(petals * angle))
        if distance < size * _HEIGHT * 0.34:
            return 250, 190, 70
        edge = min(1.0, max(0.0, (reach - distance) / 3))
        red += (colour[0] - red) * edge
        green += (colour[1] - green) * edge
        blue += (colour[2] - blue) * edge
    return int(red), int(green), int(blue)


@lru_cache(maxsize=1)
def spring() -> bytes:
    """A PNG of four flowers, 640 by 336."""
    rows = bytearray()
    for y in range(_HEIGHT):
        rows.append(0)
        for x in range(_WIDTH):
            rows.extend(_colour(x, y))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
