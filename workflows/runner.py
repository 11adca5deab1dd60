"""One plugin for client, worker and replayer: converter, codec and sandbox are the same everywhere."""

import zlib
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter, PayloadCodec
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from typing_extensions import override

COMPRESS_FROM = 1024


class ZlibCodec(PayloadCodec):
    """Compresses payloads of a kilobyte or more, to keep histories small."""

    @override
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [_compressed(payload) for payload in payloads]

    @override
    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [_restored(payload) for payload in payloads]


def _compressed(payload: Payload) -> Payload:
    data = payload.SerializeToString()
    if len(data) < COMPRESS_FROM:
        return payload
    return Payload(metadata={"encoding": b"binary/zlib"}, data=zlib.compress(data))


def _restored(payload: Payload) -> Payload:
    if payload.metadata.get("encoding") != b"binary/zlib":
        return payload
    return Payload.FromString(zlib.decompress(payload.data))


CONVERTERS = tuple(PydanticPayloadConverter().converters.values())


class SharedConverter(CompositePayloadConverter):
    """Temporal makes one for each workflow it keeps; what converts is the same for all.

    With a converter of its own, each built its own validators: a quarter of the 94 KB that it took.
    """

    def __init__(self) -> None:
        super().__init__(*CONVERTERS)


CONVERTER = DataConverter(payload_converter_class=SharedConverter, payload_codec=ZlibCodec())

PASSED_THROUGH = ("domain", "activities")

RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
)
"""Full sandbox, for tests and replay."""

FAST_RUNNER = UnsandboxedWorkflowRunner()
"""For production: what the sandbox would find has been found by tests and replays. Even with our modules passed through it
costs a tenth of what a worker does for runs.
"""
