"""Raw connections to the application behind a real server, for requests that no client would make."""

import asyncio
import socket


class Wire:
    """Raw connections to the application behind a real server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def open(
        self, head: str, *, body: bytes = b"", small: bool = False
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect, send what is given and leave the rest open."""
        line = socket.create_connection(("127.0.0.1", self.port))
        if small:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=line, limit=1024)
        writer.write(head.replace("\n", "\r\n").encode() + body)
        self._writers.append(writer)
        return reader, writer

    def close(self) -> None:
        """Hang up everywhere."""
        for writer in self._writers:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Status line and everything until the server hangs up."""
    status = (await asyncio.wait_for(reader.readline(), 5)).decode().strip()
    rest = await asyncio.wait_for(reader.read(-1), 5)
    return status, rest.decode()
