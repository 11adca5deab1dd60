"""What every call to Temporal has in common: it may be repeated, and never waits for long."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import (
    ActivityIDConflictPolicy,
    ActivityIDReusePolicy,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ActivityAlreadyStartedError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from workflows import ids, pages

RPC_TIMEOUT = timedelta(seconds=5)

log = logging.getLogger(__name__)


class Calls:
    """A Temporal that is away is not an error: rows are authoritative, the reconciler repairs."""

    def __init__(self, connecting: Callable[[], Awaitable[Client]], address: str = "") -> None:
        """``address`` is where people find our pages, for links in Temporal's."""
        self._connecting = connecting
        self._address = address
        self._client: Client | None = None

    async def client(self) -> Client:
        """The Temporal client, created on first use."""
        if self._client is None:
            self._client = await self._connecting()
        return self._client

    async def reachable(self) -> bool:
        """Whether Temporal answers now."""
        try:
            return await (await self.client()).service_client.check_health(
                timeout=timedelta(seconds=2)
            )
        except (RPCError, RuntimeError, TimeoutError):
            return False

    async def _start(
        self,
        run: Any,
        argument: Any,
        workflow_id: str,
        summary: str,
        attributes: TypedSearchAttributes | None,
        start_signal: str | None = None,
        signal_with: Sequence[Any] = (),
        queue: str = ids.WORKFLOWS,
        page: str = "",
    ) -> bool:
        """Start a workflow unless it runs; ``page`` is the path of the page about it."""
        address = f"{self._address}{page}" if self._address and page else ""
        try:
            await (await self.client()).start_workflow(
                run,
                *([] if argument is None else [argument]),
                id=workflow_id,
                task_queue=queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                search_attributes=attributes,
                static_summary=summary,
                static_details=pages.link(address) if address else None,
                memo={pages.MEMO: address} if address else None,
                start_signal=start_signal,
                start_signal_args=signal_with,
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return True
        except (RPCError, RuntimeError) as error:
            log.warning("workflow not started yet: %s", type(error).__name__)
            return False
        return True

    async def _activity(
        self, name: str, argument: Any, activity_id: str, queue: str, **options: Any
    ) -> bool:
        try:
            await (await self.client()).start_activity(
                name,
                argument,
                id=activity_id,
                task_queue=queue,
                id_conflict_policy=ActivityIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=ActivityIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=RPC_TIMEOUT,
                **options,
            )
        except ActivityAlreadyStartedError:
            return True
        except (RPCError, RuntimeError) as error:
            log.warning("activity not started yet: %s", type(error).__name__)
            return False
        return True
