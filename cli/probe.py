"""Whether a server answers: one small HTTP GET without loading a client library into the supervisor."""

import asyncio
import contextlib

ANSWER_BYTES = 1024 * 1024


async def http_get(port: int, path: str, seconds: float = 2.0) -> tuple[int, bytes]:
    """Status and body from a server on loopback; status 0 if there is no answer."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                request = (
                    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
                )
                writer.write(request.encode())
                await writer.drain()
                answer = await reader.read(ANSWER_BYTES)
                while piece := await reader.read(ANSWER_BYTES):
                    answer += piece
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return 0, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body


async def http_ok(port: int, path: str) -> bool:
    """True for a 200."""
    status, _ = await http_get(port, path)
    return status == 200
