"""The doctor's check of Temporal: connection, namespace, search attributes."""

import asyncio

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.sentences import Sentence
from domain.system import SEARCH_ATTRIBUTES, Sign, Tone
from settings import Settings
from workflows.client import connect

ANSWER_S = 5.0


async def temporal(settings: Settings) -> Sign:
    """Connect once with the settings that worker and API use."""
    address, namespace = settings.temporal_address or "", settings.temporal_namespace
    where = Sentence("doctor_temporal", address=address, namespace=namespace)
    try:
        missing = await asyncio.wait_for(_missing(settings), ANSWER_S)
    except TimeoutError:
        silent = Sentence("doctor_temporal.silent", where=where)
        return _sign(silent, Sentence("doctor_temporal.refused_step"))
    except (RPCError, RuntimeError, OSError) as error:
        reason = _short(error.message if isinstance(error, RPCError) else str(error))
        return _sign(Sentence("doctor_temporal.refused", where=where, reason=reason), _step(error))
    if not missing:
        return _sign(where)
    step = Sentence("doctor_temporal.attributes_step", names=", ".join(missing))
    return _sign(Sentence("doctor_temporal.attributes", where=where), step)


def _sign(said: Sentence, step: Sentence | None = None) -> Sign:
    tone = Tone.DOWN if step else Tone.OK
    return Sign("temporal", Sentence("doctor_part.temporal"), tone, said, step=step)


def _step(error: Exception) -> Sentence:
    status = error.status if isinstance(error, RPCError) else None
    if status is RPCStatusCode.NOT_FOUND:
        return Sentence("doctor_temporal.namespace_step")
    if status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED):
        return Sentence("doctor_temporal.rights_step")
    return Sentence("doctor_temporal.refused_step")


async def _missing(settings: Settings) -> list[str]:
    """The search attributes missing from the namespace; none if we may not query them."""
    client = await connect(settings, lazy=False)
    namespace = settings.temporal_namespace
    await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    try:
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=namespace)
        )
    except RPCError as error:
        if error.status in (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED):
            return []
        raise
    return [name for name in SEARCH_ATTRIBUTES if name not in known.custom_attributes]


def _short(reason: str) -> str:
    return (reason.strip().splitlines() or ["no answer"])[0][:200]
