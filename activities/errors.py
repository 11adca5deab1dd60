"""Turns deliberate errors into failures that Temporal does not retry; others stay retryable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.exceptions import ApplicationError

from domain.errors import DomainError


@asynccontextmanager
async def as_application_error() -> AsyncIterator[None]:
    """Turn a DomainError into a non-retryable failure with only its code."""
    try:
        yield
    except DomainError as error:
        raise ApplicationError(error.code, type=error.code, non_retryable=True) from None
