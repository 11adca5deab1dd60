"""Downloads a file in chunks: stopped by silence, size or a very long time, never for being slow."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

IDLE_S = 20.0
"""Longest silence within a file, and before its first byte."""

LONGEST_S = 18 * 60.0
"""The longest a file may take: enough for 100 MB at 100 KB a second."""

PIECE = 256 * 1024

Write = Callable[[bytes], Awaitable[None]]


class TooLarge(Exception):
    """More arrived, or was announced, than allowed."""


async def pour(response: httpx.Response, write: Write, most: int) -> int:
    """Pass every chunk on as it arrives; returns the number of bytes.

    Raises TimeoutError for silence, TooLarge, and whatever the connection raises.
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
