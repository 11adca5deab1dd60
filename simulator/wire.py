"""Answers sends straight from the socket: a send that arrives in one piece needs no parser, task or scope."""

import re
from http import HTTPStatus
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.bodies import Parts
from simulator.fast_path import FastPath, answer_headers
from simulator.sends import Outcome

_CALL = re.compile(rb"POST (/[\w./]+) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,9})(?:\r|$)", re.IGNORECASE)
_TOKEN = re.compile(rb"\r\nauthorization: *([^\r]+)", re.IGNORECASE)
_UNUSUAL = re.compile(
    rb"\r\n(?:connection: *close|expect|transfer-encoding|upgrade"
    rb"|content-type: *(?:multipart|application/x-www-form))",
    re.IGNORECASE,
)
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class Wire(HttpToolsProtocol):
    """One connection; anything but a plain send in one piece takes the usual path."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        app: Any = self.config.app
        self._fast: FastPath = app.fast_path
        self._parsing = False  # the parser has part of a request
        self._answering = False
        self._ending = False
        self._held = b""

    @override
    def data_received(self, data: bytes) -> None:
        if self._answering:  # pipelined: answers keep the order of the calls
            self._held += data
            return
        cycle: Any = self.cycle  # None before the first request
        usual = self._parsing or (cycle is not None and not cycle.response_complete)
        if usual or not self._send(data):
            super().data_received(data)

    def _send(self, data: bytes) -> bool:
        """Whether the bytes were exactly one send, which will be answered."""
        call = _CALL.match(data)
        end = data.find(b"\r\n\r\n")
        if call is None or end < 0:
            return False
        head, body = data[:end], data[end + 4 :]
        length = _LENGTH.search(head)
        if length is None or int(length[1]) != len(body) or _UNUSUAL.search(head):
            return False
        target = self._fast.target(call[1].decode())
        if target is None:
            return False
        self._unset_keepalive_if_required()
        token = _TOKEN.search(head)
        outcome = self._fast.outcome(target, token[1] if token else b"", Parts(body))
        self._answering = True
        if outcome.delay > 0:
            self.loop.call_later(outcome.delay, self._answer, outcome)
        else:
            self._answer(outcome)
        return True

    def _answer(self, outcome: Outcome) -> None:
        self._answering = False
        if self.transport.is_closing():
            return
        if outcome.drop:
            self.transport.abort()
            return
        lines = b"".join(b"%b: %b\r\n" % header for header in answer_headers(outcome))
        self.transport.write(_STATUS_LINES[outcome.status] + lines + b"\r\n" + outcome.body)
        if self._ending:
            self.transport.close()
        elif self._held:
            held, self._held = self._held, b""
            self.data_received(held)

    @override
    def shutdown(self) -> None:
        if self._answering:
            self._ending = True
        else:
            super().shutdown()

    @override
    def on_message_begin(self) -> None:
        self._parsing = True
        super().on_message_begin()

    @override
    def on_message_complete(self) -> None:
        self._parsing = False
        super().on_message_complete()
