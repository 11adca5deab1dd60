"""Takes a file piece by piece: ended by silence, by size or by a very long time, never by being slow."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

IDLE_S = 20.0
"""Longest silence within a file, and before its first byte."""

LONGEST_S = 18 * 60.0
"""No file takes longer: 100 MB come at 100 KB a second in this time."""

PIECE = 256 * 1024

Write = Callable[[bytes], Awaitable[None]]


class TooLarge(Exception):
    """More came, or was announced, than was to be taken."""


async def pour(response: httpx.Response, write: Write, most: int) -> int:
    """Hand every piece on as it comes; how many bytes there were.

    Raises TimeoutError for a silence, TooLarge, and what the connection raises.
    """
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise TooLarge
    size, waiting = 0, bytearray()
    pieces = response.aiter_bytes()
    while True:
        async with asyncio.timeout(IDLE_S):
            piece = await anext(pieces, None)
        if piece is None:
            break
        size += len(piece)
        if size > most:
            raise TooLarge
        waiting += piece
        if len(waiting) >= PIECE:
            await write(bytes(waiting))
            waiting.clear()
    await write(bytes(waiting))
    return size
