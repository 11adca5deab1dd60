"""`whatsway doctor` checks on your own Temporal: connection, namespace, search attributes."""

import asyncio

from cli.embedded.temporal import SEARCH_ATTRIBUTES
from cli.findings import Finding
from settings import Settings

NAME = "Temporal"
ANSWER_S = 5.0


async def look(settings: Settings) -> Finding:
    """Connect once with the settings that worker and API use."""
    from temporalio.service import RPCError, RPCStatusCode

    import workflows.client  # noqa: F401 - takes longer than an answer

    detail = f"{settings.temporal_address}, namespace {settings.temporal_namespace}"
    step = "Check TEMPORAL_ADDRESS (host:port), the TEMPORAL_TLS_… settings and that it is running."
    try:
        missing = await asyncio.wait_for(_missing(settings), ANSWER_S)
    except TimeoutError:
        return Finding(NAME, False, f"{detail}: no answer", step)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            step = "Create the namespace as docs/setup.md says, or set TEMPORAL_NAMESPACE."
        elif error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED):
            step = "Check TEMPORAL_API_KEY, or the client certificate, and what it may do there."
        return Finding(NAME, False, f"{detail}: {_short(error.message)}", step)
    except (RuntimeError, OSError) as error:
        return Finding(NAME, False, f"{detail}: {_short(str(error))}", step)
    if missing:
        step = f"Add the search attributes {', '.join(missing)} (Keyword) as docs/setup.md says."
        return Finding(NAME, False, f"{detail}, search attributes missing", step)
    return Finding(NAME, True, detail)


async def backlog(settings: Settings, built_in: int | None = None) -> dict[str, int]:
    """How many tasks wait in each queue; empty if unknown. ``built_in`` is the built-in server's port."""
    if settings.temporal_address is None and built_in is None:
        return {}
    from workflows.client import Workflows

    address = settings.temporal_address or f"127.0.0.1:{built_in}"
    there = Workflows.from_settings(settings.model_copy(update={"temporal_address": address}))
    try:
        return await asyncio.wait_for(there.backlog(), ANSWER_S)
    except TimeoutError:
        return {}


async def _missing(settings: Settings) -> list[str]:
    """The search attributes missing from the namespace; none if we may not query them."""
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.service import RPCError, RPCStatusCode

    from workflows.client import connect

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
