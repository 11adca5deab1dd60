"""Files as downloads; those generated while they are sent tie up disk space with a slow reader, never the database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Self
from urllib.parse import quote

from starlette.responses import StreamingResponse

from api.state import AppState
from services.exports import Lines
from services.messages.media import MediaFile

IN_MEMORY_BYTES = 1024 * 1024
PIECE_BYTES = 64 * 1024


def file_headers(file: MediaFile, *, kept_s: int = 0) -> dict[str, str]:
    """How a browser may treat a file that somebody sent; kept by it for so long, if its address names its content."""
    shown_as = "inline" if file.inline else "attachment"
    return {
        "Content-Disposition": f"{shown_as}; filename*=UTF-8''{quote(file.name, safe='', errors='replace')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": f"private, max-age={kept_s}" if kept_s else "no-store",
    }


class CsvResponse(StreamingResponse):
    """Lines of CSV as a download."""

    media_type = "text/csv; charset=utf-8"

    @classmethod
    def named(cls, lines: AsyncIterator[str] | AsyncIterator[bytes], file_name: str) -> Self:
        """A download with that file name."""
        return cls(lines, headers={"Content-Disposition": f'attachment; filename="{file_name}"'})


async def spooled(state: AppState, lines: Lines) -> AsyncGenerator[bytes]:
    """The lines as they are produced; what the reader has not taken yet waits in a temporary file.

    A transaction lasts only as long as reading takes, however slow the client, and few downloads read at the same time,
    so that connections remain for everybody else.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        end, sent = 0, 0
        more = asyncio.Event()

        async def fill() -> None:
            nonlocal end
            async with state.exports, state.reads() as session, _closing(lines(session)) as made:
                async for text in made:
                    file.seek(end)
                    end += file.write(text.encode("utf-8", "replace"))
                    more.set()

        filling = asyncio.create_task(fill())
        filling.add_done_callback(_hear)
        filling.add_done_callback(lambda _: more.set())
        try:
            while True:
                while sent < end:
                    file.seek(sent)
                    piece = file.read(PIECE_BYTES)
                    sent += len(piece)
                    yield piece
                if filling.done():
                    await filling
                    if sent == end:
                        return
                else:
                    more.clear()
                    await more.wait()
        finally:
            # Waited for, not gathered: a disconnected reader is cancelled repeatedly, and the second time must not
            # reach psycopg while it cancels the statement on the server.
            filling.cancel()
            await asyncio.wait({filling})


def _hear(task: asyncio.Task[None]) -> None:
    """Retrieve an error even if nobody waits for the task any more."""
    _ = task.cancelled() or task.exception()


@asynccontextmanager
async def _closing(lines: AsyncIterator[str]) -> AsyncIterator[AsyncIterator[str]]:
    """Close an unfinished generator while its session still exists."""
    try:
        yield lines
    finally:
        if isinstance(lines, AsyncGenerator):
            await lines.aclose()
